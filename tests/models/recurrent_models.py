"""Small GCGRU, DCRNN and FC-LSTM that several files of tests share."""

import functools

import keras
import numpy as np

from keras_stunet.models.dcrnn import build_dcrnn
from keras_stunet.models.fc_lstm import build_fc_lstm
from keras_stunet.models.gcgru import build_gcgru

BUILDERS = {
    "gcgru": build_gcgru,
    "dcrnn": build_dcrnn,
    "fc_lstm": build_fc_lstm,
}
NODES = 8


def ring_with_chords():
    rng = np.random.default_rng(0)
    half = np.roll(np.eye(NODES), 1, axis=1)
    half = half * rng.uniform(0.5, 1.5, (NODES, NODES))
    half[0, 4], half[1, 6] = 0.7, 0.3
    return half


DIRECTED = ring_with_chords()
GRAPHS = {
    "gcgru": DIRECTED + DIRECTED.T,
    "dcrnn": DIRECTED,
    "fc_lstm": DIRECTED,
}


def build(name, adj=None, **options):
    """A new model of 3 + 3 steps, all of its weights away from 0 and 1."""
    keras.utils.set_random_seed(1)
    sizes = {"history": 3, "horizon": 3, "units": 3}
    scaler = {"mean": 50.0, "std": 10.0}
    adj = GRAPHS[name] if adj is None else adj
    options = {**sizes, **scaler, "seed": 0, **options}
    model = BUILDERS[name](adj, **options)
    rng = np.random.default_rng(2)
    for variable in model.trainable_variables:
        noise = rng.normal(scale=0.3, size=variable.shape)
        variable.assign(variable.numpy() + noise)
    return model


@functools.cache
def shared(name, **options):
    """The same, made once: for tests that leave the model as it is."""
    return build(name, **options)
