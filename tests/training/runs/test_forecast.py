"""The next steps from the last readings."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data.calendar import CALENDAR
from keras_stunet.training.runs.forecast import forecast_next
from keras_stunet.training.runs.forecast import write_forecast
from keras_stunet.training.runs.later import forecast_rolling
from keras_stunet.training.runs.readings import read_readings
from keras_stunet.training.runs.run import Run

SENSORS = ["a", "b", "c"]
HALF_HOURS = pd.date_range("2024-03-01 22:00", periods=6, freq="30min")


class Spy:
    """Stands for a model and keeps what it was given."""

    def predict_on_batch(self, x):
        self.x = x
        mean = x[..., :1].mean(axis=1, keepdims=True)
        return np.concatenate([mean, 2 * mean], axis=1)


def run(calendar=(), model=None, utc_offset=None, **options):
    options |= {"history": 4, "horizon": 2, "calendar": calendar}
    return Run(
        folder=None,
        config={"model": options},
        sensors=SENSORS,
        minutes_per_step=15.0,
        fill=50.0,
        unit="mph",
        sha256="",
        model=model or Spy(),
        utc_offset=utc_offset,
    )


def frame(steps=6, start="2024-03-01 23:00"):
    index = pd.date_range(start, periods=steps, freq="15min")
    values = np.arange(steps * 3.0).reshape(steps, 3)
    return pd.DataFrame(values, index, SENSORS)


def test_the_steps_after_the_last_readings_are_forecast():
    result = forecast_next(run(), frame())
    assert result.index.tolist() == [
        pd.Timestamp("2024-03-02 00:30"),
        pd.Timestamp("2024-03-02 00:45"),
    ]
    assert result.columns.tolist() == SENSORS
    last = frame().to_numpy()[-4:].mean(axis=0)
    np.testing.assert_allclose(result, [last, 2 * last])


def test_columns_are_taken_by_name_and_others_named():
    mixed = frame()[["c", "a", "b"]].assign(zoo=1.0)
    with pytest.warns(UserWarning, match="left out: zoo"):
        result = forecast_next(run(), mixed)
    expected = forecast_next(run(), frame())
    pd.testing.assert_frame_equal(result, expected)


def test_sensors_without_a_column_or_a_reading_count_as_missing():
    model = Spy()
    with pytest.warns(
        UserWarning, match=r"1 of 3 sensors: b\. Did.*'B'.*Taken"
    ):
        forecast_next(run(model=model), frame().rename(columns={"b": "B"}))
    assert model.x[0, :, :, 0].tolist() == [
        [6.0 + 3 * row, 50.0, 8.0 + 3 * row] for row in range(4)
    ]
    dead = frame()
    dead.iloc[-4:, 1] = np.nan
    with pytest.warns(
        UserWarning, match="1 sensor without a reading in the la"
    ):
        forecast_next(run(model=model), dead)
    assert (model.x[0, :, 1, 0] == 50).all()


@pytest.mark.parametrize("column", ["dropped", "empty"])
def test_strictly_each_sensor_must_have_a_reading(column):
    given = frame()
    given.iloc[-4:, 1] = np.nan
    message = "no reading of 1 sensor: b"
    if column == "dropped":
        given, message = given.drop(columns="b"), "no column for 1 of 3 sensors"
    with pytest.raises(ValueError, match=message):
        forecast_next(run(), given, strict=True)
    forecast_next(run(), frame(), strict=True)


def test_only_a_column_of_no_sensor_is_offered():
    names = ["s1", "s2", "s3"]
    trained = dataclasses.replace(run(), sensors=names)
    given = frame().set_axis(names, axis=1).drop(columns="s2")
    with pytest.warns(UserWarning) as caught:
        forecast_next(trained, given)
    (message,) = (str(warning.message) for warning in caught)
    assert "sensors: s2. Taken as missing" in message


@pytest.mark.parametrize(
    ("freq", "apart"),
    [("h", "1 h"), ("7D", "1 week"), ("5min", "5 min"), ("7s", "7 s")],
)
@pytest.mark.parametrize("steps", [2, 48])
def test_readings_at_another_interval_are_refused(freq, apart, steps):
    index = pd.date_range("2024-03-01", periods=steps, freq=freq)
    given = pd.DataFrame(np.ones((steps, 3)), index, SENSORS)
    with pytest.raises(ValueError, match=f"are {apart} apart; expected 15 min"):
        forecast_next(run(), given)


def test_missing_readings_are_the_training_mean():
    gaps, model = frame(), Spy()
    gaps.iloc[-1, 1] = np.nan
    forecast_next(run(model=model), gaps)
    assert model.x.shape == (1, 4, 3, 1)
    assert model.x[0, -1, :, 0].tolist() == [15.0, 50.0, 17.0]


def test_a_mask_channel_says_which_readings_are_there():
    gaps, model = frame(), Spy()
    gaps.iloc[-1, 1] = np.nan
    forecast_next(run(model=model, mask_channel=True), gaps)
    assert model.x.shape == (1, 4, 3, 2)
    assert model.x[0, -1].tolist() == [[15.0, 1.0], [50.0, 0.0], [17.0, 1.0]]
    assert (model.x[0, :-1, :, 1] == 1).all()


def test_calendar_features_are_those_of_training():
    model = Spy()
    forecast_next(run(calendar=CALENDAR, model=model), frame())
    assert CALENDAR == ("time_of_day", "day_of_week")
    # From 23:30 on Friday 1 March to 00:15 on Saturday.
    day = np.array([23.5, 23.75, 0.0, 0.25]) / 24
    week = np.array([4, 4, 5, 5]) / 7
    for sensor in range(3):
        np.testing.assert_allclose(model.x[0, :, sensor, 1], day, rtol=1e-6)
        np.testing.assert_allclose(model.x[0, :, sensor, 2], week, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.add_prefix("x"), "3 of 3 sensors: a, b, c. .* 'xa'"),
        (lambda f: f.iloc[:3], "There are 3 rows.*needs the last 4"),
        (lambda f: f.iloc[-3:], "There are 3 rows.*needs the last 4"),
        (lambda f: f.set_axis(HALF_HOURS), "30 min apart; expected 15 min"),
        (lambda f: f.reset_index(drop=True), "not all dated"),
        (lambda f: f * np.nan, "nothing to forecast from"),
        (lambda f: pd.concat([f, f[["a"]]], axis=1), "Two columns.*named 'a'"),
    ],
)
def test_bad_readings_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        forecast_next(run(), change(frame()))


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


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f + 40, False),  # a mean of 50.5, as in training
        (lambda f: f * 0 + 25.1, False),
        (lambda f: f * 0 + 24.9, True),  # 25 is three deviations off
        (lambda f: f * 0 + 74.9, False),
        (lambda f: f * 0 + 75.1, True),
        (lambda f: pd.concat([f[:2] + 1e6, f[2:] + 40]), False),
        (lambda f: f * 0 + [-1.0, np.nan, np.nan], True),
    ],
)
def test_readings_far_from_those_of_the_training_are_told(
    recwarn, change, told
):
    trained = dataclasses.replace(run(), std=25 / 3)
    forecast_next(trained, change(frame()))
    messages = [str(warning.message) for warning in recwarn.list]
    messages = [text for text in messages if "hardly trained on" in text]
    assert len(messages) == told
    if told:
        assert "that of the training is 50 " in messages[0]
        assert "the training's unit (mph)" in messages[0]
    forecast_next(run(), frame() - 1e6)  # an older run does not know


def test_an_array_of_readings_is_refused():
    with pytest.raises(ValueError, match="is a ndarray; expected a pandas"):
        forecast_next(run(), frame().to_numpy())


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
