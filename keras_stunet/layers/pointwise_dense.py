"""A dense layer whose bias can be trained in bfloat16."""

import keras

from keras_stunet.layers.dense_product import add_bias
from keras_stunet.layers.dense_product import dense_product


@keras.saving.register_keras_serializable(package="keras_stunet")
class PointwiseDense(keras.layers.Dense):
    """`y = f(x W + b)`, alike for all leading axes: `keras.layers.Dense`.

    It differs in the gradient of `b` alone (`add_bias`). Keras's layer leaves
    it to TensorFlow's `BiasAddGrad`, which on a CPU adds up bfloat16 numbers
    in bfloat16: over the rows of a batch of many nodes (50 times 228, say)
    small terms no longer change the sum, and the gradient is wrong by half
    and more of its size.

    Args:
        units: Number of output features U.
        activation: The function f, a Keras activation; `None` for none.
        use_bias: Whether to add `b`.
        kernel_initializer: Initializer of `W`, `(F, U)`.

    Input shape: `(..., F)`.

    Output shape: `(..., units)`.

    Example:
    >>> import numpy as np
    >>> layer = PointwiseDense(1, kernel_initializer="ones")
    >>> x = np.array([[[1.0, 2.0], [3.0, 4.0]]], dtype="float32")
    >>> np.array(layer(x)).ravel().tolist()
    [3.0, 7.0]
    """

    def __init__(
        self,
        units,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            **kwargs,
        )

    def call(self, inputs, training=None):
        y = dense_product(inputs, self.kernel)  # (..., U)
        return self.activation(add_bias(y, self.bias) if self.use_bias else y)
