"""LinearSVR: closed form, the stated minimum, gaps, seed, messages."""

import sys

import numpy as np
import pytest
from scipy.optimize import minimize

from keras_stunet.baselines import LinearSVR
from keras_stunet.data import Windows

svm = pytest.importorskip("sklearn.svm")

HISTORY, HORIZON = 3, 2


def noisy_windows(masked=False, rows=90, nodes=3):
    rng = np.random.default_rng(0)
    walk = rng.normal(0, 1, (rows, nodes)).cumsum(axis=0)
    values = 60 + np.array([1, 3, 9])[:nodes] * (walk - walk.mean(axis=0))
    mask = rng.random(values.shape) < 0.7 if masked else None
    if masked:
        values = np.where(mask, values, 61.5)
    starts = np.arange(rows - HISTORY - HORIZON + 1)
    return Windows(values, mask, starts, HISTORY, HORIZON)


def test_coefficients_of_sinusoids_are_the_closed_form():
    # sin w(t+1) = 2 cos w sin wt - sin w(t-1), and the same again for t+2.
    speeds = np.array([0.3, 0.7])
    waves = np.sin(np.arange(200)[:, None] * speeds)
    windows = Windows(50 + 5 * waves, None, np.arange(197), 2, 2)
    system = LinearSVR(C=1e3, epsilon=0)
    assert system.fit(windows) is system
    c = 2 * np.cos(speeds)
    expected = [[-np.ones(2), c], [-c, c**2 - 1]]  # [step][lag][node]
    np.testing.assert_allclose(
        system.coefficients, np.transpose(expected, (2, 0, 1)), atol=0.01
    )
    np.testing.assert_allclose(
        system.predict(windows, [3, 50]), windows.gather([3, 50])[1], atol=0.02
    )


def test_fit_reaches_the_minimum_it_names():
    windows = noisy_windows(rows=30, nodes=1)
    C, epsilon = 0.4, 0.3
    system = LinearSVR(C=C, epsilon=epsilon).fit(windows)
    x, y = windows.gather(np.arange(len(windows)))
    mean, std = windows.values.mean(), windows.values.std()
    x = (x[..., 0, 0].astype(float) - mean) / std
    y = (y[:, 1, 0, 0].astype(float) - mean) / std

    # As a quadratic programme: the last entries of v are the excess errors.
    def objective(v):
        return (v[:4] @ v[:4]) / 2 + C * v[4:].sum()

    def slack(v):
        error = y - x @ v[:3] - v[3]
        excess = v[4:] + epsilon
        return np.concatenate([excess - error, excess + error, v[4:]])

    best = minimize(
        objective,
        np.concatenate([np.zeros(4), np.abs(y)]),
        method="SLSQP",
        constraints={"type": "ineq", "fun": slack},
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert best.success
    got = [*system.coefficients[0, 1], system.intercepts[0, 1]]
    np.testing.assert_allclose(got, best.x[:4], atol=2e-3)


@pytest.mark.parametrize("masked", [False, True])
def test_equals_a_loop(masked):
    windows = noisy_windows(masked)
    options = {"C": 0.2, "epsilon": 0.1}
    forecast = LinearSVR(**options, seed=7).fit(windows).predict(windows)
    assert forecast.dtype == np.float32
    for node in range(3):
        readings = windows.values[:, node].astype(float)
        there = readings if not masked else readings[windows.mask[:, node]]
        mean, std = there.mean(), there.std()
        for step in range(HORIZON):
            x, y, every = [], [], []
            for start in windows.starts:
                every.append(readings[start : start + HISTORY])
                row = start + HISTORY + step
                if not masked or windows.mask[row, node]:
                    x.append(every[-1])
                    y.append(readings[row])
            model = svm.LinearSVR(**options, max_iter=5000, random_state=7)
            model.fit((np.array(x) - mean) / std, (np.array(y) - mean) / std)
            expected = model.predict((np.array(every) - mean) / std)
            np.testing.assert_allclose(
                forecast[:, step, node, 0], expected * std + mean, rtol=1e-6
            )


def test_same_seed_same_bits():
    windows = noisy_windows()

    def forecast(seed):
        return LinearSVR(seed=seed).fit(windows).predict(windows)

    np.testing.assert_array_equal(forecast(3), forecast(3))
    assert (forecast(3) != forecast(4)).any()
    np.testing.assert_allclose(forecast(3), forecast(4), atol=0.1)


def test_nodes_without_targets_or_spread_take_a_mean():
    windows = noisy_windows(masked=True)
    windows.mask[:, 0] = False
    windows.values[:, 0] = 500  # must not be seen
    windows.values[:, 1] = 30
    forecast = LinearSVR().fit(windows).predict(windows)
    mean = windows.values[windows.mask].astype(float).mean()
    coefficients = LinearSVR().fit(windows).coefficients
    assert not coefficients[:2].any()
    assert coefficients[2].any()
    np.testing.assert_allclose(forecast[:, :, 0], mean, rtol=1e-6)
    np.testing.assert_allclose(forecast[:, :, 1], 30, rtol=1e-6)


def test_regressions_cut_short_are_counted():
    windows = noisy_windows()
    with pytest.warns(RuntimeWarning, match="6 of 6 regressions stopped"):
        LinearSVR(C=1e9, epsilon=0).fit(windows)


def test_messages(monkeypatch):
    windows = noisy_windows()
    for options, message in (
        ({"C": 0}, "`C` is 0; expected a finite number > 0"),
        ({"C": "1"}, "`C` is '1'"),
        ({"C": np.inf}, "`C` is inf"),
        ({"epsilon": -1}, "`epsilon` is -1; expected a finite number >= 0"),
    ):
        with pytest.raises(ValueError, match=message):
            LinearSVR(**options)
    with pytest.raises(ValueError, match="LinearSVR is not fitted"):
        LinearSVR().predict(windows)
    with pytest.raises(ValueError, match="received list"):
        LinearSVR().fit([])
    system = LinearSVR().fit(windows)
    longer = Windows(windows.values, None, [0], HISTORY + 1, HORIZON)
    with pytest.raises(ValueError, match="history 4; this .* fitted on 3"):
        system.predict(longer)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match=r'"\.\[classical\]"'):
        LinearSVR().fit(windows)
