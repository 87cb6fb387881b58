"""Steps of any length: what rests on them, from splits to forecasts."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.baselines import HistoricalAverage
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data.profiles import fit_profile
from keras_stunet.steps import MONTH
from keras_stunet.steps import describe_ahead
from keras_stunet.steps import minutes_per_step
from keras_stunet.steps import slots_per_day
from keras_stunet.steps import steps_between
from keras_stunet.steps import time_after

MINUTES = {
    "90s": 1.5,
    "7min": 7,
    "1D": 1440,
    "7D": 10_080,
    "MS": MONTH,
    "ME": MONTH,
    "QS": 3 * MONTH,
}


def times(freq, steps=60):
    return pd.date_range("2015-01-01", periods=steps, freq=freq)


@pytest.mark.parametrize("freq", MINUTES)
def test_steps_are_told_counted_and_gone_on_with(freq):
    whole, minutes = times(freq), MINUTES[freq]
    assert minutes_per_step(whole.to_numpy()) == pytest.approx(minutes)
    start = whole[:48].to_numpy()
    assert (time_after(start, minutes, 12) == whole[12:].to_numpy()).all()
    back = time_after(start[-1], minutes, np.arange(-9, 1))
    assert (back == start[-10:]).all()
    assert (steps_between(start[:-1], start[1:], minutes) == 1).all()
    assert steps_between(start[0], start[-1], minutes) == 47


@pytest.mark.parametrize("minutes", [5, 7, 13, 301 / 60, 780, 1440, 10_080])
def test_no_two_steps_of_a_day_share_a_slot(minutes):
    slots = slots_per_day(minutes)
    seconds = np.arange(0, 86_400, minutes * 60)
    found = (seconds * slots // 86_400).astype(int)
    assert len(np.unique(found)) == len(found) and found.max() < slots


def series(freq, steps=60):
    values = np.arange(steps * 2.0).reshape(steps, 2)
    return Series(values, np.eye(2), times(freq, steps))


@pytest.mark.parametrize("freq", MINUTES)
def test_windows_know_their_steps_and_the_average_is_that_of_a_slot(freq):
    made = series(freq)
    splits = make_windows(made, "windows", 4, 3)
    assert splits.train.minutes_per_step == pytest.approx(MINUTES[freq])
    average = HistoricalAverage().fit(splits.train)
    got = average.predict(splits.test, [0])
    rows = splits.train.covered_rows()
    if MINUTES[freq] >= 1440:  # one slot: the mean of each sensor
        expected = made.values[rows].mean(axis=0)
        np.testing.assert_allclose(got[0, :, :, 0], [expected] * 3)


def test_the_average_of_seven_minutes_is_by_time_of_day():
    """What repeats each day is forecast, though steps divide no day."""
    made = times("7min", 3000)
    hours = (made - made.normalize()).total_seconds().to_numpy() / 3600
    values = np.sin(2 * np.pi * hours / 24)[:, None]
    splits = make_windows(Series(values, np.eye(1), made), "windows", 4, 3)
    average = HistoricalAverage().fit(splits.train)
    _, target = splits.test.gather(np.arange(50))
    error = abs(average.predict(splits.test, np.arange(50)) - target).max()
    assert error < np.sin(2 * np.pi * 7 / (24 * 60))  # of a step at most


def test_the_week_stands_in_where_steps_are_days():
    made = times("1D", 140)
    values = np.stack([made.dayofweek] * 2, axis=1).astype(float)
    splits = make_windows(Series(values, np.eye(2), made), "windows", 4, 3)
    weekly = HistoricalAverage(weekly=True).fit(splits.train)
    _, target = splits.test.gather([0])
    np.testing.assert_allclose(weekly.predict(splits.test, [0]), target)
    # The profile of ST-UNet+ tells working days and weekends apart.
    profile = fit_profile(values[..., None], None, made.to_numpy(), 1)
    assert profile.table.shape == (2, 1, 2, 2)
    np.testing.assert_allclose(profile.table[:, 0, 0, 0], [2, 5.5], atol=0.1)


@pytest.mark.parametrize("freq", ["7min", "7D", "MS"])
def test_whole_days_need_steps_that_divide_them(freq):
    with pytest.raises(ValueError, match="not divide a day.*Take 'windows'"):
        make_windows(series(freq), "days", 4, 3)


def test_how_far_ahead_is_said_in_the_largest_unit():
    assert describe_ahead(3, 1440) == "3 days"
    assert describe_ahead(1, MONTH) == "1 month"
    assert describe_ahead(4, 10_080) == "4 weeks"
    assert describe_ahead(3, 2880) == "6 days"
    assert describe_ahead(2, 1.5) == "3 min"
