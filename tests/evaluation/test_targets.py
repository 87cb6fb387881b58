"""Scores of several targets: each in its own unit, by plain loops."""

import dataclasses

import numpy as np
import pytest

from keras_stunet.baselines import ARIMA
from keras_stunet.baselines import HistoricalAverage
from keras_stunet.baselines import LinearSVR
from keras_stunet.baselines import Persistence
from keras_stunet.data import make_windows
from keras_stunet.evaluation import horizon_table
from keras_stunet.evaluation import profile_errors
from keras_stunet.evaluation import score_beside_naive
from keras_stunet.evaluation import score_windows

NAMES = ["speed", "flow"]


@pytest.fixture(scope="module")
def both(series):
    """Speed and flow, each with gaps of its own."""
    rng = np.random.default_rng(1)
    flow = 900 - 5 * series.values + rng.normal(0, 20, series.values.shape)
    values = np.stack([series.values, flow], axis=-1)
    mask = rng.random(values.shape) < 0.8
    return dataclasses.replace(
        series, values=values, mask=mask, measurements=NAMES
    )


@pytest.fixture(scope="module")
def windows(both):
    return make_windows(both, history=2, horizon=2, targets=["flow", "speed"])


class Guess:
    """The mean over the history of both targets, and one more each step."""

    def predict(self, windows, indices):
        x = windows.gather(indices)[0][..., [1, 0]].mean(axis=1)
        return np.stack([x + 1, x + 2], axis=1)


def test_scores_are_of_each_target(windows):
    test = windows.test
    found = score_windows(Guess(), test, steps=(1, 2, "all"))
    assert list(found) == ["flow", "speed"]
    indices = np.arange(len(test))
    _, y, mask = test.gather(indices)
    forecast = Guess().predict(test, indices)
    for at, target in enumerate(found):
        for step in (1, 2, "all"):
            steps = range(2) if step == "all" else [step - 1]
            errors, sizes = [], []
            for b, t, n in np.ndindex(len(indices), 2, 4):
                if t in steps and mask[b, t, n, at]:
                    truth = float(y[b, t, n, at])
                    errors.append(abs(truth - float(forecast[b, t, n, at])))
                    sizes.append(abs(truth))
            count = len(errors)
            ratios = [e / s for e, s in zip(errors, sizes, strict=True)]
            assert found[target][step] == pytest.approx(
                {
                    "mae": sum(errors) / count,
                    "rmse": (sum(e * e for e in errors) / count) ** 0.5,
                    "mape": 100 * sum(ratios) / count,
                    "wape": 100 * sum(errors) / sum(sizes),
                }
            )


def test_profiles_are_of_each_target(windows):
    scores = score_windows(Guess(), windows.test, steps=(1, 2, "all"))
    profiles = profile_errors(Guess(), windows.test)
    for target, profile in profiles.items():
        own = scores[target]
        assert profile.mae == pytest.approx(own["all"]["mae"])
        expected = [own[1]["mae"], own[2]["mae"]]
        assert profile.by_step == pytest.approx(expected)


@pytest.mark.parametrize(
    "system", [HistoricalAverage(), HistoricalAverage(True), Persistence()]
)
def test_naive_forecasts_of_a_target_know_of_no_other(both, windows, system):
    indices = np.arange(len(windows.test))
    found = system.fit(windows.train).predict(windows.test, indices)
    for at, target in enumerate(["flow", "speed"]):
        splits = make_windows(alone(both, target), history=2, horizon=2)
        expected = system.fit(splits.train).predict(splits.test, indices)
        np.testing.assert_array_equal(found[..., at : at + 1], expected)


def alone(both, target):
    """The series of one measurement."""
    at = NAMES.index(target)
    return dataclasses.replace(
        both,
        values=both.values[..., at],
        mask=both.mask[..., at],
        measurements=target,
    )


@pytest.mark.parametrize("system", [LinearSVR(), ARIMA((1, 0, 0))])
def test_systems_of_one_target(both, windows, system):
    with pytest.raises(ValueError, match="forecasts one target.*flow, speed"):
        system.fit(windows.train)
    few = dataclasses.replace(
        both,
        values=both.values[:, :2],
        mask=both.mask[:, :2],
        adjacency=np.ones((2, 2)),
    )
    one = make_windows(few, history=2, horizon=2, targets="flow")
    splits = make_windows(alone(few, "flow"), history=2, horizon=2)
    expected = system.fit(splits.train).predict(splits.test, [0, 1])
    found = system.fit(one.train).predict(one.test, [0, 1])
    np.testing.assert_array_equal(found, expected)
    other = make_windows(few, history=2, horizon=2, targets="speed")
    with pytest.raises(ValueError, match="targets"):
        system.predict(other.test, [0, 1])


def test_a_table_for_each_target(windows):
    scores = score_beside_naive(Guess(), windows.test, windows.train)
    table = horizon_table(scores, 180, units={"flow": "veh/h"})
    of_flow, of_speed = table.split("**speed**")
    assert of_flow.startswith("**flow (veh/h)**\n\n| MAE / RMSE / MAPE % |")
    assert horizon_table(scores["speed"], 180) == of_speed.strip()
    one = windows.test
    assert "flow" not in horizon_table(score_windows_of_one(one), 180)


def score_windows_of_one(windows):
    return {"model": score_windows(Guess(), windows)["flow"]}
