"""Vectors of sensor, time of day and weekday, joined to the features."""

import keras
from keras import ops

from keras_stunet.checks import check_count
from keras_stunet.layers.rounding import matrix_product


@keras.saving.register_keras_serializable(package="keras_stunet")
class IdentityVectors(keras.layers.Layer):
    """Joins what is learned of a sensor, a time of day and a weekday.

        y_i = [ h_i ; E_i ; T_t ; D_d ]

    of node i at the time of day t of weekday d, as in STID (Shao et al.
    2022). `Identities` adds vectors instead, and has waves for T.

    Args:
        width: Length C' of each vector.
        slots: Number of times of day that have a vector of their own.
        decay: Factor lambda of `lambda / 2 |w|^2` in the loss.

    Call arguments:
        inputs: List of h `(B, N, C)`, and of times `(B, 2)` or nothing: the
            part of the day gone by, and the weekday as sevenths from Monday
            on, both in [0, 1), as `Windows` gives them.

    Returns:
        `(B, N, C + 3 C')`; without times `(B, N, C + C')`.

    Raises:
        ValueError: For `width` or `slots` below 1.

    Example:
    >>> import numpy as np
    >>> h, times = np.zeros((4, 3, 8), "float32"), np.zeros((4, 2), "float32")
    >>> IdentityVectors(5)([h, times]).shape
    TensorShape([4, 3, 23])
    """

    def __init__(self, width, slots=288, decay=0.0, **kwargs):
        super().__init__(**kwargs)
        self.width = check_count("width", width, 1)
        self.slots = check_count("slots", slots, 1)
        self.decay = decay

    def build(self, input_shape):
        timed = isinstance(input_shape[0], (list, tuple))
        nodes = (input_shape[0] if timed else input_shape)[-2]
        self.sensor = self._vectors("sensor", nodes)
        if timed:
            self.time = self._vectors("time", self.slots)
            self.day = self._vectors("day", 7)

    def _vectors(self, name, count):
        return self.add_weight(
            shape=(count, self.width),
            initializer="glorot_uniform",
            regularizer=keras.regularizers.L2(self.decay / 2),
            name=name,
        )

    def call(self, inputs):
        timed = isinstance(inputs, (list, tuple))
        h, times = inputs if timed else (inputs, None)
        rows = ops.ones_like(h[:, :1, :1])  # (B, 1, 1)
        parts = [h, rows * self.sensor]  # (B, N, C')
        if timed:
            times = ops.cast(times, "float32")
            slot = ops.floor(self.slots * times[:, 0] + 1e-3)
            day = ops.round(7 * times[:, 1])
            alike = ops.ones_like(h[..., :1])  # (B, N, 1)
            for vectors, index in ((self.time, slot), (self.day, day)):
                which = ops.one_hot(
                    ops.cast(index, "int32"), vectors.shape[0], dtype=h.dtype
                )
                vector = matrix_product(which, vectors)  # (B, C')
                parts.append(alike * vector[:, None])  # (B, N, C')
        return ops.concatenate(parts, axis=-1)

    def compute_output_shape(self, input_shape):
        timed = isinstance(input_shape[0], (list, tuple))
        shape = tuple(input_shape[0] if timed else input_shape)
        return (*shape[:-1], shape[-1] + (3 if timed else 1) * self.width)

    def get_config(self):
        config = super().get_config()
        own = {"width": self.width, "slots": self.slots, "decay": self.decay}
        return config | own
