"""What is said of data before a training begins."""

import warnings

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.training.runs.data_notes import warn_of_training_data

STEPS = 200
TIMES = np.datetime64("2024-03-01T00:00:00") + np.arange(STEPS) * 300


def told(values, mask=None, timestamps=TIMES):
    """What is said of readings of three sensors on a ring."""
    series = Series(values, np.ones((3, 3)), timestamps, mask, list("abc"))
    splits = make_windows(series, "windows", history=2, horizon=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_training_data(series, splits)
    return [str(warning.message) for warning in caught]


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(60, 5, (STEPS, 3))


def test_ordinary_data_pass_in_silence(values):
    assert told(values) == []
    assert told(np.column_stack([values[:, 0], values[:, :2] * 3])) == []


def test_times_that_nobody_gave_are_told(values):
    (message,) = told(values, timestamps=None)
    assert "taken to be 5 minutes apart, 288 a day" in message


def test_sensors_that_start_after_the_training_part_are_told(values):
    mask = np.ones(values.shape, bool)
    mask[:150, 1] = False  # six tenths train
    (message,) = told(values, mask)
    assert "1 sensor without a reading in the training part: b." in message
    mask[100, 1] = True
    assert told(values, mask) == []


def test_sensors_that_are_small_beside_the_others_are_told(values):
    values[:, 0] *= 1000
    values[:, 2] = 7  # constant, which is told when data are read
    mask = np.ones(values.shape, bool)
    mask[3, 1], values[3, 1] = False, 1e9  # counts for nothing
    (message,) = told(values, mask)
    train = slice(0, 118 + 3)  # six tenths of 197 windows of four steps
    spread = values[train, 1][mask[train, 1]].std()
    assert f"1 sensor whose readings vary by {spread:.3g} to" in message
    assert ": b. These are learned badly." in message
