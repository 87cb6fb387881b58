"""ChebConv: equation 2."""

import keras
import numpy as np
import pytest
import scipy.sparse as sp
from keras import ops

from keras_stunet.layers import ChebConv
from tests.reference import chebyshev


@pytest.mark.parametrize("propagation", ["dense", "edges"])
@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
@pytest.mark.parametrize(
    ("K", "features", "units", "use_bias"),
    [(1, 2, 3, True), (2, 1, 2, False), (3, 2, 1, True), (5, 3, 2, False)],
)
def test_it_equals_equation_2(
    graph, signal, randomise, propagation, lead, K, features, units, use_bias
):
    x = signal(*lead, 7, features)
    conv = ChebConv(units, K, graph, propagation, use_bias)
    conv.build(x.shape)
    randomise(conv)
    theta = ops.convert_to_numpy(conv.kernel).reshape(K, features, units)
    expected = chebyshev.convolve(graph, x, theta)
    if use_bias:
        expected = expected + ops.convert_to_numpy(conv.bias)
    assert len(conv.trainable_weights) == 1 + use_bias
    np.testing.assert_allclose(conv(x), expected, rtol=1e-4, atol=1e-5)


def test_sparse_and_dense_adjacencies_give_the_same(graph, signal):
    x = signal(2, 7, 3)
    dense, sparse = (
        ChebConv(4, 3, adj, kernel_initializer="ones")(x)
        for adj in (graph, sp.csr_array(graph))
    )
    np.testing.assert_allclose(dense, sparse, rtol=1e-5, atol=1e-6)


def test_one_term_is_a_dense_layer(graph, signal, randomise):
    x = signal(2, 7, 3)
    conv, dense = ChebConv(4, K=1, adjacency=graph), keras.layers.Dense(4)
    conv.build(x.shape)
    dense.build(x.shape)
    randomise(conv)
    dense.set_weights(conv.trainable_weights)
    assert conv.non_trainable_weights == []
    np.testing.assert_allclose(conv(x), dense(x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("propagation", ["dense", "edges"])
def test_on_an_edgeless_graph_term_k_is_plus_or_minus_the_signal(
    signal, propagation
):
    # L~ = -I, so T_k = (-1)^k I.
    x = signal(2, 4, 1)
    conv = ChebConv(1, 4, np.zeros((4, 4)), propagation)
    conv.build(x.shape)
    conv.kernel.assign([[1.0], [10.0], [100.0], [1000.0]])
    np.testing.assert_allclose(conv(x), (1 - 10 + 100 - 1000) * x, rtol=1e-5)


@pytest.mark.parametrize("propagation", ["dense", "edges"])
def test_parts_of_a_graph_and_lone_nodes_follow_equation_2(
    graph, signal, randomise, propagation
):
    # Two components of unlike lambda_max, and a node without an edge.
    parts = np.zeros((10, 10))
    parts[:7, :7] = graph
    parts[7, 9] = parts[9, 7] = 0.3
    x = signal(2, 10, 2)
    conv = ChebConv(3, 4, parts, propagation, use_bias=False)
    conv.build(x.shape)
    randomise(conv)
    theta = ops.convert_to_numpy(conv.kernel).reshape(4, 2, 3)
    y = np.array(conv(x))
    expected = chebyshev.convolve(parts, x, theta)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    alone = theta[0] - theta[1] + theta[2] - theta[3]  # its L~ is -1
    np.testing.assert_allclose(y[:, 8], x[:, 8] @ alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("propagation", ["dense", "edges"])
def test_renumbering_the_nodes_renumbers_the_output(
    graph, signal, randomise, rng, propagation
):
    x, order = signal(2, 7, 2), rng.permutation(7)
    conv = ChebConv(3, 3, graph, propagation)
    conv.build(x.shape)
    randomise(conv)
    other = ChebConv(3, 3, graph[order][:, order], propagation)
    other.build(x.shape)
    for weight, value in zip(
        other.trainable_weights, conv.trainable_weights, strict=True
    ):
        weight.assign(value)
    np.testing.assert_allclose(
        other(x[:, order]), np.array(conv(x))[:, order], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("propagation", ["dense", "edges"])
@pytest.mark.parametrize("K", [1, 2, 3, 4])
def test_K_terms_reach_exactly_K_minus_1_hops(make_path, propagation, K):
    conv = ChebConv(1, K, make_path(9), propagation)
    conv.build((1, 9, 1))
    conv.kernel.assign(np.full((K, 1), 0.7))
    x = np.zeros((1, 9, 1), "float32")
    x[0, 4] = 1.0  # the node in the middle
    seen = np.array(conv(x))[0, :, 0] != 0
    distance = abs(np.arange(9) - 4)
    # Not `seen == ...`: on a path, terms of one parity can cancel.
    assert not seen[distance > K - 1].any()
    assert seen[distance == K - 1].all()


def test_weights_have_names_order_and_shapes(graph):
    conv = ChebConv(5, 3, graph, "edges")
    conv.build((None, 7, 2))
    [blocks] = conv.graph.graph_size["edges"]
    slots = sum(rows * width for rows, width in blocks)
    assert [(w.name, tuple(w.shape)) for w in conv.weights] == [
        ("kernel", (6, 5)),
        ("bias", (5,)),
        ("edge_source", (slots,)),
        ("edge_weight", (slots,)),
        ("edge_place", (1, 7)),
    ]


def test_glorot_sees_the_fans_of_the_flat_kernel(make_path):
    conv = ChebConv(40, 10, make_path(3))
    conv.build((None, 3, 30))
    limit = (6 / (10 * 30 + 40)) ** 0.5
    assert 0.95 * limit < abs(ops.convert_to_numpy(conv.kernel)).max() <= limit


@pytest.mark.parametrize("name", ["units", "K"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None])
def test_counts_below_one_are_refused(graph, name, value):
    counts = {"units": 2, "K": 2, name: value}
    with pytest.raises(ValueError, match=f"`{name}` is {value}.*at least 1"):
        ChebConv(**counts, adjacency=graph)


def test_another_number_of_nodes_is_refused(graph, signal):
    message = r"shape \(2, 6, 1\), so 6 nodes .*its graph has 7"
    with pytest.raises(ValueError, match=message):
        ChebConv(2, adjacency=graph)(signal(2, 6, 1))
    conv = ChebConv(2, adjacency=graph)
    conv(signal(2, 7, 1))
    with pytest.raises(ValueError, match="so 6 nodes"):
        conv(signal(2, 6, 1))


def test_another_number_of_nodes_is_refused_in_a_functional_model(graph):
    with pytest.raises(ValueError, match=r"so 6 nodes .*its graph has 7"):
        ChebConv(2, adjacency=graph)(keras.Input((12, 6, 1)))


def test_a_signal_without_features_is_refused(graph, signal):
    with pytest.raises(ValueError, match=r"shape \(7,\); expected \(..., 7"):
        ChebConv(2, adjacency=graph)(signal(7))
