"""TemporalConv: each output against loops over its window."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import TemporalConv


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def loops(conv, x):
    """The equation of the docstring, output step by output step."""
    kernel, bias = (ops.convert_to_numpy(w) for w in (conv.kernel, conv.bias))
    U, w = conv.units, conv.width
    outputs = []
    for t in range(w - 1, x.shape[1]):
        y = bias.astype("float64")
        for i in range(w):
            y = y + x[:, t - w + 1 + i] @ kernel[i, 0]
        now = np.zeros((*x[:, t].shape[:-1], U))
        if x.shape[-1] > U:
            now = x[:, t] @ ops.convert_to_numpy(conv.residual_kernel)
        else:
            now[..., : x.shape[-1]] = x[:, t]
        if conv.gated:
            outputs.append((y[..., :U] + now) * sigmoid(y[..., U:]))
        else:
            outputs.append(np.maximum(y + now, 0))
    return np.stack(outputs, axis=1)


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize(
    ("features", "units", "width", "steps"),
    [(1, 3, 3, 5), (3, 3, 2, 4), (4, 2, 3, 3), (2, 2, 1, 2)],
)
def test_it_equals_loops(
    signal, randomise, gated, features, units, width, steps
):
    x = signal(2, steps, 3, features)
    conv = TemporalConv(units, width, gated)
    conv.build(x.shape)
    randomise(conv)
    assert len(conv.weights) == 2 + (features > units)
    np.testing.assert_allclose(conv(x), loops(conv, x), rtol=1e-4, atol=1e-5)


def test_a_closed_gate_lets_nothing_through_and_an_open_one_all(signal):
    x = signal(2, 4, 3, 2)
    conv = TemporalConv(2, 3)
    conv.build(x.shape)
    conv.kernel.assign(np.zeros(conv.kernel.shape))
    conv.bias.assign([0.0, 0.0, -200.0, 200.0])
    y = np.array(conv(x))
    assert (y[..., 0] == 0).all()
    np.testing.assert_allclose(y[..., 1], x[:, 2:, :, 1])


@pytest.mark.parametrize("gated", [True, False])
def test_an_output_sees_its_window_and_its_node_alone(signal, randomise, gated):
    x = signal(1, 7, 4, 1)
    conv = TemporalConv(8, 3, gated)
    conv.build(x.shape)
    randomise(conv)
    before = np.array(conv(x))
    x[0, 3, 2] += 3.0
    changed = (np.array(conv(x)) != before).any(axis=-1)[0]  # (5, 4)
    # Output j sees steps j, j + 1 and j + 2.
    expected = np.zeros((5, 4), bool)
    expected[1:4, 2] = True
    np.testing.assert_array_equal(changed, expected)


def test_shifting_time_shifts_the_output(signal, randomise):
    x = signal(2, 7, 3, 2)
    conv = TemporalConv(3, 2)
    conv.build(x.shape)
    randomise(conv)
    whole = np.array(conv(x))
    np.testing.assert_allclose(conv(x[:, 2:]), whole[:, 2:], atol=1e-6)


def test_glorot_sees_the_fans_of_a_convolution():
    conv = TemporalConv(20, 3)
    conv.build((None, 5, 4, 40))
    limit = (6 / (3 * 40 + 3 * 2 * 20)) ** 0.5
    assert 0.95 * limit < abs(ops.convert_to_numpy(conv.kernel)).max() <= limit
    limit = (6 / (40 + 20)) ** 0.5
    found = abs(ops.convert_to_numpy(conv.residual_kernel)).max()
    assert 0.95 * limit < found <= limit


@pytest.mark.parametrize("name", ["units", "width"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None])
def test_counts_below_one_are_refused(name, value):
    with pytest.raises(ValueError, match=f"`{name}` is {value}.*at least 1"):
        TemporalConv(**{"units": 2, name: value})


@pytest.mark.parametrize("shape", [(2, 2, 7, 1), (2, 7, 1), (2, None, 7, 1)])
def test_too_few_steps_and_other_ranks_are_refused(shape):
    with pytest.raises(ValueError, match=r"shape \(2, .*at least 3"):
        TemporalConv(2).compute_output_shape(shape)
    with pytest.raises(ValueError, match=r"shape \(.*at least 3"):
        TemporalConv(2)(keras.Input(shape[1:]))
