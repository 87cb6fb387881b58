"""The scaler as layers, so that a model speaks original units."""

import keras
import numpy as np
from keras import ops


class _Scaling(keras.layers.Layer):
    def __init__(self, mean=0.0, std=1.0, **kwargs):
        # Always float32: in bfloat16 a reading of 65.37 would become 65.5.
        super().__init__(**{**kwargs, "dtype": "float32"})
        given = tuple(np.asarray(x, "float64") for x in (mean, std))
        shape = given[0].shape
        if given[1].shape != shape or len(shape) > 2 or 0 in shape:
            raise ValueError(
                f"`mean` has shape {shape} and `std` {given[1].shape}; "
                "expected two numbers, or two arrays (measurements,) or "
                "(nodes, measurements)."
            )
        if not np.isfinite(given).all() or not (given[1] > 0).all():
            mean, std = (x.tolist() for x in given)
            raise ValueError(
                f"`mean` is {mean} and `std` is {std}; expected finite "
                "numbers and `std` above 0."
            )
        self._given_mean, self._given_std = given
        # A number stays one; an array fits the last axes of readings.
        self.mean, self.std = (
            x.astype("float32") if shape else float(x) for x in given
        )

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "mean": self._given_mean.tolist(),
            "std": self._given_std.tolist(),
        }


@keras.saving.register_keras_serializable(package="keras_stunet")
class Normalise(_Scaling):
    """`(x - mean) / std` of the first features; others pass as they are.

    Runs in float32 whatever the precision of the model.

    Args:
        mean: Mean of the training readings, in original units: a number, for
            one measurement; `(D,)`, one for each measurement; or `(N, D)`,
            one for each sensor and measurement.
        std: Their standard deviation, above 0, likewise.

    Input shape: `(..., F)`, the D measurements first, in original units; with
    scales by sensor `(..., N, F)`.

    Output shape: as the input, the measurements in standard units.

    Raises:
        ValueError: If `mean` or `std` is not finite, `std` not above 0, or
            their shapes differ.

    Example: a speed of 62 mph and a second feature.

    >>> normalise = Normalise(mean=60.0, std=4.0)
    >>> np.array(normalise(np.array([62.0, 0.25], "float32"))).tolist()
    [0.5, 0.25]
    """

    def call(self, x):
        x = ops.cast(x, "float32")  # whole numbers would stay whole
        count = np.shape(self.mean)[-1] if np.ndim(self.mean) else 1
        readings = (x[..., :count] - self.mean) / self.std
        if x.shape[-1] == count:
            return readings
        return ops.concatenate([readings, x[..., count:]], axis=-1)


@keras.saving.register_keras_serializable(package="keras_stunet")
class Denormalise(_Scaling):
    """`y * std + mean`: back to original units, in float32.

    With `non_negative` that is `max(y * std + mean, 0)`, and its gradient
    that of `y * std + mean` everywhere: a forecast below 0 is still pulled up
    by a target above it, where the gradient of `max` is 0, and not by a target
    of 0, which it meets.

    Args:
        mean: Mean of the training readings, in original units: a number, for
            one measurement; `(D,)`, one for each measurement; or `(N, D)`,
            one for each sensor and measurement.
        std: Their standard deviation, above 0, likewise.
        non_negative: Whether what comes out is kept at 0 or above.

    Input shape: any, in standard units; `(..., D)` or `(..., N, D)` where
    `mean` and `std` are arrays.

    Output shape: as the input, in original units.

    Raises:
        ValueError: If `mean` or `std` is not finite, `std` not above 0, or
            their shapes differ.

    Example:
    >>> denormalise = Denormalise(mean=60.0, std=4.0)
    >>> np.array(denormalise(np.array([0.5], "float32"))).tolist()
    [62.0]
    """

    def __init__(self, mean=0.0, std=1.0, non_negative=False, **kwargs):
        super().__init__(mean, std, **kwargs)
        self.non_negative = bool(non_negative)

    def call(self, y):
        y = ops.cast(y, "float32") * self.std + self.mean
        if self.non_negative:
            return y + ops.stop_gradient(ops.relu(y) - y)
        return y

    def get_config(self):
        return {**super().get_config(), "non_negative": self.non_negative}
