"""How fast batches of windows come; no model takes part."""

import itertools

import keras_calls
import numpy as np
from contestant import Contestant as Base

from keras_stunet.data import Series
from keras_stunet.data import WindowBatches
from keras_stunet.data import make_windows
from keras_stunet.data import to_tf_data

MINUTES = np.timedelta64(5, "m")


class Contestant(Base):
    """`calls` batches a call, shuffled anew each epoch.

    `option` is "tf.data", "numpy" or "device", windows gathered by JAX.
    """

    version = staticmethod(keras_calls.version)

    def __init__(self, problem, precision, option):
        steps = len(problem["values"])
        masked = "mask" in problem
        series = Series(
            problem["values"],
            adjacency=np.eye(problem["values"].shape[1]),
            timestamps=np.datetime64("2012-05-01T00:00")
            + MINUTES * np.arange(steps),
            mask=problem["mask"] if masked else None,
        )
        self.windows = make_windows(
            series,
            protocol="windows",
            calendar=("time_of_day",) if masked else (),
        ).train
        self.size, self.batches = map(int, problem["counts"])
        self.option = option

    def batch_stream(self, shuffle):
        if self.option == "tf.data":
            data = to_tf_data(self.windows, self.size, shuffle, drop_last=True)
            return itertools.chain.from_iterable(itertools.repeat(data))
        if self.option == "numpy":
            data = WindowBatches(
                self.windows, self.size, shuffle, drop_last=True
            )
            return (data[i] for i in self._order(data, len(data)))
        from keras_stunet.data.device_batches import DeviceBatches

        data = DeviceBatches(self.windows, self.size, 1, shuffle)
        full = len(self.windows) // self.size
        return (data[i] for i in self._order(data, full))

    @staticmethod
    def _order(data, items):
        for epoch in itertools.count():
            data.epoch = epoch
            yield from range(items)

    def variants(self, work):
        stream = self.batch_stream(shuffle=True)

        def take():
            taken = list(itertools.islice(stream, self.batches))
            if self.option == "device":  # JAX answers before it is done
                import jax

                jax.block_until_ready(taken)
            return sum(len(x) for x, *_ in taken)

        return {"": take}

    def check(self):
        found = {}
        stream = itertools.islice(self.batch_stream(shuffle=False), 2)
        for i, batch in enumerate(stream):
            for name, array in zip("xym", batch, strict=False):
                found[f"output_{name}{i}"] = np.asarray(array)
        return {"": found}
