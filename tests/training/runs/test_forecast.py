"""The next steps from the last readings."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data.calendar import CALENDAR
from keras_stunet.training.runs.forecast import forecast_next
from tests.training.runs.spied_run import HALF_HOURS
from tests.training.runs.spied_run import SENSORS
from tests.training.runs.spied_run import Spy
from tests.training.runs.spied_run import frame
from tests.training.runs.spied_run import run


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
