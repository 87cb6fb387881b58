"""The graph of METR-LA from distances by road."""

import numpy as np
import pytest

from keras_stunet.datasets.metr_la.graph import read_distances
from keras_stunet.datasets.metr_la.graph import road_adjacency

IDS = ["7", "8", "9"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "distances_la_2012.csv"


def test_weights_follow_the_formula_entry_by_entry():
    rng = np.random.default_rng(0)
    distances = rng.uniform(0, 9_000, (12, 12)).astype(np.float32)
    distances[rng.random((12, 12)) < 0.4] = np.inf
    np.fill_diagonal(distances, 0)
    finite = [float(d) for d in distances.ravel() if d < np.inf]
    mean = sum(finite) / len(finite)
    variance = sum((d - mean) ** 2 for d in finite) / len(finite)
    weights = road_adjacency(distances)
    kept = 0
    for (i, j), d in np.ndenumerate(distances.astype(float)):
        expected = np.exp(-(d**2) / variance)
        expected = expected if expected >= 0.1 else 0
        kept += expected > 0
        assert weights[i, j] == pytest.approx(expected, rel=1e-5)
    assert 24 < kept < 144
    assert weights.dtype == np.float32
    assert (weights != weights.T).any()


def test_a_sensor_whose_own_row_is_missing_has_its_loop_all_the_same():
    distances = np.float32([[np.inf, 100], [900, np.inf]])
    np.testing.assert_array_equal(np.diag(road_adjacency(distances)), 1)


@pytest.mark.parametrize("header", ["", "from,to,cost\n"])
def test_rows_go_from_the_first_to_the_second_sensor(path, header):
    rows = "7,7,0.0\n7,8,5.5\n1,7,3\n9,7,6\n9,7,4\n8,12,1\n"
    path.write_text(header + rows)
    expected = [[0, 5.5, np.inf], [np.inf] * 3, [4, np.inf, np.inf]]
    np.testing.assert_array_equal(read_distances(path, IDS), expected)


@pytest.mark.parametrize(
    "text, message",
    [
        ("7,8,1\n7,9\n", "line 2: 2 cells; expected 3"),
        ("7,8,1\n7,9,1,2\n", "line 2: 4 cells; expected 3"),
        ("7,8,1\n7,9,far\n", "line 2: expected"),
        ("7,8,1\n7,9,-1\n", "line 2: expected .*0 or more, found '-1'"),
        ("7,8,1\n7,9,nan\n", "line 2: expected"),
        ("7,8,1\n1,2,inf\n", "line 2: expected"),
        ("7,8,1\nfrom,to,cost\n", "line 2: expected"),
        ("7,8,1\n,\n", "line 2: 2 cells"),
        ("7,8,1\n,,\n", "line 2: expected two ids"),
        ("7,8,1\n8,9,2", "line 2 does not end with a line break"),
        ("", "is empty"),
        ("7,7,0\n1,2,3\n", "no distance between two of the 3 sensors"),
    ],
)
def test_faults_are_named_with_their_line(path, text, message):
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_distances(path, IDS)
    assert path.name in str(caught.value)


def test_equal_distances_give_no_width():
    with pytest.raises(ValueError, match="deviation.* is 0"):
        road_adjacency(np.full((3, 3), 5, np.float32))
