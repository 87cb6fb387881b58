"""The picture of a run."""

import sys

import numpy as np
import pytest

from keras_stunet.classical import Persistence
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.plotting import save_forecast_picture

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture
def windows():
    """Hourly windows of 2 + 4 steps; sensor 2 varies most, then 0, then 1."""
    steps = np.arange(44 * 24)
    wave = np.sin(2 * np.pi * steps / 24)[:, None]
    values = 50 + wave * np.array([2.0, 1.0, 9.0])
    mask = np.ones(values.shape, dtype=bool)
    mask[-8:-5, 2] = False
    series = Series(
        values=np.where(mask, values, -1e6),
        mask=mask,
        adjacency=np.ones((3, 3)) - np.eye(3),
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(1, "h"),
    )
    return make_windows(series, history=2, horizon=4).test


def test_lines_are_the_truth_and_the_forecasts_at_their_hours(
    windows, tmp_path
):
    path = tmp_path / "forecast.png"
    figure = save_forecast_picture(
        path, Persistence(), windows, ["a", "b", "c"], steps=(1, 12)
    )
    top, bottom = figure.axes
    titles = [axis.get_title(loc="left") for axis in (top, bottom)]
    assert titles == ["sensor c", "sensor a"]
    truth, first, last = bottom.get_lines()
    labels = [line.get_label() for line in top.get_lines()]
    assert labels == [
        "truth",
        "forecast 60 min before",
        "forecast 240 min before",  # cut to the horizon
    ]
    # A day of 24 hours holds 19 windows of 6; the first target is at 2:00.
    np.testing.assert_allclose(truth.get_xdata(), np.arange(2, 21))
    np.testing.assert_allclose(first.get_xdata(), np.arange(2, 21))
    np.testing.assert_allclose(last.get_xdata(), np.arange(5, 24))
    day = 50 + 2 * np.sin(2 * np.pi * np.arange(24) / 24)
    np.testing.assert_allclose(truth.get_ydata(), day[2:21], rtol=1e-5)
    np.testing.assert_allclose(first.get_ydata(), day[1:20], rtol=1e-5)
    np.testing.assert_allclose(last.get_ydata(), day[1:20], rtol=1e-5)
    gaps = np.isnan(top.get_lines()[0].get_ydata())
    assert gaps.sum() == 3


def test_the_file_is_a_picture_and_not_blank(windows, tmp_path):
    path = tmp_path / "forecast.png"
    save_forecast_picture(path, Persistence(), windows)
    pixels = matplotlib.image.imread(path)[..., :3]
    assert pixels.shape[0] > 500 and pixels.shape[1] > 800
    colours = np.unique((pixels * 255).astype(int).reshape(-1, 3), axis=0)
    for wanted in ((0, 114, 178), (213, 94, 0)):  # both forecasts
        assert (np.abs(colours - wanted).sum(axis=1) < 9).any()


def test_without_matplotlib_the_extra_is_named(windows, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"keras_stunet\[plot\]"):
        save_forecast_picture(tmp_path / "a.png", Persistence(), windows)
    assert not list(tmp_path.iterdir())
