"""Forecasts of many small linear state-space models from short histories."""

from typing import NamedTuple

import numpy as np


class StateSpace(NamedTuple):
    """One linear Gaussian model for each node, with `m` states.

        reading[t] = design . state[t]
        state[t+1] = transition state[t] + noise[t]

    `design` is `(N, m)`, `transition` `(N, m, m)`, `noise_cov` the covariance
    of the noise, `(N, m, m)`; before the first reading the state has the mean
    0 and the covariance `initial_cov`, `(N, m, m)`.
    """

    design: np.ndarray
    transition: np.ndarray
    noise_cov: np.ndarray
    initial_cov: np.ndarray


def filtered_forecast(system, readings, present, horizon):
    """Expectation of the next readings, given those that are present.

    A Kalman filter runs over the readings of all windows and nodes at once;
    a missing reading leaves the state as it was predicted. Readings have no
    noise of their own.

    The gains depend on which readings are present, not on their values, so
    windows that share a pattern can share the work: where `present` has one
    window it stands for all.

    Args:
        system: A `StateSpace`.
        readings: `(B, history, N)`, any finite number where one is missing.
        present: `(B, history, N)` or `(1, history, N)` booleans.
        horizon: Steps to forecast.

    Returns:
        `(B, horizon, N)`.
    """
    design, transition, noise_cov, cov = system
    state = np.zeros((len(readings), *design.shape))  # (B, N, m)
    cov = np.broadcast_to(cov, (len(present), *cov.shape))  # (B or 1, N, m, m)
    turned = transition.swapaxes(-1, -2)
    for step in range(readings.shape[1]):
        expected = (state * design).sum(-1)  # (B, N)
        cov_design = np.einsum("bnij,nj->bni", cov, design)
        variance = np.einsum("ni,bni->bn", design, cov_design)
        known = present[:, step] & (variance > 0)
        gain = cov_design / np.where(known, variance, np.inf)[..., None]
        error = readings[:, step] - expected
        state = state + gain * error[..., None]
        cov = cov - gain[..., :, None] * cov_design[..., None, :]
        state = np.einsum("nij,bnj->bni", transition, state)
        cov = transition @ cov @ turned + noise_cov
    forecast = np.empty((len(readings), horizon, len(design)))
    for step in range(horizon):
        forecast[:, step] = (state * design).sum(-1)
        state = np.einsum("nij,bnj->bni", transition, state)
    return forecast
