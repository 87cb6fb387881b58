"""A GCGRU layer with and without dilation, in turn."""

import keras
import keras_calls
import numpy as np
from contestant import LEARNING_RATE
from contestant import Contestant as Base
from gru_problem import layer_weights
from gru_problem import read_sizes

from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import GCGRUCell

DILATIONS = (1, 2, 3)


class Contestant(Base):
    """One model for each dilation, all with the same weights."""

    version = staticmethod(keras_calls.version)

    def __init__(self, problem, precision, option):
        policy = "float32" if precision == "float32" else "mixed_bfloat16"
        sizes = read_sizes(problem)
        self.models = {}
        for s in DILATIONS:
            cell = GCGRUCell(
                sizes.units, sizes.K, problem["adjacency"], dtype=policy
            )
            layer = DilatedRNN(cell, dilation=s, dtype=policy)
            x = keras.Input((sizes.steps, sizes.nodes, sizes.features))
            model = self.models[f"s={s}"] = keras.Model(x, layer(x))
            weights = cell.kernel, cell.recurrent_kernel, cell.bias
            values = layer_weights(problem, 0)
            for weight, value in zip(weights, values, strict=True):
                weight.assign(value)
            model.compile(keras.optimizers.SGD(LEARNING_RATE), loss="mse")
        self.x = keras.ops.convert_to_tensor(problem["x"])
        self.y = keras.ops.convert_to_tensor(problem["y"])

    def variants(self, work):
        make = self._forward if work == "forward" else self._step
        return {name: make(model) for name, model in self.models.items()}

    def _forward(self, model):
        compute = keras_calls.compiled_forward(model)
        return lambda: compute(self.x)

    def _step(self, model):
        return lambda: keras_calls.train(model, self.x, self.y)

    def check(self):
        """Of a sequence whose every step is there s times in a row, every
        s-th output is that of the plain layer on the sequence itself."""
        x = np.asarray(self.x)
        steps = x.shape[1] // max(DILATIONS)
        found = {}
        for s, (name, model) in zip(
            DILATIONS, self.models.items(), strict=True
        ):
            layer = model.layers[-1]
            y = layer(np.repeat(x[:, :steps], s, axis=1))
            found[name] = {"output": self.to_numpy(y)[:, ::s]}
        return found
