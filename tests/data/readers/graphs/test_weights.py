"""Which graph distances, weights and coordinates make, by from_arrays."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from keras_stunet.data import describe_series
from keras_stunet.data import from_arrays
from keras_stunet.graph.nearest_neighbours import neighbour_adjacency
from tests.data.three_sensors import IDS
from tests.data.three_sensors import WEIGHTS
from tests.data.three_sensors import clock
from tests.data.three_sensors import dcrnn_weights
from tests.data.three_sensors import readings

# Directed: from 0012 to c there is no path.
DISTANCES = np.array([[7, 100, np.inf], [150, 0, 900], [1200, 1300, 0]])
PLACES = np.array([[34.0, -118.0], [34.1, -118.25], [33.9, -117.5]])


@pytest.mark.parametrize("sparse", [False, True])
def test_a_list_of_like_links_keeps_them_all(sparse):
    links = np.full((4, 4), np.inf)
    lengths = [900.0, 900.0, 1200.0, 1000.0]
    links[[0, 1, 2, 3], [1, 2, 3, 0]] = lengths
    # In metres or in miles, the weights are the same.
    for given in (links, links / 1609.344):
        if sparse:
            there = np.nonzero(np.isfinite(given))
            given = sp.coo_array((given[there], there), (4, 4))
        series = from_arrays(readings(sensors=4), distances=given)
        found = sp.coo_array(series.adjacency).toarray()
        square = sum(d**2 for d in lengths) / 4
        expected = np.zeros((4, 4))
        for (i, j), d in zip(
            ((0, 1), (1, 2), (2, 3), (3, 0)), lengths, strict=True
        ):
            expected[i, j] = math.exp(-(d**2) / square)
        np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("both_ways", [False, True])
def test_a_list_of_links_cuts_the_far_ones_and_says_so(both_ways, recwarn):
    links = np.full((6, 6), np.inf)
    ends = [0, 1, 2, 3, 4], [1, 2, 3, 4, 5]
    links[ends] = [1, 1, 1, 9, 1]  # s^2 = 17
    if both_ways:
        links = np.minimum(links, links.T)
    there = np.nonzero(np.isfinite(links))
    sparse = sp.csr_array((links[there], there), (6, 6))
    for given in (links, sparse):
        warnings.simplefilter("always")
        recwarn.clear()
        series = from_arrays(
            readings(sensors=6), distances=given, node_ids=list("abcdef")
        )
        assert (series.adjacency > 0).sum() == 4 * (1 + both_ways)
        (said,) = [str(x.message) for x in recwarn if "longer" in str(x)]
        reach = math.sqrt(17 * math.log(10))
        assert said == (
            "series 'series': 1 of 5 edges is longer than "
            f"{reach:.4g} and makes no edge: d to e."
        )


def test_few_of_many_cut_links_are_named_and_none_of_all_pairs(recwarn):
    links = np.full((30, 30), np.inf)
    at = np.arange(25)
    links[at, at + 1] = [1] * 20 + [9] * 5
    from_arrays(readings(sensors=30), distances=links)
    (said,) = [str(x.message) for x in recwarn if "longer" in str(x)]
    assert "5 of 25 edges are longer than" in said
    assert said.endswith(
        "make no edge: 20 to 21, 21 to 22, 22 to 23 and 2 more."
    )
    recwarn.clear()
    at = np.arange(9.0)
    series = from_arrays(readings(sensors=9), distances=abs(at[:, None] - at))
    assert (series.adjacency > 0).sum() < 9 * 8  # by DCRNN's rule
    assert not any("longer" in str(x.message) for x in recwarn)


def test_distances_that_are_all_infinite_are_refused():
    nowhere = np.full((3, 3), np.inf)
    with pytest.raises(ValueError, match="no distance between two sensors"):
        from_arrays(readings(), distances=nowhere)


@pytest.mark.filterwarnings("ignore:.*without an edge")
@pytest.mark.parametrize("unlisted", [np.nan, np.inf])
def test_the_diagonal_of_distances_counts_where_it_is_listed(unlisted):
    zero, unsaid = DISTANCES.copy(), DISTANCES.copy()
    np.fill_diagonal(zero, 0)
    np.fill_diagonal(unsaid, unlisted)
    for given in (DISTANCES, zero, unsaid):
        found = from_arrays(readings(), distances=given)
        np.testing.assert_allclose(
            found.adjacency, dcrnn_weights(given), rtol=1e-12
        )
    np.testing.assert_array_equal(found.distances, zero)
    assert not np.isfinite(unsaid[0, 0])


@pytest.mark.parametrize("unit", [1, 1e-3, 1e6])
@pytest.mark.parametrize("sparse", [False, True])
def test_distances_of_any_unit_make_dcrnns_weights(unit, sparse):
    given = distances = DISTANCES * unit
    if sparse:
        rows, columns = np.nonzero(np.isfinite(distances))
        entries = distances[rows, columns]
        given = sp.csr_array((entries, (rows, columns)), (3, 3))
    with pytest.warns(UserWarning, match="1 sensor without an edge: 2"):
        series = from_arrays(readings(), distances=given)
    got = series.adjacency.toarray() if sparse else series.adjacency
    expected = dcrnn_weights(distances)
    assert (expected > 0).sum() == 2  # from 0012 to b and back
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    if not sparse:
        np.testing.assert_array_equal(series.distances, distances)


def test_equal_distances_are_their_own_scale():
    distances = 0.1 * (1 - np.eye(3))
    series = from_arrays(readings(), distances=distances)
    expected = math.exp(-1) * (1 - np.eye(3))
    np.testing.assert_allclose(series.adjacency, expected)


def test_coordinates_alone_make_the_graph():
    series = from_arrays(readings(), coordinates=PLACES)
    expected = neighbour_adjacency(PLACES)
    assert (series.adjacency != expected).nnz == 0
    np.testing.assert_array_equal(series.coordinates, PLACES)


def test_errors_of_the_graph_name_their_source():
    far = [[95.0, 0.0], [1.0, 2.0], [2.0, 3.0]]
    for graph in ({"coordinates": far}, {"adjacency": -np.ones((3, 3))}):
        with pytest.raises(ValueError, match="^series 'mine': "):
            from_arrays(readings(), **graph, name="mine")


def test_a_list_of_all_pairs_within_reach_has_dcrnns_scale():
    # 40 sensors on a line, all pairs up to 10 apart: under half of the pairs,
    # and more than 16 a sensor.
    at = np.arange(40.0)
    distances = abs(at[:, None] - at)
    distances[distances > 10] = np.inf
    series = from_arrays(readings(sensors=40), distances=distances)
    off = distances[~np.eye(40, dtype=bool)]
    listed = off[np.isfinite(off)]
    assert 16 * 40 < len(listed) < 40 * 39 / 2
    listed = np.append(listed, np.zeros(40))  # of sensors to themselves
    weight = math.exp(-((1 / listed.std()) ** 2))
    assert series.adjacency[0, 1] == pytest.approx(weight)


def test_large_weights_are_asked_about():
    with pytest.warns(UserWarning, match="largest weight is 3000.*distances"):
        from_arrays(readings(), adjacency=WEIGHTS * 6000)


def test_without_a_graph_there_are_no_edges(recwarn):
    series = from_arrays(readings(), timestamps=clock(), node_ids=IDS)
    assert series.adjacency.shape == (3, 3) and series.adjacency.nnz == 0
    assert "no edges" in describe_series(series)
    assert not recwarn.list


def test_a_graph_without_edges_is_told():
    with pytest.warns(UserWarning, match="3 sensors without an edge: 0, 1, 2"):
        series = from_arrays(readings(), adjacency=np.zeros((3, 3)))
    assert not series.adjacency.any()


@pytest.mark.parametrize("form", [np.array, sp.csr_array])
def test_a_directed_graph_is_told(form, recwarn):
    from_arrays(readings(), adjacency=form(WEIGHTS + np.eye(3)))
    assert not recwarn.list
    directed = WEIGHTS.copy()
    directed[1, 0] = 0
    with pytest.warns(UserWarning, match="1 of 3 edges have none in the other"):
        from_arrays(readings(), adjacency=form(directed))


# === Labels ===


@pytest.mark.filterwarnings("ignore:.*without an edge")
@pytest.mark.parametrize("key", ["adjacency", "distances"])
def test_a_data_frame_is_put_into_the_order_of_the_sensors(key):
    matrix = {"adjacency": WEIGHTS, "distances": 900 - 800 * WEIGHTS}[key]
    expected = from_arrays(readings(), node_ids=IDS, **{key: matrix}).adjacency
    frame = pd.DataFrame(matrix, IDS, IDS)
    mixed = frame.loc[["c", "0012", "b"], ["b", "c", "0012"]]
    got = from_arrays(readings(), node_ids=IDS, **{key: mixed}).adjacency
    np.testing.assert_array_equal(got, expected)
    half = pd.DataFrame(matrix, columns=IDS)  # which are the rows?
    with pytest.raises(ValueError, match="other sensors as rows than as col"):
        from_arrays(readings(), node_ids=IDS, **{key: half})
    bare = pd.DataFrame(matrix)  # numbered by pandas
    got = from_arrays(readings(), node_ids=IDS, **{key: bare}).adjacency
    np.testing.assert_array_equal(got, expected)
    frame.loc["d"] = 0.0
    frame["d"] = 0.0
    with pytest.warns(UserWarning, match="1 sensor without readings.*: d"):
        got = from_arrays(readings(), node_ids=IDS, **{key: frame}).adjacency
    np.testing.assert_array_equal(got, expected)


def test_a_data_frame_of_places_is_put_into_the_order_of_the_sensors():
    frame = pd.DataFrame(PLACES, IDS, ["Lat", "lon"])
    mixed = frame.loc[["c", "0012", "b"], ["lon", "Lat"]]
    series = from_arrays(readings(), node_ids=IDS, coordinates=mixed)
    np.testing.assert_array_equal(series.coordinates, PLACES)
    with pytest.raises(ValueError, match="columns 'x', 'y'; expected one call"):
        from_arrays(
            readings(), coordinates=pd.DataFrame(PLACES, columns=["x", "y"])
        )
