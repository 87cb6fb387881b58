"""Intervals of a model with quantiles (CQR) against independent counts."""

import numpy as np
import pytest

from keras_stunet.data import Windows
from keras_stunet.evaluation.intervals import Intervals
from keras_stunet.evaluation.intervals import calibrate
from keras_stunet.evaluation.intervals import score_intervals
from keras_stunet.evaluation.scoring import score_windows

Q = [0.1, 0.5, 0.9]
SENSORS = np.array([1.0, 3.0])


class Knowing:
    """Knows which steps are sure and which are not, but not how much."""

    quantiles = Q

    def __init__(self, width=0.7):
        self.width = width

    def predict(self, windows, indices):
        rows = windows.target_rows(indices)
        half = self.width * spread(rows)[..., None] * SENSORS  # (B, 2, N)
        steps = np.stack([-half, 0 * half, half], axis=-1)
        return 50 + steps.astype("float32")  # (B, 2, N, 3)


def spread(rows):
    return np.where(rows % 7 < 3, 0.5, 4.0)


def windows(steps=4000, seed=0, mask=None, per_day=10_000):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(steps, 2))
    values = 50 + spread(np.arange(steps))[:, None] * SENSORS * noise
    starts = np.arange(0, steps - 4, 4)  # no reading is a target twice
    return Windows(values, mask, starts, 2, 2, steps_per_day=per_day)


@pytest.mark.parametrize("width", [0.7, 3.0])  # too narrow, too wide
@pytest.mark.parametrize("by_sensor", [False, True])
def test_radii_are_those_of_an_independent_count(by_sensor, width):
    model = Knowing(width)
    mask = np.random.default_rng(3).random((4000, 2)) < 0.8
    data = windows(mask=mask, per_day=24 if by_sensor else 10_000)
    found = calibrate(model, data)
    assert (found.by_sensor, found.quantiles) == (by_sensor, Q)
    everything = np.arange(len(data))
    _, y, there = data.gather(everything)
    y, there = y[..., 0].astype(float), there[..., 0].astype(bool)
    made = model.predict(data, everything).astype(float)
    half = len(data) // 2
    error = np.abs(y - 50)[:half]
    sigma = [error[..., i][there[:half, :, i]].mean() for i in (0, 1)]
    shares = {0.8: 1.0, 0.4: 0.5, 0.95: 1.0}  # of the way to 0.1 and 0.9
    for level, share in shares.items():
        low = 50 + share * (made[..., 0] - 50)
        high = 50 + share * (made[..., 2] - 50)
        beyond = np.maximum(low - y, y - high) / sigma  # (B, 2, N)
        bounds = found.bounds(made, level)
        for step in (0, 1):
            for node in (0, 1):
                nodes = [node] if by_sensor else [0, 1]
                scores = beyond[half:, step][:, nodes]
                scores = np.sort(scores[there[half:, step][:, nodes]])
                place = int(np.ceil((len(scores) + 1) * level)) - 1
                move = scores[place] * sigma[node]
                expected = low[:, step, node] - move, high[:, step, node] + move
                expected = (
                    np.minimum(expected[0], 50),
                    np.maximum(expected[1], 50),
                )
                for one, other in zip(bounds, expected, strict=True):
                    np.testing.assert_allclose(
                        one[:, step, node, 0], other, rtol=1e-6
                    )
    low, high = found.bounds(made, 0.4)
    at_median = (low == made[..., 1:2]).any()
    assert at_median == (width == 3.0)


def test_they_cover_what_they_promise_and_are_narrower():
    class Plain(Knowing):
        quantiles = None

        def predict(self, windows, indices):
            return super().predict(windows, indices)[..., 1:2]

    later = windows(20_000, seed=1)
    widths = {}
    for model in (Knowing(), Plain()):
        found = calibrate(model, windows())
        for level in (0.3, 0.8, 0.95):
            scores = score_intervals(found, model, later, level, ("all",))
            assert scores["all"]["coverage"] == pytest.approx(level, abs=0.03)
            widths[model.quantiles is None, level] = scores["all"]["width"]
    assert widths[False, 0.8] < 0.8 * widths[True, 0.8]
    # The point forecast is the median.
    mae = score_windows(Knowing(), later, (1,))[1]["mae"]
    assert mae == pytest.approx(score_windows(Plain(), later, (1,))[1]["mae"])


def test_they_are_kept_in_a_file(tmp_path):
    found = calibrate(Knowing(), windows())
    found.save(tmp_path / "intervals.npz")
    again = Intervals.load(tmp_path / "intervals.npz")
    assert again.quantiles == Q
    made = Knowing().predict(windows(), [0, 5])
    for one, other in zip(
        again.bounds(made, 0.8), found.bounds(made, 0.8), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-6)
