"""What a series is, in a line."""

import numpy as np

from keras_stunet.data import Series
from keras_stunet.data import describe_series
from keras_stunet.data import from_arrays
from tests.data.three_sensors import WEIGHTS
from tests.data.three_sensors import clock
from tests.data.three_sensors import readings


def test_a_series_is_described():
    series = from_arrays(
        np.where(np.arange(72).reshape(24, 3) == 5, np.nan, readings()),
        adjacency=np.triu(WEIGHTS),
        timestamps=clock(),
    )
    assert describe_series(series) == (
        "24 steps of 5 min from 2024-03-01 08:00 to 2024-03-01 09:55, "
        "3 sensors, readings from 30.11 to 69.89, 0.0 % of them 0, 1.4 % "
        "missing, 2 edges with weights from 0.1 to 0.5"
    )


def test_a_series_without_readings_or_edges_is_described():
    series = Series(np.ones((4, 2)), np.eye(2), mask=np.zeros((4, 2), bool))
    assert (
        describe_series(series) == "4 steps, 2 sensors, no readings, no edges"
    )
