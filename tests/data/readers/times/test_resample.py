"""Rows as they were written on a regular grid of times."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import time_grid


def frame(times, sensors=("a", "b")):
    """Rows that tell themselves apart: 0, 1, 2 ... and 100, 101, 102 ..."""
    values = np.arange(len(times))[:, None] + 100.0 * np.arange(len(sensors))
    return pd.DataFrame(values, pd.DatetimeIndex(times), list(sensors))


def clock(start="2024-03-01 08:00", periods=24, freq="5min"):
    return pd.date_range(start, periods=periods, freq=freq)


def without(times, *positions):
    return times.delete(list(positions))


def test_a_regular_frame_is_unchanged(recwarn):
    got = time_grid(frame(clock()))
    assert (got.to_numpy() == frame(clock()).to_numpy()).all()
    assert (got.index == clock()).all()
    assert not recwarn.list


def test_missing_rows_are_filled_and_the_longest_gap_is_named():
    times = without(clock(), 3, 10, 11, 12)
    message = (
        "speeds: 4 missing rows in 2 gaps.*longest gap is from "
        "2024-03-01 08:50 to 2024-03-01 09:00"
    )
    with pytest.warns(UserWarning, match=message):
        got = time_grid(frame(times), "speeds")
    assert (got.index == clock()).all()
    empty = got.isna().all(axis=1).to_numpy()
    assert np.flatnonzero(empty).tolist() == [3, 10, 11, 12]
    np.testing.assert_array_equal(got.to_numpy()[~empty], frame(times))


def test_weekends_stay_left_out_and_gaps_around_midnight_do_not():
    days = clock("2024-03-01", 24 * 7, "1h")  # Friday to Thursday
    weekdays = days[days.day_of_week < 5]
    with pytest.warns(UserWarning, match="2 whole days.*2024-03-02.*left out"):
        got = time_grid(frame(weekdays))
    assert (got.index == weekdays).all()
    # Friday ends at noon, or Sunday has an hour: all of the gap is filled.
    noon = weekdays.delete(range(12, 24))
    with pytest.warns(UserWarning, match="60 missing rows in 1 gap "):
        assert (time_grid(frame(noon)).index == days).all()
    with_hour = days[(days.day_of_week < 5) | (days == "2024-03-03 23:00")]
    with pytest.warns(UserWarning, match="47 missing rows in 1 gap "):
        got = time_grid(frame(with_hour))
    assert (got.index == days).all()


def test_rows_out_of_order_are_sorted():
    mixed = frame(clock()).iloc[[1, 0, *range(2, 24)]]
    with pytest.warns(UserWarning, match=r"not in order of time \(1 times"):
        got = time_grid(mixed)
    np.testing.assert_array_equal(got, frame(clock()))


def test_equal_repetitions_are_merged_and_readings_beat_gaps():
    twice = frame(clock()).iloc[[0, 1, 1, *range(2, 24)]]
    twice.iloc[1, 0] = np.nan
    twice.iloc[2, 1] = np.nan
    with pytest.warns(UserWarning, match="1 time occurred more.*08:05; merged"):
        got = time_grid(twice)
    np.testing.assert_array_equal(got, frame(clock()))


def test_different_repetitions_are_refused_with_time_and_sensor():
    twice = frame(clock()).iloc[[0, 1, 1, *range(2, 24)]]
    twice.iloc[2, 1] = 7.0
    message = "s.csv: sensor 'b' has both 7 and 101 at 2024-03-01 08:05"
    with pytest.raises(ValueError, match=message) as caught:
        time_grid(twice, "s.csv")
    assert "clocks go back" not in str(caught.value)


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_a_repeated_hour_is_taken_for_the_change_of_clocks(minutes):
    freq = f"{minutes}min"
    utc = pd.date_range("2024-11-03 04:00", periods=600, freq=freq, tz="UTC")
    local = utc.tz_convert("America/Los_Angeles").tz_localize(None)
    message = "hour from 2024-11-03 01:00 is repeated.*UTC offsets"
    with pytest.raises(ValueError, match=message):
        time_grid(frame(local))


def test_the_hour_that_spring_skips_is_filled_and_named():
    utc = pd.date_range("2024-03-10 05:00", periods=120, freq="5min", tz="UTC")
    local = utc.tz_convert("America/Los_Angeles").tz_localize(None)
    message = "12 missing rows.*hour from 2024-03-10 02:00 looks like the one"
    with pytest.warns(UserWarning, match=message):
        assert len(time_grid(frame(local))) == 132
    with pytest.warns(UserWarning) as caught:
        time_grid(frame(without(clock(), *range(6, 18))))
    assert "spring" not in str(caught[0].message)  # an hour, but any


@pytest.mark.parametrize("worst", [1, 3, 30])
def test_seconds_of_jitter_are_moved_onto_full_steps(worst):
    shift = np.random.default_rng(0).integers(-worst, worst + 1, 2000)
    times = clock(periods=2000)
    message = f"up to {worst} s off the steps of 5 min"
    with pytest.warns(UserWarning, match=message):
        got = time_grid(frame(times + pd.to_timedelta(shift, "s")))
    assert (got.index == times).all()
    np.testing.assert_array_equal(got, frame(times))


def test_steps_that_begin_off_the_full_minute_stay_there(recwarn):
    times = clock("2024-03-01 08:02:30")
    assert (time_grid(frame(times)).index == times).all()
    assert not recwarn.list


def test_times_off_the_grid_are_refused_by_name():
    times = list(clock())
    times[5] += pd.Timedelta("76s")  # a quarter of 5 minutes is 75
    message = "1 time lie.*steps of 5 min.*2024-03-01 08:26:16"
    with pytest.raises(ValueError, match=message):
        time_grid(frame(times))
    times[5] -= pd.Timedelta("1s")
    with pytest.warns(UserWarning, match="up to 75 s off"):
        time_grid(frame(times))


@pytest.mark.parametrize("other", ["1min", "15min", "7min"])
def test_two_rates_are_refused_with_both_and_the_change(other):
    first = clock(periods=100)
    second = clock(first[-1], 41, other)[1:]
    message = (
        f"most rows are 5 min apart, but 40 rows are {other[:-3]} min apart, "
        "from 2024-03-01 16:15 on"
    )
    with pytest.raises(ValueError, match=message):
        time_grid(frame(first.append(second)))


def test_eleven_rows_at_another_interval_are_a_gap_each():
    first = clock(periods=100)
    second = clock(first[-1], 12, "15min")[1:]
    with pytest.warns(UserWarning, match="22 missing rows in 11 gaps"):
        time_grid(frame(first.append(second)))


def test_a_wild_date_is_refused_before_memory_is_filled():
    times = list(clock(periods=100))
    times[50] = pd.Timestamp("2142-03-01 12:10")
    with pytest.raises(ValueError, match="missing.*longest gap is from 2024"):
        time_grid(frame(times))


def test_intervals_of_no_whole_second_are_refused():
    with pytest.raises(ValueError, match="0.5 s apart.*whole number"):
        time_grid(frame(clock(freq="500ms")))


def test_one_row_is_a_grid():
    assert len(time_grid(frame(clock(periods=1)))) == 1
    with pytest.raises(ValueError, match="no rows"):
        time_grid(frame([]))


def test_rows_moved_onto_one_step_are_merged_or_refused():
    times = clock().insert(5, clock()[4] + pd.Timedelta("20s"))
    rows = frame(times)
    with pytest.raises(ValueError, match="'a' has both 4 and 5 at .* 08:20"):
        time_grid(rows)
    rows.iloc[5] = rows.iloc[4]
    with pytest.warns(UserWarning, match="1 time occurred more than once"):
        got = time_grid(rows)
    assert (got.index == clock()).all()
    np.testing.assert_array_equal(got, np.delete(rows.to_numpy(), 5, axis=0))


@pytest.mark.parametrize(
    "freq", ["90s", "7min", "2D", "7D", "MS", "ME", "QS", "YS"]
)
def test_steps_may_have_any_length(freq):
    times = clock("2015-01-01", 60, freq)
    assert (time_grid(frame(times)).index == times).all()
    with pytest.warns(UserWarning, match="3 missing rows in 2 gaps filled"):
        got = time_grid(frame(without(times, 7, 30, 31)))
    assert (got.index == times).all()
    assert got.isna().all(axis=1).to_numpy().nonzero()[0].tolist() == [
        7,
        30,
        31,
    ]


def test_seven_minutes_with_jitter_are_no_part_of_a_day():
    times = clock("2024-03-01", 600, "7min")
    shift = np.random.default_rng(0).integers(-9, 10, 600)
    with pytest.warns(UserWarning, match="9 s off the steps of 7 min; moved"):
        got = time_grid(frame(times + pd.to_timedelta(shift, "s")))
    assert (got.index == times).all()


def test_months_that_are_not_told_by_one_day_are_refused():
    times = clock("2015-01-01", 60, "BME")
    with pytest.raises(ValueError, match="Date months by the same day of each"):
        time_grid(frame(times))


def test_a_missing_row_of_daily_readings_is_a_gap():
    times = without(clock("2024-01-01", 60, "1D"), 7, 30, 31)
    with pytest.warns(UserWarning, match="3 missing rows in 2 gaps"):
        got = time_grid(frame(times))
    assert len(got) == 60 and got.isna().all(axis=1).sum() == 3


@pytest.mark.parametrize("start", ["08:02", "08:00:17"])
def test_jitter_about_an_odd_start_stays_about_it(start):
    times = clock(f"2024-03-01 {start}", 2000)
    shift = np.random.default_rng(0).integers(-9, 10, 2000)
    with pytest.warns(UserWarning, match="off the steps of 5 min"):
        got = time_grid(frame(times + pd.to_timedelta(shift, "s")))
    off = abs(got.index - times)
    assert off.max() <= pd.Timedelta("20s")
