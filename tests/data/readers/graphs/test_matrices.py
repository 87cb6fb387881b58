"""Square matrices in tables, with ids and without."""

import gzip
import pickle

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import read_graph
from tests.data.readers.graphs.three_places import DISTANCES
from tests.data.readers.graphs.three_places import IDS
from tests.data.readers.graphs.three_places import WEIGHTS
from tests.data.readers.graphs.three_places import matrix_text
from tests.data.readers.graphs.three_places import write


@pytest.mark.parametrize(
    ("top", "side", "corner"),
    [
        (True, True, ""),
        (True, True, "distance"),
        (True, True, "sensor"),
        (True, False, ""),
        (False, True, ""),
        (False, False, ""),
    ],
)
@pytest.mark.parametrize("pack", [str.encode, None], ids=["plain", "gzip"])
def test_a_matrix_with_and_without_ids(tmp_path, pack, top, side, corner):
    pack = pack or (lambda text: gzip.compress(text.encode()))
    text = matrix_text(DISTANCES, IDS, top, side, corner)
    (tmp_path / "graph.csv").write_bytes(pack(text))
    kind = None if corner == "distance" else "distances"
    graph = read_graph(tmp_path / "graph.csv", IDS, kind)
    assert graph[:2] == ("matrix", "distances")
    assert graph.named == (top or side)
    np.testing.assert_array_equal(graph.content, DISTANCES)


@pytest.mark.parametrize(("top", "side"), [(1, 1), (1, 0), (0, 1)])
def test_ids_are_matched_by_name_and_others_left_out(tmp_path, top, side):
    path = write(tmp_path, matrix_text(DISTANCES, IDS, bool(top), bool(side)))
    with pytest.warns(UserWarning, match="1 sensor without readings.*: 0012"):
        graph = read_graph(path, ["c", "b"], "distances")
    np.testing.assert_array_equal(graph.content, [[0, 1200.5], [1200.5, 0]])


def test_lines_and_columns_may_have_their_own_order(tmp_path):
    frame = pd.DataFrame(DISTANCES, IDS, IDS)
    frame.loc[["c", "0012", "b"], ["b", "c", "0012"]].to_csv(tmp_path / "g.csv")
    graph = read_graph(tmp_path / "g.csv", IDS, "distances")
    np.testing.assert_array_equal(graph.content, DISTANCES)


def test_a_matrix_of_numbered_sensors_is_no_heading(tmp_path):
    numbered = [[0, 1, 2], [1, 0, 1], [2, 1, 0]]
    text = "\n".join(",".join(map(str, row)) for row in numbered)
    graph = read_graph(write(tmp_path, text), ["0", "1", "2"], "weights")
    np.testing.assert_array_equal(graph.content, numbered)


def test_weights_are_exact_to_the_last_bit(tmp_path):
    weights = np.random.default_rng(0).random((3, 3))
    weights += weights.T
    np.fill_diagonal(weights, 0)
    path = write(tmp_path, matrix_text(weights))
    got = read_graph(path, IDS, "weights").content
    np.testing.assert_array_equal(got, weights)


def test_a_distance_to_itself_that_is_not_listed_stays_so(tmp_path):
    matrix = np.array(DISTANCES)
    matrix[1, 1] = np.inf
    graph = read_graph(write(tmp_path, matrix_text(matrix)), IDS, "distances")
    np.testing.assert_array_equal(graph.content, matrix)


def test_names_of_a_pickle_are_in_the_order_of_their_places(tmp_path):
    path = tmp_path / "adj_mx.pkl"
    places = {name: at for at, name in enumerate(IDS)}
    path.write_bytes(pickle.dumps([IDS[::-1], places, WEIGHTS]))
    np.testing.assert_array_equal(read_graph(path, IDS).content, WEIGHTS)


def test_loops_of_a_matrix_are_told_and_dropped(tmp_path):
    path = write(tmp_path, matrix_text(WEIGHTS + np.eye(3)))
    with pytest.warns(UserWarning, match="3 entries of a sensor to itself"):
        graph = read_graph(path, IDS, "weights")
    np.testing.assert_array_equal(graph.content, WEIGHTS)


def test_a_matrix_that_pandas_numbered_has_the_order_of_the_sensors(tmp_path):
    path = write(tmp_path, matrix_text(DISTANCES, [0, 1, 2]))
    with pytest.warns(UserWarning, match="numbers its sensors from 0, as pand"):
        graph = read_graph(path, IDS, "distances")
    assert not graph.named
    np.testing.assert_array_equal(graph.content, DISTANCES)
    # Sensors that are called so have their names.
    turned = [2, 0, 1]
    graph = read_graph(path, map(str, turned), "distances")
    assert graph.named
    expected = DISTANCES[np.ix_(turned, turned)]
    np.testing.assert_array_equal(graph.content, expected)


def test_a_name_that_is_used_is_not_offered(tmp_path):
    ids = ["b1", "b2", "x"]
    path = write(tmp_path, matrix_text(WEIGHTS, ids))
    with pytest.raises(ValueError) as error:
        read_graph(path, ["b1", "b2", "b3"], "weights")
    assert "b3" in str(error.value) and "Did you mean" not in str(error.value)
