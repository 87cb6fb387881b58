"""read_graph: which form a file has, and what is no graph."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from keras_stunet.data import read_graph
from tests.data.readers.graphs.three_places import DISTANCES
from tests.data.readers.graphs.three_places import EDGES
from tests.data.readers.graphs.three_places import IDS
from tests.data.readers.graphs.three_places import PLACES
from tests.data.readers.graphs.three_places import dense
from tests.data.readers.graphs.three_places import matrix_text
from tests.data.readers.graphs.three_places import write


@pytest.mark.parametrize("form", ["edges", "matrix", "places"])
def test_parquet_holds_any_of_them(tmp_path, form):
    path = tmp_path / "graph.parquet"
    expected, kind = DISTANCES, None
    if form == "edges":
        ends = np.argwhere(np.isfinite(DISTANCES) & (DISTANCES > 0))
        table = pd.DataFrame(np.array(IDS)[ends], columns=["from", "to"])
        table.assign(distance=DISTANCES[tuple(ends.T)]).to_parquet(path)
    elif form == "matrix":
        pd.DataFrame(DISTANCES, IDS, IDS).to_parquet(path)
        kind = "distances"
    else:
        expected = PLACES
        table = pd.DataFrame(PLACES, columns=["lat", "lon"])
        table.assign(sensor=IDS).to_parquet(path)
    graph = read_graph(path, IDS, kind)
    content = graph.content
    content = dense(content) if sp.issparse(content) else content
    np.testing.assert_array_equal(content, expected)


BARE = matrix_text(DISTANCES, top=False, side=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "from,to,cost\nO012,b,9\n",
            "no edge between two sensors with.*none: O012. Did.*mean '0012'",
        ),
        (EDGES.replace("900", "-9"), "line 2: the distance is -9; .*0 or more"),
        (EDGES.replace("900", "nan"), "line 2: 'nan' is no number"),
        (EDGES.replace("900", ""), "line 2: '' is no number"),
        (
            EDGES.replace("cost", "weight").replace("900", "inf"),
            "line 2: the weight is inf; expected a finite one, 0 or more",
        ),
        ("from,to,cost\n0012,b,inf\n", "no edge between two sensors"),
        ("from,to,weight\n0012,b,0\n", "no edge between two sensors"),
        (EDGES + "0012,b,901\n", "line 6: .*901, and 900 in line 2"),
        (EDGES.replace("cost", "km"), "does not say.*--graph-kind distances"),
        (EDGES.replace("from,to,cost", "a,b,c"), "three columns.*from,to,dist"),
        (EDGES.split("\n", 1)[1], "three columns.*from,to,distance"),
        ("from,to,cost\n", "no edge between two sensors"),
        ("from,to,cost,weight\n0012,b,1,5\n", "edge list of 4 columns"),
        ("from,to,road,name\n0012,b,1,5\n", "'road', 'name'; expected one of"),
        ("0012,34.1,-118\nb,34.2,-118\nc,34,-118\n0012,3.1,1\n", "look like c"),
        (matrix_text(DISTANCES), "does not say.*--graph-kind distances"),
        (BARE, "does not say"),
        ("1,2\n3,4\n5,6\n7,8\n", "4 lines of 2 cells; expected a square"),
        (matrix_text(DISTANCES, ["0012", "b", "d"]), "no row for 1 of 3.*: c"),
        (matrix_text(DISTANCES, ["12", "b", "c"]), "1 of 3 .* 0012.*mean '12'"),
        (matrix_text(DISTANCES, ["b", "b", "c"]), "both called 'b'"),
        (matrix_text(DISTANCES).replace("900.0", "x"), "line 2, column 3: 'x'"),
        (matrix_text(DISTANCES).replace("900.0", ""), "line 2, column 3: ''"),
        (
            matrix_text(DISTANCES).replace("\nc,", "\nd,"),
            "name different sensors: c, d",
        ),
        ("lat,lon\n1,2\n", "0 columns of sensors"),
        ("id,node,lat,lon\na,a,1,2\n", "2 columns of sensors"),
        ("id,lat,lon\n0012,1,2\nb,91,2\n", "line 3: sensor 'b' is at '91'"),
        ("id,lat,lon\n0012,1,2\nb,,2\n", "line 3: sensor 'b' is at ''"),
        ("id,lat,lon\n0012,1,2\n0012,1,3\n", "line 3.*elsewhere.*in line 2"),
        ("id,lat,lon\n0012,1,2\nb,1,3\n", "no row for 1 of 3 sensors: c"),
        ("", "is empty"),
    ],
)
def test_a_bad_graph_is_refused_with_file_and_line(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=rf"graph\.csv.*{message}"):
        read_graph(path, IDS)


@pytest.mark.parametrize(
    ("matrix", "kind", "message"),
    [
        (-DISTANCES[:2, :2], "distances", "from '0012' to 'b' is -900"),
        (DISTANCES, "weights", "from '0012' to 'c' is inf.*like distances"),
        (np.zeros((3, 3)), "distances", "6 of 6 distances .* are 0"),
        (DISTANCES, "lengths", "`kind` is 'lengths'"),
    ],
)
def test_entries_that_make_no_sense_are_refused(
    tmp_path, matrix, kind, message
):
    ids = IDS[: len(matrix)]
    path = write(tmp_path, matrix_text(matrix, ids))
    with pytest.raises(ValueError, match=message):
        read_graph(path, ids, kind)


def test_a_kind_that_the_file_denies_is_refused(tmp_path):
    path = write(tmp_path, EDGES)
    with pytest.raises(ValueError, match="holds distances, as its heading"):
        read_graph(path, IDS, "weights")
    path = write(tmp_path, "id,lat,lon\n0012,1,2\nb,1,3\nc,2,3\n")
    with pytest.raises(ValueError, match="holds coordinates"):
        read_graph(path, IDS, "weights")


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file"):
        read_graph(tmp_path / "none.csv", IDS)
    path = write(tmp_path, EDGES, "graph.xml")
    with pytest.raises(ValueError, match=r"graph\.xml is no \.csv"):
        read_graph(path, IDS)
