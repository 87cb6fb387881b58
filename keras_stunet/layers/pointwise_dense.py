"""A dense layer whose bias can be trained in bfloat16."""

import keras

from keras_stunet.layers.dense_product import dense_product


@keras.saving.register_keras_serializable(package="keras_stunet")
class PointwiseDense(keras.layers.Dense):
    """`y = f(x W + b)`, alike for all leading axes: `keras.layers.Dense`.

    It differs in the gradient of `b` alone. Keras's layer leaves it to
    TensorFlow's `BiasAddGrad`, which on a CPU adds up bfloat16 numbers in
    bfloat16: over the rows of a batch of many nodes (50 times 228, say) small
    terms no longer change the sum, and the gradient is wrong by half and more
    of its size. Here it is an ordinary sum, which keeps its precision.

    Arguments are those of `keras.layers.Dense`.

    Input shape: `(..., F)`.

    Output shape: `(..., units)`.

    Example:
    >>> import numpy as np
    >>> layer = PointwiseDense(1, kernel_initializer="ones")
    >>> x = np.array([[[1.0, 2.0], [3.0, 4.0]]], dtype="float32")
    >>> np.array(layer(x)).ravel().tolist()
    [3.0, 7.0]
    """

    def call(self, inputs, training=None):
        y = dense_product(inputs, self.kernel)  # (..., U)
        return self.activation(y + self.bias if self.use_bias else y)
