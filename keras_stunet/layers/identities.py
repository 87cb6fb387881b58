"""Which sensor, what time of day and which weekday: learned vectors."""

import math

import keras
from keras import ops

from keras_stunet.checks import check_count
from keras_stunet.layers.rounding import matrix_product


@keras.saving.register_keras_serializable(package="keras_stunet")
class Identities(keras.layers.Layer):
    """Adds what is learned about a sensor, a time of day and a weekday.

        y_i = h_i + E_i + sum_k (a_k sin 2 pi k t + b_k cos 2 pi k t) + D_d

    of node i at the time t of weekday d. A model that treats all nodes alike
    cannot tell them apart, which is most of what it lacks beside others (STID,
    Shao et al. 2022, which has a vector for each time of day: harmonics have
    fewer weights, and take steps of any length).

    Args:
        harmonics: Number of harmonics k of a day.

    Call arguments:
        inputs: List of h `(B, N, C)`, and of times `(B, 2)` or nothing: the
            part of the day gone by, and the weekday as sevenths from Monday
            on, both in [0, 1), as `Windows` gives them.

    Returns:
        `(B, N, C)`.

    Raises:
        ValueError: For `harmonics` below 1.

    Example:
    >>> import numpy as np
    >>> h, times = np.zeros((4, 3, 8), "float32"), np.zeros((4, 2), "float32")
    >>> Identities()([h, times]).shape
    TensorShape([4, 3, 8])
    """

    def __init__(self, harmonics=8, **kwargs):
        super().__init__(**kwargs)
        self.harmonics = check_count("harmonics", harmonics, 1)

    def build(self, input_shape):
        shapes = input_shape if isinstance(input_shape[0], tuple) else None
        nodes, width = (shapes[0] if shapes else input_shape)[-2:]
        self.sensor = self._vectors("sensor", nodes, width, 0.3)
        if shapes:
            self.time = self._vectors("time", 2 * self.harmonics, width, 0.1)
            self.day = self._vectors("day", 7, width, 0.1)

    def _vectors(self, name, count, width, stddev):
        return self.add_weight(
            shape=(count, width),
            initializer=keras.initializers.RandomNormal(stddev=stddev),
            name=name,
        )

    def call(self, inputs):
        if not isinstance(inputs, (list, tuple)):
            return inputs + self.sensor
        h, times = inputs
        k = ops.arange(1, self.harmonics + 1, dtype="float32")
        angle = 2 * math.pi * ops.cast(times[:, :1], "float32") * k  # (B, k)
        waves = ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)
        day = ops.cast(ops.round(7 * ops.cast(times[:, 1], "float32")), "int32")
        when = ops.concatenate([waves, ops.one_hot(day, 7)], axis=-1)
        vectors = ops.concatenate([self.time, self.day], axis=0)
        when = matrix_product(ops.cast(when, self.compute_dtype), vectors)
        return h + self.sensor + when[:, None]  # (B, N, C)

    def compute_output_shape(self, input_shape):
        nested = isinstance(input_shape[0], (list, tuple))
        return tuple(input_shape[0]) if nested else input_shape

    def get_config(self):
        return {**super().get_config(), "harmonics": self.harmonics}
