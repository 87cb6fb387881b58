"""FirstOrderConv: the renormalised operator and what follows from it."""

import keras
import numpy as np
import pytest
import scipy.sparse as sp
from keras import ops

from keras_stunet.layers import FirstOrderConv


def loops(W, x, theta, bias):
    """Node by node: itself, and the scaled sum over it and its neighbours."""
    degree = W.sum(axis=1) + 1
    sent = np.array(x, dtype="float64")
    for i in range(len(W)):
        for j in range(len(W)):
            weight = W[i, j] + (i == j)
            scale = (degree[i] * degree[j]) ** 0.5
            sent[..., i, :] += weight / scale * x[..., j, :]
    return sent @ theta + bias


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_it_equals_loops_over_edges(graph, signal, randomise, lead):
    x = signal(*lead, 7, 2)
    conv = FirstOrderConv(3, graph)
    conv.build(x.shape)
    randomise(conv)
    theta, bias = (ops.convert_to_numpy(w) for w in (conv.kernel, conv.bias))
    expected = loops(graph, x, theta, bias)
    np.testing.assert_allclose(conv(x), expected, rtol=1e-4, atol=1e-5)


def with_kernel(conv, shape, value=1.0):
    conv.build(shape)
    conv.kernel.assign(np.full(conv.kernel.shape, value))
    return conv


def test_self_loops_are_dropped_and_sparse_is_dense(graph, signal):
    x = signal(2, 7, 2)
    looped = graph + np.diag(np.arange(7.0))
    expected = np.array(with_kernel(FirstOrderConv(2, graph), x.shape)(x))
    for adjacency in (looped, sp.csr_array(looped)):
        other = with_kernel(FirstOrderConv(2, adjacency), x.shape)
        np.testing.assert_allclose(other(x), expected, rtol=1e-5)


def test_on_an_edgeless_graph_the_signal_is_doubled(signal):
    x = signal(2, 4, 1)
    conv = with_kernel(FirstOrderConv(1, np.zeros((4, 4))), x.shape)
    np.testing.assert_allclose(conv(x), 2 * x, rtol=1e-6)


def test_on_a_regular_graph_a_constant_is_doubled():
    # Each row of D~^-1/2 (I + W) D~^-1/2 sums to 1 where all degrees agree.
    ring = np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1)
    conv = with_kernel(FirstOrderConv(1, 0.3 * ring), (6, 1))
    np.testing.assert_allclose(conv(np.ones((6, 1))), 2.0, rtol=1e-6)


def test_it_reaches_neighbours_and_no_further(make_path):
    conv = with_kernel(FirstOrderConv(1, make_path(7)), (1, 7, 1), 0.7)
    x = np.zeros((1, 7, 1), "float32")
    x[0, 3] = 1.0
    seen = np.array(conv(x))[0, :, 0] != 0
    np.testing.assert_array_equal(seen, abs(np.arange(7) - 3) <= 1)


def test_renumbering_the_nodes_renumbers_the_output(graph, signal, rng):
    x, order = signal(2, 7, 2), rng.permutation(7)
    conv = with_kernel(FirstOrderConv(3, graph), x.shape, 0.4)
    other = FirstOrderConv(3, graph[order][:, order])
    with_kernel(other, x.shape, 0.4)
    expected = np.array(conv(x))[:, order]
    np.testing.assert_allclose(other(x[:, order]), expected, rtol=1e-5)


def test_a_graph_that_was_never_set_is_refused(graph, signal):
    conv = FirstOrderConv(2, graph)
    again = FirstOrderConv.from_config(conv.get_config())
    x = signal(2, 7, 1)
    with pytest.raises(ValueError, match="was never set"):
        again(x)
    conv.build(x.shape)
    again.set_weights([ops.convert_to_numpy(w) for w in conv.weights])
    np.testing.assert_array_equal(again(x), conv(x))


def test_bad_arguments_are_refused(graph, signal):
    with pytest.raises(ValueError, match="`units` is 0.*at least 1"):
        FirstOrderConv(0, graph)
    with pytest.raises(ValueError, match="either `adjacency`.*got neither"):
        FirstOrderConv(2)
    with pytest.raises(ValueError, match="The adjacency is directed"):
        FirstOrderConv(2, np.triu(graph))
    with pytest.raises(ValueError, match=r"so 6 nodes .*its graph has 7"):
        FirstOrderConv(2, graph)(signal(2, 6, 1))
    with pytest.raises(ValueError, match=r"so 6 nodes .*its graph has 7"):
        FirstOrderConv(2, graph)(keras.Input((12, 6, 1)))
