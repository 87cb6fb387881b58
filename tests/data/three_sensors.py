"""Three sensors, their readings and weights, for tests of data."""

import math

import numpy as np
import pandas as pd

IDS = ["0012", "b", "c"]
WEIGHTS = np.array([[0, 0.5, 0], [0.5, 0, 0.1], [0, 0.1, 0]])


def readings(steps=24, sensors=3, seed=0):
    return np.random.default_rng(seed).uniform(30, 70, (steps, sensors))


def clock(steps=24, start="2024-03-01 08:00", freq="5min"):
    return pd.date_range(start, periods=steps, freq=freq)


def dcrnn_weights(distances):
    """One pair at a time; listed distances to itself count as 0."""
    n = len(distances)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    finite = [distances[p] for p in pairs if math.isfinite(distances[p])]
    finite += [0.0 for i in range(n) if math.isfinite(distances[i, i])]
    mean = sum(finite) / len(finite)
    sigma = math.sqrt(sum((d - mean) ** 2 for d in finite) / len(finite))
    weights = np.zeros((n, n))
    for pair in pairs:
        weight = math.exp(-((distances[pair] / sigma) ** 2))
        weights[pair] = weight if weight >= 0.1 else 0
    return weights
