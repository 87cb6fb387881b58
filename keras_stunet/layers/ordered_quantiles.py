"""Quantiles that cannot cross."""

import keras
from keras import ops

from keras_stunet.quantiles import MEDIAN
from keras_stunet.quantiles import check_quantiles


@keras.saving.register_keras_serializable(package="keras_stunet")
class OrderedQuantiles(keras.layers.Layer):
    """The median as it is, the others so many steps away from it.

        y_m = x_m
        y_j = y_(j-1) + softplus(x_j)        above the median, j > m
        y_j = y_(j+1) - softplus(x_j)        below it, j < m

    Each quantile is one step beyond its neighbour, and no step is below 0.

    Args:
        quantiles: Q rising numbers above 0 and below 1, 0.5 among them.

    Input shape: `(B, horizon, N, D Q)`, Q numbers of each target.

    Output shape: the same, the Q quantiles of each target, rising.

    Raises:
        ValueError: For quantiles out of order or range, or without 0.5.

    Example:
    >>> import numpy as np
    >>> x = np.array([0.0, 5.0, 0.0], "float32").reshape(1, 1, 1, 3)
    >>> np.array(OrderedQuantiles((0.1, 0.5, 0.9))(x)).round(3).ravel().tolist()
    [4.307000160217285, 5.0, 5.692999839782715]
    """

    def __init__(self, quantiles, **kwargs):
        super().__init__(**kwargs)
        self.quantiles = check_quantiles(quantiles)

    def call(self, x):
        count, middle = len(self.quantiles), self.quantiles.index(MEDIAN)
        found = [x[..., j::count] for j in range(count)]  # (..., D) each
        for j in range(middle + 1, count):
            found[j] = found[j - 1] + ops.softplus(found[j])
        for j in reversed(range(middle)):
            found[j] = found[j + 1] - ops.softplus(found[j])
        y = ops.stack(found, axis=-1)  # (B, horizon, N, D, Q)
        return ops.reshape(y, (-1, *x.shape[1:]))  # (B, horizon, N, D Q)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "quantiles": self.quantiles}
