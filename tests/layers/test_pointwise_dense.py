"""The dense layer whose bias can be trained in bfloat16."""

import keras
import numpy as np
import pytest

from keras_stunet.layers import PointwiseDense

ROWS = 16_384  # 16 windows of 1,024 nodes


def bias_gradient(layer, x, gain):
    """Of `sum(gain * layer(x))`, read off a step of plain SGD."""
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])
    model.compile(
        keras.optimizers.SGD(1.0),
        loss=lambda gain, y: keras.ops.sum(gain * keras.ops.cast(y, "float32")),
    )
    before = keras.ops.convert_to_numpy(layer.bias)
    model.train_on_batch(x, gain)
    return before - keras.ops.convert_to_numpy(layer.bias)


@pytest.mark.parametrize("nodes", [1, 1024])
@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_the_bias_has_its_whole_gradient_over_many_rows(nodes, policy, signal):
    x = signal(ROWS // nodes, nodes, 2)
    gain = np.abs(signal(ROWS // nodes, nodes, 3)) + 0.1
    layer = PointwiseDense(3, dtype=policy)
    found = bias_gradient(layer, x, gain)
    true = gain.astype("float64").sum((0, 1))
    np.testing.assert_allclose(found, true, rtol=1e-2)


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
