"""neighbour_adjacency."""

import math

import numpy as np
import pytest

from keras_stunet.graph.nearest_neighbours import check_coordinates
from keras_stunet.graph.nearest_neighbours import neighbour_adjacency

RADIUS = 6_371_008.8


def places(count, seed=0, spread=1.0):
    centre = np.array([34.0, -118.3])
    noise = np.random.default_rng(seed).normal(size=(count, 2))
    return centre + spread * noise


def haversine(a, b):
    (lat_a, lon_a), (lat_b, lon_b) = np.radians(a), np.radians(b)
    h = math.sin((lat_b - lat_a) / 2) ** 2
    h += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * RADIUS * math.asin(math.sqrt(h))


def reference(coordinates, k):
    """All pairs by the haversine formula, one at a time."""
    n = len(coordinates)
    d = np.array([[haversine(a, b) for b in coordinates] for a in coordinates])
    near = np.argsort(d + np.diag([np.inf] * n), axis=1)[:, :k]
    scale = np.mean([d[i, near[i, -1]] for i in range(n)])
    weights = np.zeros((n, n))
    for i in range(n):
        for j in near[i]:
            weights[i, j] = weights[j, i] = math.exp(-((d[i, j] / scale) ** 2))
    return weights


@pytest.mark.parametrize("k", [1, 3, 8, 39])
@pytest.mark.parametrize("spread", [0.01, 1.0])
def test_weights_are_those_of_all_pairs(k, spread):
    coordinates = places(40, spread=spread)
    got = neighbour_adjacency(coordinates, k).toarray()
    np.testing.assert_allclose(got, reference(coordinates, k), rtol=1e-7)


def test_neighbours_are_found_across_the_date_line_and_the_pole():
    ring = [[80, 179.9], [80, -179.9], [80, 0.0], [80, 0.5]]
    got = neighbour_adjacency(ring, k=1).toarray() > 0
    assert np.argwhere(got).tolist() == [[0, 1], [1, 0], [2, 3], [3, 2]]
    over = [[89.9, 0], [89.9, 180], [88, 0], [88.1, 0]]
    got = neighbour_adjacency(over, k=1).toarray() > 0
    assert np.argwhere(got).tolist() == [[0, 1], [1, 0], [2, 3], [3, 2]]


def test_no_sensor_is_its_own_neighbour_even_where_many_share_a_place():
    coordinates = np.repeat([[34.0, -118.0], [34.1, -118.0]], 6, axis=0)
    got = neighbour_adjacency(coordinates, k=3)
    assert got.diagonal().tolist() == [0] * 12
    assert set(got.data) == {1.0}
    assert (got.toarray() == got.toarray().T).all()
    assert (np.diff(got.indptr) >= 3).all()
    assert not got.toarray()[:6, 6:].any()


def test_fewer_sensors_than_neighbours_are_all_joined():
    got = neighbour_adjacency(places(3), k=8).toarray()
    assert ((got > 0) == ~np.eye(3, dtype=bool)).all()


def test_memory_grows_with_the_edges():
    got = neighbour_adjacency(places(20_000), k=8)
    assert got.nnz < 2 * 8 * 20_000


@pytest.mark.parametrize(
    ("coordinates", "message"),
    [
        ([[34.0, -118.0]], "1 sensors name one place"),
        ([[34.0, -118.0]] * 3, "3 sensors name one place"),
        ([[1, 2], [-118.0, 34.0]], r"Sensor 1 .*latitude -118.*latitude first"),
        ([[1, 2], [1, np.nan]], "Sensor 1 .*longitude nan"),
        ([[1, 2], [1, 181]], "longitude 181"),
        (np.ma.masked_equal([[1, 2], [1, 9]], 9), "Sensor 1 .*longitude nan"),
        ([1, 2], r"shape \(2,\)"),
        ([["1", "2"]], "dtype <U1"),
    ],
)
def test_bad_coordinates_are_refused(coordinates, message):
    with pytest.raises(ValueError, match=message):
        neighbour_adjacency(coordinates)


def test_bounds_of_the_ranges_are_places():
    assert check_coordinates([[90, 180], [-90, -180]]).dtype == np.float64


def test_a_count_below_one_is_refused():
    with pytest.raises(ValueError, match="`k` is 0"):
        neighbour_adjacency(places(3), k=0)
