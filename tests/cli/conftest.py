"""Data that several commands are tried on."""

import numpy as np
import pytest

from keras_stunet.data import Series


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """44 days of hourly readings at 4 sensors: one window a day."""
    rng = np.random.default_rng(0)
    steps = np.arange(44 * 24)
    wave = np.sin(2 * np.pi * steps / 24)[:, None]
    half = np.roll(np.eye(4), 1, axis=1)
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    Series(
        values=50 + 8 * wave + rng.normal(size=(len(steps), 4)),
        adjacency=half + half.T,
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(1, "h"),
    ).save(path)
    return str(path)
