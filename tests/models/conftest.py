"""Small models and their NumPy reference."""

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_stunet import build_st_unet

HISTORY, HORIZON, NODES = 3, 3, 8


def _load_reference():
    path = Path(__file__).with_name("numpy_st_unet.py")
    spec = importlib.util.spec_from_file_location("numpy_st_unet", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.NumpySTUNet


@pytest.fixture(scope="session")
def reference():
    """The class `NumpySTUNet`."""
    return _load_reference()


@pytest.fixture(scope="session")
def graph():
    """`(8, 8)` weights of a ring with chords, no two alike."""
    rng = np.random.default_rng(0)
    ring = np.roll(np.eye(NODES), 1, axis=1)
    half = ring * rng.uniform(0.5, 1.5, (NODES, NODES))
    half[0, 4], half[1, 6] = 0.7, 0.3
    return half + half.T


@pytest.fixture(scope="session")
def make_model(graph):
    """Function to a small model, all of its weights away from 0 and 1."""

    def make(adj=graph, **options):
        keras.utils.set_random_seed(1)
        defaults = {
            "K": 3,
            "p": 1,
            "s": 2,
            "history": HISTORY,
            "horizon": HORIZON,
            "units": 3,
            "mean": 50.0,
            "std": 10.0,
            "seed": 0,
        }
        model = build_st_unet(adj, **{**defaults, **options})
        rng = np.random.default_rng(2)
        for variable in model.trainable_variables:
            noise = rng.normal(scale=0.3, size=variable.shape)
            variable.assign(variable.numpy() + noise)
        return model

    return make


@pytest.fixture(scope="session")
def readings():
    """Function to `(x, y)` in original units, 50 +- 10."""

    def make(batch=2, features=1, seed=0, history=HISTORY, horizon=HORIZON):
        rng = np.random.default_rng(seed)
        x = rng.normal(50, 10, (batch, history, NODES, features))
        y = rng.normal(50, 10, (batch, horizon, NODES, 1))
        return x.astype("float32"), y.astype("float32")

    return make
