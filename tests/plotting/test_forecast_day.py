"""A day's lines are the truth and the forecasts at their hours."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.plotting import plot_forecast_day

DAY = 43 * 24  # first row of the last day
NAN = np.nan


def lines_of(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def drawn(line):
    """`{hour: value}` of what is visible."""
    x, y = line.get_xdata(), line.get_ydata()
    return {float(h): float(v) for h, v in zip(x, y, strict=True) if v == v}


def test_lines_are_the_truth_and_the_forecasts(windows, model):
    figure = plot_forecast_day(
        model, windows, node_ids=["w", "m", "e"], steps=(1, 4), unit="mph"
    )
    top, bottom = figure.axes
    assert top.get_title("left") == "sensor e, 2021-04-13"
    assert bottom.get_title("left") == "sensor w"
    lines = lines_of(bottom)
    truth = 50 + 2 * np.sin(2 * np.pi * np.arange(24) / 24)
    assert drawn(lines["truth"]) == pytest.approx(dict(enumerate(truth)))
    # Windows of 2 + 4 rows: the first target of a window is at 2 to 20 h.
    first = {h: DAY + h + 0.1 for h in range(2, 21)}
    assert drawn(lines["forecast 1 h before"]) == pytest.approx(first)
    last = {h: DAY + h - 3 + 0.4 for h in range(5, 24)}
    assert drawn(lines["forecast 4 h before"]) == pytest.approx(last)
    # The same at the other sensor, plus 200.
    first = {h: value + 200 for h, value in first.items()}
    line = lines_of(top)["forecast 1 h before"]
    assert drawn(line) == pytest.approx(first)


def test_fans_start_at_the_last_reading_and_hold_the_horizon(windows, model):
    axes = plot_forecast_day(model, windows, sensors=[0], fan_every=6).axes[0]
    fans = [
        line
        for line in axes.get_lines()
        if line.get_label() in ("_fan", "next 4 h from the dot")
    ]
    # The first origin is at 1 h, the others at multiples of 6 h; one at 24 h
    # would leave the day.
    assert [fan.get_xdata()[0] for fan in fans] == [1, 6, 12, 18]
    for fan in fans:
        hour = fan.get_xdata()[0]
        np.testing.assert_allclose(fan.get_xdata(), hour + np.arange(5))
        reading = 50 + 2 * np.sin(2 * np.pi * hour / 24)
        steps = DAY + hour + 1 + np.arange(1, 5) / 10
        np.testing.assert_allclose(
            fan.get_ydata(), [reading, *steps], rtol=1e-6
        )
    # None begins within the one before.
    axes = plot_forecast_day(model, windows, sensors=[0], fan_every=3).axes[0]
    fans = [x for x in axes.get_lines() if x.get_marker() == "o"]
    assert [fan.get_xdata()[0] for fan in fans] == [1, 6, 12, 18]
    assert len(plot_forecast_day(model, windows, fan_every=None).axes) == 2
    bare = plot_forecast_day(model, windows, sensors=[0], fan_every=None)
    assert len(bare.axes[0].get_lines()) == 3


def test_masked_readings_are_gaps(windows, model):
    axes = plot_forecast_day(model, windows, sensors=["2"], node_ids="012")
    lines = axes.axes[0].get_lines()
    gaps = {16.0, 17.0, 18.0}
    assert drawn(lines[0]).keys() == set(range(24)) - gaps
    at_18 = [line for line in lines if line.get_xdata()[0] == 18]
    assert np.isnan(at_18[0].get_ydata()[0])  # a fan without its reading
    low, high = axes.axes[0].get_ylim()
    assert low > -100  # the fill value is nowhere


def test_axes_are_one_day_with_units(windows, model):
    figure = plot_forecast_day(model, windows, unit="mph")
    for axes in figure.axes:
        assert axes.get_xlim() == (0, 24)
        assert axes.get_ylabel() == "reading (mph)"
    assert list(figure.axes[-1].get_xticks()) == [0, 4, 8, 12, 16, 20, 24]
    assert figure.axes[-1].get_xlabel() == "hour of day"
    plain = plot_forecast_day(model, windows).axes[0]
    assert plain.get_ylabel() == "reading"


def test_windows_over_midnight_fill_the_whole_day(make_series, model):
    test = make_windows(make_series(), "windows", history=2, horizon=4).test
    figure = plot_forecast_day(
        model, test, sensors=[1], day="2021-04-12", steps=(1, 4)
    )
    lines = lines_of(figure.axes[0])
    row = 42 * 24
    last = {h: 100 + row + h - 3 + 0.4 for h in range(24)}
    line = lines["forecast 4 h before"]
    assert drawn(line) == pytest.approx(
        last
    )  # those of 0 h from the day before
    for line in figure.axes[0].get_lines():
        assert 0 <= line.get_xdata().min() and line.get_xdata().max() < 24
        assert (np.diff(line.get_xdata()) > 0).all()


def test_without_timestamps_and_names_days_and_sensors_are_numbers(
    make_series, model
):
    series = make_series(
        timestamps=None,
        node_ids=None,
        mask=None,
        values=(make_series().values.clip(0)),
    )
    test = make_windows(series, history=2, horizon=4, steps_per_day=24).test
    axes = plot_forecast_day(model, test, sensors=[1], day=41).axes[0]
    assert axes.get_title("left") == "sensor 1, day 41"
    first = drawn(lines_of(axes)["forecast 3 h before"])
    assert first[4.0] == pytest.approx(100 + 41 * 24 + 2 + 0.3)


def test_nan_in_a_forecast_is_a_gap(windows, model):
    class Broken:
        def predict(self, windows, indices):
            forecast = model.predict(windows, indices)
            forecast[3, 0, 0] = NAN
            return forecast

    axes = plot_forecast_day(Broken(), windows, sensors=[0], steps=1).axes[0]
    line = lines_of(axes)["forecast 1 h before"]
    assert drawn(line).keys() == set(range(2, 21)) - {5}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": (5,)}, "expected one to three horizon steps from 1 to 4"),
        ({"steps": (0,)}, "steps from 1 to 4"),
        ({"steps": ()}, "one to three"),
        ({"steps": (1, 2, 3, 4)}, "one to three"),
        ({"fan_every": 0}, "`fan_every` is 0"),
        ({"sensors": ["eas"]}, "Did you mean 'east'"),
        ({"day": "2021-03-01"}, "The nearest is 2021-04-09"),
    ],
)
def test_what_cannot_be_drawn_is_refused(windows, model, change, message):
    with pytest.raises(ValueError, match=message):
        plot_forecast_day(
            model, windows, node_ids=["west", "mid", "east"], **change
        )


@pytest.mark.parametrize("freq", ["D", "MS"])
def test_of_steps_of_days_the_last_ones_are_drawn(freq):
    steps = 200
    times = pd.date_range("2015-01-01", periods=steps, freq=freq)
    values = np.arange(2.0 * steps).reshape(steps, 2)
    series = Series(values, np.eye(2), times)
    windows = make_windows(series, "windows", 4, 3).test

    def persistence(x):
        return np.repeat(np.asarray(x)[:, -1:, :, :1], 3, axis=1)

    class Model:
        predict_on_batch = staticmethod(persistence)

    figure = plot_forecast_day(Model(), windows, steps=3)
    axes = figure.axes[0]
    lines = lines_of(axes)
    shown = windows.target_rows(np.arange(len(windows))).max() + 1 - 60
    shown = np.arange(max(shown, windows.target_rows([0])[0, 0]), steps)
    truth = lines["truth"]
    assert (truth.get_xdata() == times[shown].to_numpy()).all()
    np.testing.assert_array_equal(truth.get_ydata(), values[shown, 1])
    ahead = {"D": "3 days", "MS": "3 months"}[freq]
    forecast = lines[f"forecast {ahead} before"]
    there = ~np.isnan(forecast.get_ydata())
    assert there.sum() > 20
    np.testing.assert_array_equal(
        forecast.get_ydata()[there], values[shown, 1][there] - 6
    )
    assert axes.get_title("left").endswith(str(times[-1].date()))
    figure.canvas.draw()
