"""Numbers in place of missing readings are asked about."""

import warnings

import numpy as np
import pytest

from keras_stunet.data import from_arrays
from tests.data.three_sensors import readings


# Among speeds, some or many numbers that mean "missing".
@pytest.mark.parametrize(
    ("row", "number", "message"),
    [
        (slice(3, 5), -1, "10 readings below 0, the least -1, of 5 sensors"),
        (
            [7],
            99999,
            "5 readings far from all others, the farthest 99999 where 90 % "
            "are within 66, of 5 sensors: 0, 1, 2, 3, 4",
        ),
        (slice(0, 20), 0, "20 rows in which all readings are 0"),
        (slice(0, 48), -1, "240 readings below 0, the least -1"),
        (slice(0, 48), 99999, "240 readings far from all others"),
    ],
)
def test_numbers_for_missing_readings_are_asked_about(row, number, message):
    values = readings(600, 5)
    ring = np.roll(np.eye(5), 1, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from_arrays(values, adjacency=ring)
        from_arrays(values - 50, adjacency=ring)  # half of them below 0
        from_arrays(np.where(values < 35, 0, values), adjacency=ring)
        nights = np.random.default_rng(1).poisson(values / 100)
        assert (nights == 0).all(axis=1).any()
        from_arrays(nights, adjacency=ring)
    values[row] = number
    if len(values[row]) < 5:
        values[row, 0] *= 0.9
    with pytest.warns(UserWarning, match=f"{message}.*leave these cells empty"):
        from_arrays(values, adjacency=ring)
