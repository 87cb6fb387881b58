"""Graphs as data frames, put into the order of the sensors."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import from_arrays
from tests.data.three_sensors import IDS
from tests.data.three_sensors import WEIGHTS
from tests.data.three_sensors import readings

PLACES = np.array([[34.0, -118.0], [34.1, -118.25], [33.9, -117.5]])


@pytest.mark.filterwarnings("ignore:.*without an edge")
@pytest.mark.parametrize("key", ["adjacency", "distances"])
def test_a_data_frame_is_put_into_the_order_of_the_sensors(key):
    matrix = {"adjacency": WEIGHTS, "distances": 900 - 800 * WEIGHTS}[key]
    expected = from_arrays(readings(), node_ids=IDS, **{key: matrix}).adjacency
    frame = pd.DataFrame(matrix, IDS, IDS)
    mixed = frame.loc[["c", "0012", "b"], ["b", "c", "0012"]]
    got = from_arrays(readings(), node_ids=IDS, **{key: mixed}).adjacency
    np.testing.assert_array_equal(got, expected)
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
