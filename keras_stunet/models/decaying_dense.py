"""The dense layer of models that were published in PyTorch."""

import keras

from keras_stunet.layers import PointwiseDense


def decaying_dense(units, weight_decay, parts=1, **options):
    """A `PointwiseDense` that begins and decays as a layer of PyTorch does.

    Its kernel begins uniform within `1 / sqrt(fan_in)`; ours, its bias at 0.
    `fan_in` is that of all parts, where a layer of PyTorch is several of ours
    that are added up.

    Args:
        units: Number of output features U.
        weight_decay: Factor lambda of `lambda / 2 |w|^2` in the loss, kernel
            and bias.
        parts: Number of inputs, as long as this one, that the whole layer has.
        **options: Others of `PointwiseDense`.
    """
    decay = keras.regularizers.L2(weight_decay / 2)
    return PointwiseDense(
        units,
        kernel_initializer=keras.initializers.VarianceScaling(
            1 / (3 * parts), "fan_in", "uniform"
        ),
        kernel_regularizer=decay,
        bias_regularizer=decay,
        **options,
    )
