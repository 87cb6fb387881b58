"""Filtered forecasts are the conditional means of a Gaussian vector."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from keras_stunet.baselines.state_space import StateSpace
from keras_stunet.baselines.state_space import filtered_forecast

HISTORY, HORIZON = 6, 4
# Two nodes: ARMA(2, 1), with phi_1, phi_2 and theta_1.
NODES = [(1.2, -0.4, 0.5), (0.3, 0.2, -0.7)]


def make_system():
    parts = []
    for phi_1, phi_2, theta in NODES:
        transition = np.array([[phi_1, 1], [phi_2, 0]])
        selection = np.array([[1], [theta]])
        noise = selection @ selection.T
        cov = solve_discrete_lyapunov(transition, noise)
        parts.append((np.array([1.0, 0.0]), transition, noise, cov))
    return StateSpace(*map(np.array, zip(*parts, strict=True)))


def autocovariances(phi_1, phi_2, theta, count):
    """From the moving average of infinite order, cut where it is nothing."""
    psi = [1.0, phi_1 + theta]
    while len(psi) < 500:
        psi.append(phi_1 * psi[-1] + phi_2 * psi[-2])
    return [np.dot(psi[: 500 - k], psi[k:]) for k in range(count)]


@pytest.mark.parametrize("masked", [False, True])
def test_equals_the_conditional_mean(masked):
    rng = np.random.default_rng(0)
    readings = rng.normal(0, 2, (5, HISTORY, 2))
    present = np.ones(readings.shape, bool)
    if masked:
        present = rng.random(readings.shape) < 0.6
        present[0] = False
        present[1, :, 0] = False
    forecast = filtered_forecast(make_system(), readings, present, HORIZON)
    lags = np.arange(HISTORY + HORIZON)
    for node, coefficients in enumerate(NODES):
        gamma = np.array(autocovariances(*coefficients, len(lags)))
        cov = gamma[np.abs(lags[:, None] - lags)]
        for b in range(5):
            seen = np.flatnonzero(present[b, :, node])
            weights = np.linalg.solve(
                cov[np.ix_(seen, seen)], cov[seen, HISTORY:]
            )
            expected = readings[b, seen, node] @ weights
            np.testing.assert_allclose(
                forecast[b, :, node], expected, atol=1e-9
            )
    assert not masked or not forecast[0].any()


def test_one_pattern_stands_for_all():
    rng = np.random.default_rng(1)
    readings = rng.normal(0, 2, (5, HISTORY, 2))
    present = rng.random((1, HISTORY, 2)) < 0.6
    system = make_system()
    np.testing.assert_allclose(
        filtered_forecast(system, readings, present, HORIZON),
        filtered_forecast(
            system, readings, np.repeat(present, 5, axis=0), HORIZON
        ),
        rtol=1e-12,
    )
