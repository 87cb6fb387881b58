"""Scores of frames against sums written out, and what they refuse."""

import sys

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

pytest.importorskip("skimage")

from keras_stunet.frame_metrics import FrameScores  # noqa: E402
from keras_stunet.frame_metrics import score_frames  # noqa: E402


@pytest.fixture
def frames():
    """True and forecast frames, `(5, 3, 9, 11)`."""
    rng = np.random.default_rng(0)
    return rng.random((2, 5, 3, 9, 11))


def similarity(y, p):
    """SSIM of one frame: Wang et al. (2004), equation 13, window by window."""
    values = []
    windows = (sliding_window_view(x, (7, 7)).reshape(-1, 49) for x in (y, p))
    for a, b in zip(*windows, strict=True):
        cov = np.cov(a, b)  # sample covariance, of 48
        c1, c2 = 0.01**2, 0.03**2
        above = (2 * a.mean() * b.mean() + c1) * (2 * cov[0, 1] + c2)
        below = (a.mean() ** 2 + b.mean() ** 2 + c1) * (cov.trace() + c2)
        values.append(above / below)
    return np.mean(values)


def test_scores_equal_sums_over_pixels_and_means_over_frames(frames):
    y, p = frames
    found = score_frames(y, p)
    pairs = [(y[i], p[i]) for i in np.ndindex(5, 3)]
    expected = {
        "mse": np.mean([((a - b) ** 2).sum() for a, b in pairs]),
        "mae": np.mean([abs(a - b).sum() for a, b in pairs]),
        "ssim": np.mean([similarity(a, b) for a, b in pairs]),
        "bce": np.mean(
            [-(a * np.log(b) + (1 - a) * np.log(1 - b)).sum() for a, b in pairs]
        ),
    }
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, rel=1e-12)


def test_batches_do_not_matter(frames):
    y, p = frames
    scores = FrameScores()
    for part in (slice(0, 1), slice(1, 4), slice(4, 5)):
        scores.update(y[part], p[part])
    assert scores.result() == pytest.approx(score_frames(y, p), rel=1e-12)


def test_a_perfect_forecast_of_black_and_white():
    y = (np.random.default_rng(1).random((2, 3, 8, 8)) > 0.5) * 1.0
    found = score_frames(y, y.astype(np.float32))
    # Clipping costs -log(1 - 1e-7) a pixel.
    expected = {"mse": 0, "mae": 0, "ssim": 1, "bce": 64e-7}
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-15)


def test_a_wrong_certainty_costs_what_the_clip_allows():
    y = np.zeros((1, 1, 7, 7))
    p = y.copy()
    p[0, 0, 0, 0], p[0, 0, 1, 1] = 1.0, 7.0  # beyond [0, 1] counts as 1
    found = score_frames(y, p)
    assert found["bce"] == pytest.approx(2 * 7 * np.log(10), rel=1e-6)
    assert found["mse"] == 50 and found["mae"] == 8


def test_many_frames_are_summed_in_float64():
    # 1 + 1e-9 in each batch: lost in float32.
    y, p = np.zeros((1, 1, 7, 7)), np.zeros((1, 1, 7, 7))
    p[0, 0, 0] = 1 / 7
    p[0, 0, 0, 0] += 1e-9
    scores = FrameScores()
    for _ in range(1000):
        scores.update(y, p)
    assert scores.result()["mae"] - 1 == pytest.approx(1e-9, rel=1e-4)


def test_nan_anywhere_makes_every_score_nan(frames):
    y, p = frames
    p[4, 2, 8, 10] = np.nan
    assert all(np.isnan(value) for value in score_frames(y, p).values())
    assert all(np.isnan(value) for value in FrameScores().result().values())


def test_scores_of_what_is_no_frame_are_refused(frames):
    y, p = frames
    for truth, forecast, message in (
        (y, p[:1], "expected equal shapes"),
        (y[0], p[0], r"shape \(3, 9, 11\); expected frames"),
        (y[:, :, :6], p[:, :, :6], "at least 7 x 7 pixels"),
        (y * 255, p, "Divide bytes by 255"),
        (y - 1, p, "expected pixels in"),
        (np.where(y > 0.5, np.nan, y), p, "runs from nan"),
    ):
        with pytest.raises(ValueError, match=message):
            score_frames(truth, forecast)


def test_without_scikit_image_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.metrics", None)
    with pytest.raises(ImportError, match=r"install \"\.\[images\]\""):
        FrameScores()
