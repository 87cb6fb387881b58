"""Biases have their whole gradient in bfloat16, over however many rows."""

import keras
import numpy as np
import pytest

from keras_stunet import layers
from keras_stunet import partition

BATCH, NODES, UNITS = 16, 1024, 3


def bias_gradient(layer, bias, x, gain):
    """Of `sum(gain * layer(x))`, read off a step of plain SGD."""
    model = keras.Sequential([keras.Input(x.shape[1:]), layer])
    model.compile(
        keras.optimizers.SGD(1.0),
        loss=lambda gain, y: keras.ops.sum(gain * keras.ops.cast(y, "float32")),
    )
    # The gradient of so plain a loss does not wait for the forward pass, and
    # TensorFlow might update other weights before it has read them.
    for variable in layer.trainable_variables:
        variable.trainable = variable is bias
    before = keras.ops.convert_to_numpy(bias)
    model.train_on_batch(x, gain)
    return before - keras.ops.convert_to_numpy(bias)


def case(name, policy):
    """A layer, the one that holds its bias, and the shape of its input."""
    graph = {"adjacency": np.eye(NODES, k=1) + np.eye(NODES, k=-1)}
    options = {"units": UNITS, "dtype": policy}
    shape, step = (BATCH, NODES, 2), (BATCH, 1, NODES, 2)
    if name in ("GCGRUCell", "DCGRUCell"):
        cell = getattr(layers, name)(K=1, **graph, **options)
        return (
            layers.DilatedRNN(cell, dtype=policy),
            cell,
            (BATCH, 1, *shape[1:]),
        )
    if name in ("ordered", "weighted"):
        pairs = partition(graph["adjacency"], p=1)
        layer = layers.GraphUnpool(pairs, upsampling=name, dtype=policy)
        return layer, layer, (BATCH, pairs.num_super_nodes, UNITS)
    if name == "TemporalConv":
        layer = layers.TemporalConv(width=1, **options)
        return layer, layer, step
    options |= {"ChebConv": {"K": 1} | graph, "FirstOrderConv": graph}.get(
        name, {}
    )
    layer = getattr(layers, name)(**options)
    return layer, layer, shape


@pytest.mark.parametrize(
    "name",
    [
        *("ChebConv", "DCGRUCell", "FirstOrderConv", "GCGRUCell"),
        *("PointwiseDense", "TemporalConv", "ordered", "weighted"),
    ],
)
def test_a_bias_has_the_gradient_that_it_has_in_float32(name, signal):
    found, weights = {}, None
    keras.utils.set_random_seed(0)  # weights that hardly cancel out
    for policy in ("float32", "mixed_bfloat16"):
        layer, holder, shape = case(name, policy)
        if weights is None:
            x = signal(*shape)
        layer.build(shape)
        if weights is None:
            gain = np.abs(signal(*layer.compute_output_shape(shape))) + 0.1
        weights = weights or layer.get_weights()
        layer.set_weights(weights)
        found[policy] = bias_gradient(layer, holder.bias, x, gain)
    # Terms of one sign are some ten thousand; 1 % is bfloat16's own rounding.
    scale = np.abs(found["float32"]).max()
    assert scale > 100
    apart = found["mixed_bfloat16"] - found["float32"]
    np.testing.assert_allclose(apart / scale, 0 * apart, atol=1e-2)


def test_the_gradient_is_the_sum_over_all_rows(signal):
    x, gain = signal(BATCH, NODES, 2), signal(BATCH, NODES, UNITS) + 1
    for policy in ("float32", "mixed_bfloat16"):
        layer, _, _ = case("PointwiseDense", policy)
        layer.build(x.shape)
        found = bias_gradient(layer, layer.bias, x, gain)
        true = gain.astype("float64").sum((0, 1))
        np.testing.assert_allclose(found, true, rtol=1e-2)
