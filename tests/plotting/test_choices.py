"""Sensors and days by their names."""

import datetime

import numpy as np
import pytest

from keras_stunet.data import make_windows
from keras_stunet.plotting.choices import chosen_day
from keras_stunet.plotting.choices import sensor_numbers

NAMES = np.array(["716939", "759700", "716925"])


@pytest.mark.parametrize(
    ("sensors", "names", "expected"),
    [
        (["759700", 2, np.int64(0)], NAMES, [1, 2, 0]),
        ("716925", NAMES, [2]),
        (1, None, [1]),
    ],
)
def test_sensors_are_found_by_name_and_number(sensors, names, expected):
    assert sensor_numbers(sensors, 3, names) == expected


@pytest.mark.parametrize(
    ("sensors", "names", "message"),
    [
        (["716926"], NAMES, "no sensor '716926'.*Did you mean '716925'"),
        (["a"], None, "no sensor 'a'; expected no names, or a number from 0"),
        ([3], NAMES, "no sensor number 3; expected 0 to 2"),
        ([-1], NAMES, "no sensor number -1"),
        ([759700], NAMES, "give the string '759700'"),
        ([True], NAMES, "no sensor number True"),
        ([1.0], NAMES, "no sensor number 1.0"),
        ([], NAMES, "`sensors` is empty"),
    ],
)
def test_an_unknown_sensor_is_refused(sensors, names, message):
    with pytest.raises(ValueError, match=message):
        sensor_numbers(sensors, 3, names)


@pytest.mark.parametrize(
    "day",
    ["2021-04-12", datetime.date(2021, 4, 12), np.datetime64("2021-04-12")],
)
def test_a_day_is_a_date(windows, day):
    assert chosen_day(windows, day) == np.datetime64("2021-04-12")


def test_by_default_it_is_the_last_of_the_fullest_days(windows):
    assert chosen_day(windows) == np.datetime64("2021-04-13")
    short = windows.starts[:-1]  # the last day has one window less
    windows.starts = short
    assert chosen_day(windows) == np.datetime64("2021-04-12")


def test_without_timestamps_a_day_is_a_number(make_series):
    series = make_series(timestamps=None)
    windows = make_windows(series, history=2, horizon=4, steps_per_day=24).test
    assert chosen_day(windows) == 43
    assert chosen_day(windows, 40) == 40
    with pytest.raises(ValueError, match="counted from 0"):
        chosen_day(windows, "2021-04-12")
    with pytest.raises(ValueError, match="nearest is 39"):
        chosen_day(windows, 3)


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2021-03-04", "5 days from 2021-04-09 to 2021-04-13.*is 2021-04-09"),
        ("tomorrow", "'tomorrow'; expected a date"),
        (3, "3; expected a date"),
    ],
)
def test_an_unknown_day_is_refused(windows, day, message):
    with pytest.raises(ValueError, match=message):
        chosen_day(windows, day)
