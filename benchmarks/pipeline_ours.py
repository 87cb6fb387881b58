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

    `option` is "tf.data" or "numpy".
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
        self.tf = option == "tf.data"

    def batch_stream(self, shuffle):
        if self.tf:
            data = to_tf_data(self.windows, self.size, shuffle, drop_last=True)
            return iter(data.repeat())
        data = WindowBatches(self.windows, self.size, shuffle, drop_last=True)
        return (data[i] for i in self._order(data))

    @staticmethod
    def _order(data):
        for epoch in itertools.count():
            data.epoch = epoch
            yield from range(len(data))

    def variants(self, work):
        stream = self.batch_stream(shuffle=True)

        def take():
            taken = itertools.islice(stream, self.batches)
            return sum(len(x) for x, *_ in taken)

        return {"": take}

    def check(self):
        found = {}
        stream = itertools.islice(self.batch_stream(shuffle=False), 2)
        for i, batch in enumerate(stream):
            for name, array in zip("xym", batch, strict=False):
                found[f"output_{name}{i}"] = np.asarray(array)
        return {"": found}
