"""Windows to train on, and in which order batches hold them."""

import keras
import numpy as np

from keras_stunet.data import Series
from keras_stunet.data import make_windows

STEPS, NODES = 60, 3


def make_train(masked=True, **options):
    rng = np.random.default_rng(0)
    series = Series(
        values=rng.normal(60, 10, (STEPS, NODES)),
        adjacency=np.ones((NODES, NODES)),
        mask=rng.random((STEPS, NODES)) < 0.7 if masked else None,
        timestamps=np.datetime64("2012-05-03T00:00:00")
        + np.arange(STEPS) * np.timedelta64(7200, "s"),
    )
    options = {"history": 4, "horizon": 3, "parts": (3, 1, 1)} | options
    return make_windows(series, **options).train  # 18 windows


def order_of(batches, windows):
    """Window numbers of batches, found by their contents."""
    everything = windows.gather(np.arange(len(windows)))[0]
    return [
        int(np.flatnonzero((everything == x).all((1, 2, 3)))[0])
        for batch in batches
        for x in batch[0]
    ]


def make_model(windows):
    model = keras.Sequential(
        [
            keras.Input((windows.history, NODES, windows.num_features)),
            keras.layers.Permute((3, 2, 1)),
            keras.layers.Dense(windows.horizon),
            keras.layers.Permute((3, 2, 1)),
            keras.layers.Dense(1),
        ]
    )
    model.compile("sgd", keras.losses.MeanAbsoluteError(), run_eagerly=False)
    return model
