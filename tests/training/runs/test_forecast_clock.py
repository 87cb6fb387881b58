"""Times of the readings of a forecast: order, gaps, clocks and offsets."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from keras_stunet.training.runs.forecast import forecast_next
from keras_stunet.training.runs.forecast import write_forecast
from keras_stunet.training.runs.later import forecast_rolling
from keras_stunet.training.runs.readings import read_readings
from tests.training.runs.spied_run import HALF_HOURS
from tests.training.runs.spied_run import SENSORS
from tests.training.runs.spied_run import Spy
from tests.training.runs.spied_run import frame
from tests.training.runs.spied_run import run


def test_rows_are_sorted_merged_and_filled_as_in_training():
    whole, model = frame(), Spy()
    fed = pd.concat([whole, whole.iloc[[-1]]]).drop(whole.index[-2]).iloc[::-1]
    with pytest.warns(UserWarning) as caught:
        forecast_next(run(model=model), fed)
    expected = whole.to_numpy()[-4:].copy()
    expected[-2] = 50.0  # the lost row
    np.testing.assert_array_equal(model.x[0, :, :, 0], expected)
    messages = " ".join(str(warning.message) for warning in caught)
    for word in ("sorted", "1 time occurred more than once", "1 missing row"):
        assert word in messages


def test_the_first_of_the_last_rows_may_be_lost_if_older_ones_are_there():
    whole, model = frame(), Spy()
    fed = whole.drop(whole.index[[-3, -4]])
    with pytest.warns(UserWarning, match=r"last 4 rows are missing \(2\)"):
        forecast_next(run(model=model), fed)
    expected = whole.to_numpy()[-4:].copy()
    expected[:2] = 50.0
    np.testing.assert_array_equal(model.x[0, :, :, 0], expected)


def test_an_hour_that_occurs_twice_gives_no_forecast(recwarn):
    """Local times of the night when clocks go back from 03:00 to 02:00."""
    night = pd.date_range(
        "2024-10-27 00:00", periods=16, freq="15min", tz="UTC"
    )
    night = night.tz_convert("Europe/Berlin").tz_localize(None)
    values = np.arange(48.0).reshape(16, 3)
    fed = pd.DataFrame(values, night, SENSORS)  # from 02:00, twice, to 04:45
    for rows in (5, 7):
        for first in (0, rows - 4):
            with pytest.raises(ValueError, match="clock goes back.*wait until"):
                forecast_next(run(), fed.iloc[first:rows])
    for rows in (8, 9, 12, 16):
        model = Spy()
        forecast_next(run(model=model), fed.iloc[:rows])
        np.testing.assert_array_equal(
            model.x[0, :, :, 0], values[rows - 4 : rows]
        )
    with pytest.raises(ValueError, match="no offsets.*leave the repeated row"):
        forecast_rolling(run(), fed)
    by_time = fed.iloc[:8].sort_index(kind="stable")
    with pytest.raises(ValueError, match="no offsets takes none.*wait until"):
        forecast_next(run(), by_time)
    assert not recwarn.list


def test_newest_first_is_no_change_of_clocks():
    half_hours = frame().set_axis(HALF_HOURS)
    of_half_hours = dataclasses.replace(run(), minutes_per_step=30.0)
    expected = forecast_next(of_half_hours, half_hours)
    with pytest.warns(UserWarning, match="sorted"):
        got = forecast_next(of_half_hours, half_hours.iloc[::-1])
    pd.testing.assert_frame_equal(got, expected)


def test_an_old_fault_does_not_matter():
    fed = frame(12)
    twice = fed.iloc[[0]] + 1  # another reading of the same time
    between = fed.iloc[[1]].set_axis(fed.index[[1]] + pd.Timedelta("7min"))
    fed = pd.concat([twice, fed.iloc[:2], between, fed.iloc[2:]])
    forecast_next(run(), fed)


def test_an_old_gap_does_not_matter():
    with_gap = pd.concat([frame(2, "2024-03-01 12:00"), frame(4)])
    forecast_next(run(), with_gap)


def test_times_with_offsets_are_refused_where_the_clock_is_not_known(tmp_path):
    zoned = frame().tz_localize("America/Los_Angeles")
    with pytest.raises(ValueError, match="America/Los_Angeles.*clock of the"):
        forecast_next(run(), zoned)
    zoned.to_csv(tmp_path / "wide.csv")
    long = zoned.stack().rename_axis(["time", "sensor"]).rename("value")
    long.to_csv(tmp_path / "long.csv")
    for name in ("wide.csv", "long.csv"):
        read = read_readings(tmp_path / name)
        with pytest.raises(ValueError, match="time zone UTC-08:00.*clock of"):
            forecast_next(run(), read)
    frame().to_csv(tmp_path / "wide.csv")
    read = read_readings(tmp_path / "wide.csv")
    np.testing.assert_array_equal(read, frame())


def test_times_with_offsets_are_put_on_a_known_clock(tmp_path):
    """Trained in UTC, since the offset changed with summer time."""
    calendar = ("time_of_day",)
    frame().tz_localize("Europe/Berlin").to_csv(tmp_path / "now.csv")
    zoned = read_readings(tmp_path / "now.csv")
    model = Spy()
    trained = run(calendar, model, utc_offset=0.0)
    result = forecast_next(trained, zoned)
    day = np.array([22.5, 22.75, 23.0, 23.25]) / 24
    np.testing.assert_allclose(model.x[0, :, 0, 1], day, rtol=1e-6)
    first = pd.Timestamp("2024-03-02 00:30", tz="Europe/Berlin")
    assert result.index[0] == first
    assert str(result.index[0]) == "2024-03-01 23:30:00+00:00"
    rolling = forecast_rolling(trained, zoned, every=2)
    origins = rolling.index.unique("origin")
    assert origins[-1] == zoned.index[-1] and str(origins.tz) == "UTC"
    np.testing.assert_allclose(rolling.loc[origins[-1]], result)
    write_forecast(tmp_path / "next.csv", result)
    again = read_readings(tmp_path / "next.csv")
    assert again.index[0] == first
    with pytest.warns(UserWarning, match="no UTC offset; taken as UTC, the cl"):
        forecast_next(trained, frame())
    np.testing.assert_allclose(
        model.x[0, :, 0, 1] * 24, [23.5, 23.75, 0, 0.25], rtol=1e-5
    )
