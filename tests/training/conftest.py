"""A tiny series with a graph, and models on it."""

import keras
import numpy as np
import pytest

from keras_stunet import build_st_unet
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.training import write_up
from keras_stunet.training.write_up import LAST

NODES = 4


@pytest.fixture(scope="session")
def series():
    """44 days of 8 readings, three hours apart, at 4 sensors on a ring."""
    rng = np.random.default_rng(0)
    steps = np.arange(44 * 8)
    wave = np.sin(2 * np.pi * steps / 8)[:, None]
    half = np.roll(np.eye(NODES), 1, axis=1)
    return Series(
        values=50 + 8 * wave + rng.normal(size=(len(steps), NODES)),
        adjacency=half + half.T,
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(3, "h"),
        name="tiny",
    )


@pytest.fixture
def undrawn(monkeypatch):
    """Runs without pictures; they count as whole with the last one."""

    def draw(run, *_):
        (run.folder / LAST).write_text("")

    monkeypatch.setattr(write_up, "save_pictures", draw)


@pytest.fixture(scope="session")
def splits(series):
    """Windows of 2 + 2 steps, 5 a day."""
    return make_windows(series, history=2, horizon=2)


@pytest.fixture
def st_unet(series, splits):
    """Function to a fresh ST-UNet on the series."""

    def make(**options):
        keras.utils.set_random_seed(0)
        defaults = {"K": 1, "p": 1, "units": 2, "history": 2, "horizon": 2}
        scaler = {"mean": splits.mean, "std": splits.std}
        options = {"sampling_decay": 3.0, "seed": 0, **options}
        return build_st_unet(
            series.adjacency, **{**defaults, **scaler, **options}
        )

    return make


@pytest.fixture(scope="session")
def linear(splits):
    """Function to a model that is quick to compile: one dense layer."""

    def make():
        keras.utils.set_random_seed(0)
        x = keras.Input((2, NODES, 1))
        z = keras.layers.Rescaling(1 / splits.std, -splits.mean / splits.std)(x)
        z = keras.layers.Permute((2, 1, 3))(z)  # (B, N, T, 1)
        z = keras.layers.Reshape((NODES, 2))(z)
        z = keras.layers.Dense(2)(z)  # (B, N, horizon)
        z = keras.layers.Permute((2, 1))(z)
        z = keras.layers.Reshape((2, NODES, 1))(z)
        return keras.Model(
            x, keras.layers.Rescaling(splits.std, splits.mean)(z)
        )

    return make
