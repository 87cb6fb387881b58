"""This package's GCGRU, trained through the ordinary Keras calls."""

import keras
import numpy as np
from gcgru_problem import LAYERS
from gcgru_problem import LEARNING_RATE
from gcgru_problem import layer_weights
from gcgru_problem import read_sizes

from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import GCGRUCell


class Contestant:
    """Two stacked `DilatedRNN(GCGRUCell)`; Keras' backend is fixed before."""

    def __init__(self, problem, precision, compiled):
        if precision == "bfloat16":
            keras.config.set_dtype_policy("mixed_bfloat16")
        sizes = read_sizes(problem)
        shape = (sizes.steps, sizes.nodes, sizes.features)
        x = inputs = keras.Input(shape)
        self.cells = []
        for _ in range(LAYERS):
            cell = GCGRUCell(sizes.units, sizes.K, problem["adjacency"])
            x = DilatedRNN(cell)(x)
            self.cells.append(cell)
        self.model = keras.Model(inputs, x)
        for layer, cell in enumerate(self.cells):
            values = layer_weights(problem, layer)
            for weight, value in zip(self._weights(cell), values, strict=True):
                weight.assign(value)
        self.model.compile(keras.optimizers.SGD(LEARNING_RATE), loss="mse")
        # As tensors once, not copied from NumPy in each step.
        self.x = keras.ops.convert_to_tensor(problem["x"])
        self.y = keras.ops.convert_to_tensor(problem["y"])

    @staticmethod
    def version():
        from importlib import metadata

        backend = keras.backend.backend()
        module = __import__(backend)
        return (
            f"keras_stunet {metadata.version('keras_stunet')}, keras "
            f"{keras.__version__}, {backend} {module.__version__}"
        )

    def forward(self):
        return np.asarray(self.model.predict_on_batch(self.x), "float32")

    def step(self):
        loss = float(self.model.train_on_batch(self.x, self.y))
        if keras.backend.backend() == "jax":
            # The loss may be there before the update is.
            for weight in self.model.trainable_weights:
                weight.value.block_until_ready()
        return loss

    def weights(self):
        return [
            keras.ops.convert_to_numpy(weight)
            for cell in self.cells
            for weight in self._weights(cell)
        ]

    @staticmethod
    def _weights(cell):
        return cell.kernel, cell.recurrent_kernel, cell.bias
