"""The lines are the profile's means, on axes from 0."""

import numpy as np
import pytest

from keras_stunet.evaluation.error_profile import ErrorProfile
from keras_stunet.plotting import plot_error_profile


def profile(error, slots=((0, 1), (1, 2), (2, 3)), per_day=4):
    """One sensor whose error is `error * (step + 10 * slot)`."""
    slots = np.array(slots)
    target = np.zeros((*slots.shape, 1, 1))
    steps = np.arange(1, slots.shape[1] + 1)
    forecast = error * (steps + 10.0 * slots)[..., None, None]
    made = ErrorProfile(slots.shape[1], per_day, 1)
    made.update(forecast, target, slots)
    return made


def test_lines_are_the_means_at_steps_and_hours():
    figure = plot_error_profile({"a": profile(1), "b": profile(-3)}, unit="mph")
    by_step, by_slot = figure.axes
    a, b = by_step.get_lines()
    np.testing.assert_allclose(a.get_xdata(), [6, 12])
    np.testing.assert_allclose(a.get_ydata(), [11, 22])  # 10 and 20 on average
    np.testing.assert_allclose(b.get_ydata(), [33, 66])
    a, b = by_slot.get_lines()
    np.testing.assert_allclose(a.get_xdata(), [0, 6, 12, 18])
    # Slots 0 and 3 have one step only and are left out.
    np.testing.assert_allclose(a.get_ydata(), [np.nan, 11.5, 21.5, np.nan])
    np.testing.assert_allclose(b.get_ydata(), [np.nan, 34.5, 64.5, np.nan])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_axes_start_at_zero_and_have_units():
    figure = plot_error_profile({"a": profile(1)}, unit="mph")
    for axes in figure.axes:
        assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > 20
        assert axes.get_ylabel() == "MAE (mph)"
    by_step, by_slot = figure.axes
    assert by_step.get_xlabel() == "horizon (h)"
    assert by_step.get_xlim()[0] == 0 and by_slot.get_xlim() == (0, 24)


def test_lines_can_be_told_apart_without_colour():
    names = dict.fromkeys("abcd", profile(1))
    for axes in plot_error_profile(names).axes:
        lines = axes.get_lines()
        assert len({line._unscaled_dash_pattern for line in lines}) == 4
        assert len({line.get_color() for line in lines}) == 4


@pytest.mark.parametrize(
    ("profiles", "message"),
    [
        ({}, "holds 0 profiles; expected 1 to 4"),
        (dict.fromkeys("abcde", profile(1)), "holds 5 profiles"),
        (
            {"a": profile(1), "b": profile(1, per_day=8)},
            r"\{'a': \(2, 4\), 'b': \(2, 8\)\}",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(profiles, message):
    with pytest.raises(ValueError, match=message):
        plot_error_profile(profiles)


def test_daily_steps_are_days():
    made = profile(1, slots=((0, 0), (0, 0)), per_day=1)
    (axes,) = plot_error_profile({"a": made}).axes  # none by time of day
    np.testing.assert_allclose(axes.get_lines()[0].get_xdata(), [1, 2])
    assert axes.get_xlabel() == "horizon (days)"


def test_steps_of_minutes_are_minutes():
    by_step, _ = plot_error_profile({"a": profile(1, per_day=288)}).axes
    np.testing.assert_allclose(by_step.get_lines()[0].get_xdata(), [5, 10])
    assert by_step.get_xlabel() == "horizon (min)"
