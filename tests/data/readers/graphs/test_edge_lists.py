"""Edge lists: from, to, distance or weight."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.data import read_graph
from tests.data.readers.graphs.three_places import DISTANCES
from tests.data.readers.graphs.three_places import EDGES
from tests.data.readers.graphs.three_places import IDS
from tests.data.readers.graphs.three_places import WEIGHTS
from tests.data.readers.graphs.three_places import dense
from tests.data.readers.graphs.three_places import matrix_text
from tests.data.readers.graphs.three_places import write


@pytest.mark.parametrize(
    "heading",
    [
        "from,to,cost",
        "\ufefffrom,to,cost",
        "Source,Target,Distance",
        '"src", dst ,length',
    ],
)
def test_an_edge_list_of_distances(tmp_path, recwarn, heading):
    path = write(tmp_path, EDGES.replace("from,to,cost", heading))
    graph = read_graph(path, IDS)
    assert graph[:2] == ("edge list", "distances")
    assert sp.issparse(graph.content)
    np.testing.assert_array_equal(dense(graph.content), DISTANCES)
    assert not recwarn.list


def test_an_edge_list_of_weights_in_another_order(tmp_path):
    text = EDGES.replace("cost", "weight")
    graph = read_graph(write(tmp_path, text), ["c", "0012", "b"])
    assert graph.kind == "weights"
    expected = [[0, 0, 1200.5], [0, 0, 900], [1200.5, 950, 0]]
    np.testing.assert_array_equal(graph.content.toarray(), expected)


def test_loops_and_equal_repetitions_are_told_and_dropped(tmp_path):
    path = write(tmp_path, EDGES + "c,c,0\nb,b,3\n0012,b,900.0\n")
    with pytest.warns(UserWarning) as caught:
        graph = read_graph(path, IDS)
    np.testing.assert_array_equal(dense(graph.content), DISTANCES)
    messages = [str(warning.message) for warning in caught]
    assert "1 edge from a sensor to itself; dropped" in messages[0]
    assert "1 edge listed again" in messages[1]
    assert len(messages) == 2 and all(str(path) in m for m in messages)


def test_edges_of_other_sensors_are_told_and_left_out(tmp_path):
    path = write(tmp_path, EDGES + "b,x,7\ny,x,?\ny,c,1\n")
    with pytest.warns(UserWarning) as caught:
        graph = read_graph(path, IDS)
    np.testing.assert_array_equal(dense(graph.content), DISTANCES)
    (message,) = (str(warning.message) for warning in caught)
    assert "edges of 2 sensors without readings left out: x, y." in message


def test_one_way_edges_stay_so_and_are_counted(tmp_path):
    path = write(tmp_path, EDGES.rsplit("c,b", 1)[0])
    with pytest.warns(UserWarning, match="1 of 3 edges have none in the other"):
        graph = read_graph(path, IDS)
    assert graph.content[1, 2] == 1200.5 and graph.content[2, 1] == 0


def test_a_weight_of_zero_and_an_infinite_distance_are_no_edge(tmp_path):
    text = EDGES.replace("b,0012,950", "b,0012,inf")
    with pytest.warns(UserWarning, match="1 edge with the distance inf; taken"):
        graph = read_graph(write(tmp_path, text), IDS)
    assert graph.content.nnz == 3
    text = text.replace("cost", "weight").replace("inf", "0")
    with pytest.warns(UserWarning, match="1 edge with the weight 0; taken as"):
        listed = read_graph(write(tmp_path, text), IDS)
    # As a matrix of the same numbers.
    matrix = graph.content.toarray()
    path = write(tmp_path, matrix_text(matrix), "matrix.csv")
    with pytest.warns(UserWarning, match="1 of 3 edges have none"):
        given = read_graph(path, IDS, "weights").content
    np.testing.assert_array_equal(listed.content.toarray(), given)


def test_listed_distances_of_sensors_to_themselves_are_kept(tmp_path, recwarn):
    path = write(tmp_path, EDGES + "b,b,0\nc,c,0\n")
    content = read_graph(path, IDS).content
    stored = sp.coo_array(content)
    own = stored.row[stored.row == stored.col]
    assert own.tolist() == [1, 2] and content.nnz == 6
    assert not recwarn.list


@pytest.mark.filterwarnings("ignore:.*(passed over|other direction)")
@pytest.mark.parametrize(
    ("headings", "row", "kind"),
    [
        (
            "u,v,key,osmid,length,geometry",
            '0012,b,0,7,9,"LINESTRING (1 2, 3 4)"',
            None,
        ),
        (",source,target,weight", "0,0012,b,9", None),
        (
            "rel_id,type,origin_id,destination_id,link_weight",
            "0,geo,0012,b,9",
            None,
        ),
        ("from,to,distance,weight", "0012,b,9,3", "distances"),
        ("from,to,distance,weight", "0012,b,3,9", "weights"),
        ("from,to,km", "0012,b,9", "distances"),
        ("start,from,to,cost", "x,0012,b,9", None),
    ],
)
def test_edge_tables_of_other_tools_are_read(tmp_path, headings, row, kind):
    graph = read_graph(write(tmp_path, f"{headings}\n{row}\n"), IDS, kind)
    assert graph.form == "edge list"
    assert graph.content.nnz == 1 and graph.content[0, 1] == 9


def test_columns_that_are_passed_over_are_told(tmp_path):
    path = write(tmp_path, "u,v,key,osmid,length\n0012,b,0,7,9\nb,0012,0,7,9\n")
    with pytest.warns(UserWarning, match="'length' is taken; .*: key, osmid."):
        read_graph(path, IDS)


def test_edges_without_numbers_have_weight_one(tmp_path):
    path = write(tmp_path, "from,to\n0012,b\nb,0012\n")
    with pytest.warns(UserWarning, match="ends of edges alone; .* weight 1"):
        graph = read_graph(path, IDS)
    assert graph.kind == "weights"
    np.testing.assert_array_equal(graph.content.toarray(), (WEIGHTS == 0.5))


def test_a_distance_of_zero_is_an_edge(tmp_path):
    path = write(tmp_path, "from,to,cost\n0012,b,0\nb,0012,0\n")
    assert read_graph(path, IDS).content.nnz == 2


def test_names_are_matched_however_their_accents_are_written(tmp_path):
    path = write(tmp_path, "from,to,cost\nZ\u00fcrich,b,9\nb,Zu\u0308rich,9\n")
    graph = read_graph(path, ["Z\u00fcrich", "b"])
    assert graph.content.toarray().tolist() == [[0, 9], [9, 0]]
