"""Small models of STGCN and windows for them."""

import keras
import numpy as np
import pytest

from keras_stunet.models.stgcn import build_stgcn

SMALL = {
    "history": 6,
    "horizon": 3,
    "channels": [(2, 3)],
    "mean": 50.0,
    "std": 10.0,
}


@pytest.fixture(scope="module")
def make_stgcn(graph):
    """Function to a small model, all of its weights away from 0 and 1."""

    def make(adj=graph, **options):
        keras.utils.set_random_seed(1)
        model = build_stgcn(adj, **{**SMALL, **options})
        rng = np.random.default_rng(2)
        for variable in model.trainable_variables:
            noise = rng.normal(scale=0.3, size=variable.shape)
            variable.assign(variable.numpy() + noise)
        return model

    return make


@pytest.fixture(scope="module")
def one_step(make_stgcn):
    """The small model, not to be changed."""
    return make_stgcn()


@pytest.fixture(scope="module")
def windows(readings):
    """Function to `(x, y)` for the small model."""

    def make(**options):
        return readings(**{"history": 6, "horizon": 3, **options})

    return make
