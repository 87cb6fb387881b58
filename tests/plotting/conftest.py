"""A series whose forecasts are known by arithmetic."""

import importlib.util

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows

collect_ignore_glob = []
if importlib.util.find_spec("matplotlib") is None:
    collect_ignore_glob = ["test_*.py"]


class Ahead:
    """Forecasts `100 * node + first target row + step / 10`, steps from 1."""

    def predict(self, windows, indices):
        rows = windows.target_rows(indices)
        steps = np.arange(1, windows.horizon + 1) / 10
        forecast = rows[:, :1, None] + steps[:, None]  # (B, horizon, 1)
        return (forecast + 100.0 * np.arange(windows.num_nodes))[..., None]


@pytest.fixture
def model():
    return Ahead()


@pytest.fixture
def make_series():
    """44 days of hourly readings; sensor 2 varies most, then 0, then 1."""

    def make(**changes):
        steps = np.arange(44 * 24)
        wave = np.sin(2 * np.pi * steps / 24)[:, None]
        mask = np.ones((len(steps), 3), dtype=bool)
        mask[-8:-5, 2] = False  # 16, 17 and 18 h of the last day
        fields = {
            "values": np.where(
                mask, 50 + wave * np.array([2.0, 1.0, 9.0]), -1e6
            ),
            "mask": mask,
            "adjacency": np.array([[0, 1, 0], [1, 0, 2], [0, 2, 0]]),
            "timestamps": np.datetime64("2021-03-01")
            + steps * np.timedelta64(1, "h"),
            "node_ids": ["west", "mid", "east"],
            "coordinates": [[34.0, -118.2], [34.1, -118.1], [34.0, -118.0]],
        }
        return Series(**{**fields, **changes})

    return make


@pytest.fixture
def splits(make_series):
    """Hourly windows of 2 + 4 steps."""
    return make_windows(make_series(), history=2, horizon=4)


@pytest.fixture
def windows(splits):
    return splits.test


@pytest.fixture
def history():
    """Rows of a history of four epochs, the third the best."""
    names = ("epoch", "loss", "mae", "val_loss", "val_mae")
    rows = [(1, 0.9, 9, 0.8, 7), (2, 0.7, 6, 0.6, 5), (3, 0.5, 4, 0.4, 3)]
    rows.append((4, 0.4, 3, 0.5, 4))
    return [dict(zip(names, row, strict=True)) for row in rows]
