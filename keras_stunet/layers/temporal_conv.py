"""Gated convolution over time, with a residual connection."""

import functools

import keras
from keras import ops

from keras_stunet.checks import check_count
from keras_stunet.layers.dense_product import add_bias
from keras_stunet.layers.dense_product import dense_product
from keras_stunet.layers.rounding import product


@keras.saving.register_keras_serializable(package="keras_stunet")
class TemporalConv(keras.layers.Layer):
    """Convolution over time, alike for all nodes, plus the last input.

        gated:   y_t = (P_t + R x_t) * sigmoid(Q_t)
        else:    y_t = relu(P_t + R x_t)

        P_t, Q_t = sum_i Theta_i x_(t - w + 1 + i) + b,   i = 0 ... w-1

    (Yu, Yin and Zhu 2018, "Spatio-Temporal Graph Convolutional Networks",
    section 3.4 and the authors' code.) It is a valid convolution: `w - 1`
    steps fewer come out, and y_t sees nothing after step t. R fits the input
    to U channels: the identity where they are as many, zeros appended where
    they are fewer, a matrix of weights where they are more.

    Args:
        units: Number of output channels U.
        width: Number of steps w that one output sees, at least 1.
        gated: Whether Q gates the output; else a rectifier bounds it.

    Input shape: `(B, T, N, F)`, T at least `width`.

    Output shape: `(B, T - width + 1, N, units)`.

    Raises:
        ValueError: For `units` or `width` below 1, an input of another rank,
            or one of fewer steps than `width` or of an unknown number.

    Example:
    >>> import numpy as np
    >>> conv = TemporalConv(1, width=2, gated=False)
    >>> x = np.array([1.0, 10.0, 100.0], "float32").reshape(1, 3, 1, 1)
    >>> conv.build(x.shape)
    >>> _ = conv.kernel.assign(np.array([2.0, 3.0]).reshape(2, 1, 1, 1))
    >>> np.array(conv(x)).ravel().tolist()  # 2 * 1 + 3 * 10 + 10, ...
    [42.0, 420.0]
    """

    def __init__(self, units, width=3, gated=True, **kwargs):
        super().__init__(**kwargs)
        self.units = check_count("units", units, 1)
        self.width = check_count("width", width, 1)
        self.gated = gated

    def build(self, input_shape):
        self._check(input_shape)
        features = input_shape[-1]
        channels = self.units * (2 if self.gated else 1)  # P, then Q
        self.kernel = self.add_weight(
            shape=(self.width, 1, features, channels),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(channels,), initializer="zeros", name="bias"
        )
        self.residual_kernel = None
        if features > self.units:
            self.residual_kernel = self.add_weight(
                shape=(features, self.units),
                initializer="glorot_uniform",
                name="residual_kernel",
            )

    def call(self, x):
        self._check(x.shape)
        y = self._convolve(x)  # (B, T', N, U or 2 U)
        y = add_bias(y, self.bias)
        now = self._residual(x[:, self.width - 1 :])
        if not self.gated:
            return ops.relu(y + now)
        value, gate = ops.split(y, 2, axis=-1)
        return (value + now) * ops.sigmoid(gate)  # (B, T', N, U)

    def _convolve(self, x):
        if keras.backend.backend() == "tensorflow":
            conv = functools.partial(ops.conv, data_format="channels_last")
            return product(conv, x, ops.cast(self.kernel, x.dtype))
        # The same as one product of shifted copies. On a CPU, XLA is some
        # three times as fast with it; TensorFlow is so with its convolution.
        steps = x.shape[1] - self.width + 1
        shifted = [x[:, i : i + steps] for i in range(self.width)]
        flat = ops.reshape(self.kernel, (-1, self.kernel.shape[-1]))
        return dense_product(ops.concatenate(shifted, axis=-1), flat)

    def _residual(self, x):
        if self.residual_kernel is not None:
            return dense_product(x, self.residual_kernel)
        missing = self.units - x.shape[-1]
        return ops.pad(x, [(0, 0)] * 3 + [(0, missing)]) if missing else x

    def _check(self, shape):
        if len(shape) != 4 or (shape[1] or 0) < self.width:
            raise ValueError(
                f"The input of layer {self.name!r} has shape {tuple(shape)}; "
                "expected (batch, steps, nodes, features), the number of "
                f"steps known and at least {self.width}. Give a longer "
                "history, or a smaller `width`."
            )

    def compute_output_shape(self, input_shape):
        self._check(input_shape)
        batch, steps, nodes, _ = input_shape
        return (batch, steps - self.width + 1, nodes, self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "width": self.width,
            "gated": self.gated,
        }
