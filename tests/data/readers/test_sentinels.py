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
        (slice(3, 5), -1, "10 readings below 0, the least -1, at 5 sensors"),
        (
            [7],
            99999,
            "5 readings far from all others, the farthest 99999 where 90 % "
            "are within 66, at 5 sensors: 0, 1, 2, 3, 4",
        ),
        (slice(0, 20), 0, "20 rows in which all readings are 0"),
        (slice(0, 48), -1, "240 readings below 0, the least -1"),
        (slice(0, 48), 99999, "240 readings far from all others"),
    ],
)
def test_numbers_for_missing_readings_are_asked_about(row, number, message):
    values = readings(600, 5)
    ring = np.roll(np.eye(5), 1, 0) + np.roll(np.eye(5), -1, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from_arrays(values, adjacency=ring)
        from_arrays(values - 50, adjacency=ring)  # half of them below 0
        from_arrays((values - 35).clip(0), adjacency=ring)
        rain = np.random.default_rng(2).gamma(0.3, 2, (600, 5))
        from_arrays(rain.round(1), adjacency=ring)
        nights = np.random.default_rng(1).poisson(values / 100)
        assert (nights == 0).all(axis=1).any()
        from_arrays(nights, adjacency=ring)
    values[row] = number
    if len(values[row]) < 5:
        values[row, 0] *= 0.9
    with pytest.warns(UserWarning, match=f"{message}.*leave these cells empty"):
        from_arrays(values, adjacency=ring)


RING = np.roll(np.eye(5), 1, 0) + np.roll(np.eye(5), -1, 0)


def test_single_zeros_among_readings_far_from_zero_are_asked_about():
    values = readings(600, 5)  # from 30 to 70
    lost = np.random.default_rng(1).random(values.shape) < 0.05
    values[lost] = 0
    least = values[values > 0].min()
    message = (
        f"{lost.sum()} readings of 0, where the least other one is "
        f"{least:.3g}.*at 5 sensors.*--missing 0"
    )
    with pytest.warns(UserWarning, match=message):
        from_arrays(values, adjacency=RING)


def test_a_dead_sensor_is_asked_about():
    values = readings(600, 5)
    values[90:, 2] = 0
    with pytest.warns(
        UserWarning, match="510 readings of 0, .*at 1 sensor: 2"
    ) as told:
        from_arrays(values, adjacency=RING)
    assert len(told) == 1
    # Counts, which are 0 now and then anyway.
    counts = np.random.default_rng(1).poisson(3, (600, 5)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from_arrays(counts, adjacency=RING)
    counts[90:200, 2] = 0
    with pytest.warns(UserWarning, match="0 without a break.*at 1 sensor: 2"):
        from_arrays(counts, adjacency=RING)


def test_zeros_that_others_have_too_or_that_are_usual_are_none():
    counts = np.random.default_rng(1).poisson(3, (600, 5)).astype(float)
    counts[90:200, :4] = 0  # of all but one
    sparse = counts.copy()
    sparse[90:200] = np.nan
    sparse[90:200:10] = 0  # all that there is
    sparse[90:200, 2] = 0
    switch = readings(600, 5)
    switch[:, 2] = 5 * (np.arange(600) % 2)  # on and off
    lost = readings(600, 5)
    lost[90:200] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for values in (counts, sparse, switch, lost):
            from_arrays(values, adjacency=RING)
        from_arrays(counts[:, :1])
