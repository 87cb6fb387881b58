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
        "3 sensors, readings from 30.11 to 69.89, none of them 0, 1.4 % "
        "missing, 2 edges with weights from 0.1 to 0.5"
    )


def test_a_series_without_readings_or_edges_is_described():
    series = Series(np.ones((4, 2)), np.eye(2), mask=np.zeros((4, 2), bool))
    assert (
        describe_series(series) == "4 steps, 2 sensors, no readings, no edges"
    )


def test_a_few_are_not_said_to_be_none_nor_most_all():
    for zeros, missing, said in (
        (1, 0, "< 0.1 % of them 0, none missing"),
        (0, 1, "none of them 0, < 0.1 % missing"),
        (3, 0, "0.1 % of them 0, none missing"),
        (2999, 0, "> 99.9 % of them 0, none missing"),
        (3000, 0, "all of them 0, none missing"),
    ):
        values = np.ones(3000)
        values[:zeros] = 0
        mask = np.arange(3000) >= missing
        series = Series(
            values.reshape(1000, 3), np.eye(3), mask=mask.reshape(1000, 3)
        )
        assert said in describe_series(series)
