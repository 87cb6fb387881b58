"""Intervals against independent counts, and the coverage they promise."""

import numpy as np
import pytest

from keras_stunet.data import Windows
from keras_stunet.evaluation.intervals import Intervals
from keras_stunet.evaluation.intervals import calibrate
from keras_stunet.evaluation.intervals import interval_score
from keras_stunet.evaluation.intervals import score_intervals
from keras_stunet.evaluation.intervals.scores import SCORED

SPREAD = np.array([1.0, 5.0, 0.2])


class Flat:
    """Forecasts 50 everywhere, as a baseline does."""

    def predict(self, windows, indices):
        return np.full((len(indices), 2, 3, 1), 50.0)


def windows(steps=4000, seed=0, mask=None, per_day=24):
    rng = np.random.default_rng(seed)
    values = 50 + SPREAD * rng.normal(size=(steps, 3))
    starts = np.arange(0, steps - 4, 4)  # no reading is a target twice
    return Windows(values, mask, starts, 2, 2, steps_per_day=per_day)


def test_radii_are_those_of_an_independent_count(monkeypatch):
    data = windows(400, per_day=400)  # a day: sensors share a quantile
    found = calibrate(Flat(), data)
    assert not found.by_sensor
    _, y = data.gather(np.arange(len(data)))
    errors = np.abs(y[..., 0].astype(float) - 50)
    half = len(data) // 2
    sigma = errors[:half].mean(axis=(0, 1))
    n = 3 * (len(data) - half)
    for level in (0.5, 0.8, 0.95):
        for step in (0, 1):
            ratios = np.sort((errors[half:, step] / sigma).ravel())
            q = ratios[int(np.ceil((n + 1) * level)) - 1]
            low, high = found.bounds(np.full((2, 3, 1), 50.0), level)
            np.testing.assert_allclose((high - 50)[step, :, 0], q * sigma)
            np.testing.assert_allclose((50 - low)[step, :, 0], q * sigma)
    assert found.errors == n


@pytest.mark.parametrize("per_day", [24, 4000])
def test_they_cover_what_they_promise(per_day):
    found = calibrate(Flat(), windows(per_day=per_day))
    assert found.by_sensor == (per_day == 24)
    later = windows(20_000, seed=1)
    for level in (0.5, 0.8, 0.95):
        scores = score_intervals(found, Flat(), later, level, (1, 2, "all"))
        for step in (1, 2, "all"):
            assert scores[step]["coverage"] == pytest.approx(level, abs=0.03)


@pytest.mark.parametrize(
    ("days", "by_sensor", "own"),
    [(19, False, False), (20, True, False), (199, True, False)]
    + [(200, True, True)],
)
def test_twenty_days_and_as_many_errors_make_quantiles_of_a_sensor(
    days, by_sensor, own
):
    values = windows(2 * days * 24).values
    starts = 24 * np.arange(2 * days)  # a window a day
    found = calibrate(Flat(), Windows(values, None, starts, 2, 2, None, 24))
    assert found.by_sensor == by_sensor
    # Sensors that share a quantile differ by a factor, that of all levels.
    factor = found.radius[2] / found.radius[0]  # (horizon, N, 1)
    assert (np.ptp(factor, axis=1) > 1e-6).all() == own


def test_a_sensor_of_small_errors_has_narrow_intervals():
    for per_day in (24, 4000):
        found = calibrate(Flat(), windows(per_day=per_day))
        low, high = found.bounds(np.full((2, 3, 1), 50.0), 0.8)
        width = (high - low)[0, :, 0]
        np.testing.assert_allclose(width / width[0], SPREAD, rtol=0.25)


def test_scores_are_those_of_an_independent_count():
    found = calibrate(Flat(), windows(400, per_day=400))
    mask = np.random.default_rng(2).random((200, 3)) > 0.3
    later = windows(200, seed=1, mask=mask)
    scores = score_intervals(found, Flat(), later, 0.8, (2, "all"))
    _, y, present = later.gather(np.arange(len(later)))
    y, present = y.astype(float), present.astype(bool)

    def parts(level):
        low, high = found.bounds(np.full(y.shape, 50.0), level)
        penalty = np.where(y < low, low - y, 0) + np.where(
            y > high, y - high, 0
        )
        return low, high, (high - low) + 2 / (1 - level) * penalty

    weighted = 0.5 * np.abs(y - 50)
    for level in SCORED:
        weighted += (1 - level) / 2 * parts(level)[2]
    weighted /= len(SCORED) + 0.5
    low, high, score = parts(0.8)
    for step, at in ((2, np.s_[:, 1:]), ("all", np.s_[:])):
        chosen = present[at]
        expected = {
            "coverage": ((low <= y) & (y <= high))[at][chosen].mean(),
            "width": (high - low)[at][chosen].mean(),
            "interval_score": score[at][chosen].mean(),
            "weighted_interval_score": weighted[at][chosen].mean(),
        }
        assert scores[step] == pytest.approx(expected)


def test_missing_readings_do_not_count():
    mask = np.ones((4000, 3), bool)
    mask[1000:1500] = mask[:, 2] = False
    data = windows(mask=mask)
    data.values[~mask] = 1e6
    found = calibrate(Flat(), data)
    assert found.by_sensor and np.isfinite(found.radius).all()
    assert found.radius.max() < 50


def test_errors_thrice_as_large_have_intervals_thrice_as_wide():
    found = calibrate(Flat(), windows(400, per_day=400))
    scaled = windows(400, per_day=400)
    scaled.values[:] = 50 + (scaled.values - 50) * 3
    wide = calibrate(Flat(), scaled)
    np.testing.assert_allclose(wide.radius, 3 * found.radius, rtol=1e-4)


def test_bounds_grow_with_the_level():
    found = calibrate(Flat(), windows())
    assert (np.diff(found.radius, axis=0) >= 0).all()
    first = found.bounds(np.zeros((2, 3, 1)), 0.8)[1]
    between = found.bounds(np.zeros((2, 3, 1)), 0.801)[1]
    second = found.bounds(np.zeros((2, 3, 1)), 0.81)[1]
    np.testing.assert_array_equal(between, second)
    assert (first <= second).all()


@pytest.mark.parametrize("level", [0, 1, 0.995, -0.1, np.nan, "0.8", True])
def test_a_level_is_a_share(level):
    found = calibrate(Flat(), windows(400))
    with pytest.raises(ValueError, match="`level` is"):
        found.bounds(np.zeros((2, 3, 1)), level)


def test_too_little_validation_says_so():
    few = windows(12, per_day=400)
    found = calibrate(Flat(), few)
    with pytest.raises(ValueError, match="level 0.95 needs more errors"):
        found.bounds(np.zeros((2, 3, 1)), 0.95)
    alone = Windows(np.zeros((9, 3)), None, [0], 2, 2)
    with pytest.raises(ValueError, match="two windows"):
        calibrate(Flat(), alone)
    mask = np.zeros((400, 3), bool)
    mask[:100] = True
    with pytest.raises(ValueError, match="No reading of the second half"):
        calibrate(Flat(), windows(400, mask=mask))


def test_a_forecast_of_nan_has_no_intervals():
    class Broken(Flat):
        def predict(self, windows, indices):
            return super().predict(windows, indices) * np.nan

    with pytest.raises(ValueError, match="forecasts NaN"):
        calibrate(Broken(), windows(400))
    found = calibrate(Flat(), windows(400))
    scores = score_intervals(found, Broken(), windows(100), 0.8, ("all",))
    assert all(np.isnan(x) for x in scores["all"].values())


def test_they_are_saved_and_loaded(tmp_path):
    found = calibrate(Flat(), windows(400))
    path = tmp_path / "intervals.npz"
    found.save(path)
    loaded = Intervals.load(path)
    np.testing.assert_allclose(loaded.radius, found.radius, rtol=1e-6)
    assert (loaded.by_sensor, loaded.errors) == (found.by_sensor, found.errors)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match="no whole file of intervals"):
        Intervals.load(path)
    with pytest.raises(FileNotFoundError):
        Intervals.load(tmp_path / "none.npz")


def test_the_interval_score_is_proper_in_a_closed_form():
    # Of the uniform distribution on [0, 1] the central interval is best.
    y = (np.arange(20_000) + 0.5) / 20_000
    best = interval_score(y, 0.1, 0.9, 0.8).mean()
    assert best == pytest.approx(0.8 + 10 * 2 * 0.1**2 / 2, rel=1e-3)
    for low, high in ((0.0, 0.9), (0.1, 1.0), (0.2, 0.8), (0.0, 1.0)):
        assert interval_score(y, low, high, 0.8).mean() > best
