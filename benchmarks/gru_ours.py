"""This package's graph recurrences, trained through ordinary Keras calls."""

import keras
import keras_calls
from contestant import LEARNING_RATE
from contestant import Contestant as Base
from gru_problem import layer_weights
from gru_problem import read_sizes

from keras_stunet.layers import DCGRUCell
from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import GCGRUCell


class Contestant(Base):
    """Stacked `DilatedRNN` of `GCGRUCell`, or of `DCGRUCell` where the task
    has two supports."""

    version = staticmethod(keras_calls.version)

    def __init__(self, problem, precision, option):
        policy = "float32" if precision == "float32" else "mixed_bfloat16"
        sizes = read_sizes(problem)
        Cell = DCGRUCell if sizes.supports == 2 else GCGRUCell
        shape = (sizes.steps, sizes.nodes, sizes.features)
        x = inputs = keras.Input(shape)
        self.cells = []
        for layer in range(sizes.layers):
            graph = {"adjacency": problem["adjacency"]}
            graph |= {"propagation": option or "auto"}
            cell = Cell(sizes.units, sizes.K, **graph, dtype=policy)
            x = DilatedRNN(cell, dtype=policy)(x)
            self.cells.append(cell)
            values = layer_weights(problem, layer)
            for weight, value in zip(self._weights(cell), values, strict=True):
                weight.assign(value)
        self.model = keras.Model(inputs, x)
        self.model.compile(keras.optimizers.SGD(LEARNING_RATE), loss="mse")
        self.compute = keras_calls.compiled_forward(self.model)
        # As tensors once, not copied from NumPy in each step.
        self.x = keras.ops.convert_to_tensor(problem["x"])
        self.y = keras.ops.convert_to_tensor(problem["y"])

    def forward(self):
        return self.compute(self.x)

    def step(self):
        return keras_calls.train(self.model, self.x, self.y)

    def weights(self):
        return [
            keras.ops.convert_to_numpy(weight)
            for cell in self.cells
            for weight in self._weights(cell)
        ]

    @staticmethod
    def _weights(cell):
        return cell.kernel, cell.recurrent_kernel, cell.bias
