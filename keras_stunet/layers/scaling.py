"""The scaler as layers, so that a model speaks original units."""

import math

import keras
from keras import ops


class _Scaling(keras.layers.Layer):
    def __init__(self, mean=0.0, std=1.0, **kwargs):
        # Always float32: in bfloat16 a reading of 65.37 would become 65.5.
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not math.isfinite(mean) or not (math.isfinite(std) and std > 0):
            raise ValueError(
                f"`mean` is {mean!r} and `std` is {std!r}; expected finite "
                "numbers and `std` above 0."
            )
        self.mean = float(mean)
        self.std = float(std)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "mean": self.mean, "std": self.std}


@keras.saving.register_keras_serializable(package="keras_stunet")
class Normalise(_Scaling):
    """`(x - mean) / std` of the first feature; other features pass as they are.

    Runs in float32 whatever the precision of the model.

    Args:
        mean: Mean of the training readings, in original units.
        std: Their standard deviation, above 0.

    Input shape: `(..., F)`, the reading first, in original units.

    Output shape: as the input, the reading in standard units.

    Raises:
        ValueError: If `mean` or `std` is not finite, or `std` not above 0.

    Example: a speed of 62 mph and a second feature.

    >>> import numpy as np
    >>> normalise = Normalise(mean=60.0, std=4.0)
    >>> np.array(normalise(np.array([62.0, 0.25], "float32"))).tolist()
    [0.5, 0.25]
    """

    def call(self, x):
        x = ops.cast(x, "float32")  # whole numbers would stay whole
        reading = (x[..., :1] - self.mean) / self.std
        if x.shape[-1] == 1:
            return reading
        return ops.concatenate([reading, x[..., 1:]], axis=-1)


@keras.saving.register_keras_serializable(package="keras_stunet")
class Denormalise(_Scaling):
    """`y * std + mean`: back to original units, in float32.

    Args:
        mean: Mean of the training readings, in original units.
        std: Their standard deviation, above 0.

    Input shape: any, in standard units.

    Output shape: as the input, in original units.

    Raises:
        ValueError: If `mean` or `std` is not finite, or `std` not above 0.

    Example:
    >>> import numpy as np
    >>> denormalise = Denormalise(mean=60.0, std=4.0)
    >>> np.array(denormalise(np.array([0.5], "float32"))).tolist()
    [62.0]
    """

    def call(self, y):
        return ops.cast(y, "float32") * self.std + self.mean
