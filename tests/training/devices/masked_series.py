"""A series whose readings are missing unevenly."""

import numpy as np

from keras_stunet.data import Series


def masked_series():
    rng = np.random.default_rng(0)
    steps = np.arange(6 * 8)
    wave = np.sin(2 * np.pi * steps / 8)[:, None]
    half = np.roll(np.eye(8), 1, axis=1)
    share = rng.random((len(steps), 1)) ** 0.4
    mask = rng.random((len(steps), 8)) < share
    mask[9:14] = False  # whole windows of nothing
    return Series(
        values=50 + 8 * wave + 3 * rng.normal(size=mask.shape),
        adjacency=half + half.T,
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(3, "h"),
        mask=mask,
        name="tiny",
    )
