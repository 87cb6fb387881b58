"""The dense layer that is Keras's own but for its bias's gradient.

That is in `test_add_bias.py`.
"""

import keras
import numpy as np

from keras_stunet.layers import PointwiseDense


def test_it_is_keras_layer_but_for_that(signal, rng):
    x = signal(5, 7, 2)
    ours = PointwiseDense(3, activation="tanh")
    theirs = keras.layers.Dense.from_config(ours.get_config())
    for layer in (ours, theirs):
        layer.build(x.shape)
    for weight, other in zip(ours.weights, theirs.weights, strict=True):
        value = rng.normal(size=weight.shape)
        weight.assign(value)
        other.assign(value)
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-5, atol=1e-6)
    plain = PointwiseDense(3, use_bias=False)
    plain.build(x.shape)
    np.testing.assert_allclose(
        plain(x), x @ np.array(plain.kernel), rtol=1e-5, atol=1e-6
    )
