"""Diffusion along given and learned edges, beside NumPy in float64."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.layers import AdaptiveDiffusion


def learned(layer):
    E, F = (np.array(v, "float64") for v in (layer.seeking, layer.found))
    scores = np.exp(np.maximum(E @ F.T, 0))
    return scores / scores.sum(axis=1, keepdims=True)


def walk(weights):
    degree = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, degree, where=degree > 0, out=0 * weights)


def added(terms, matrices):
    """Each term times its matrix, added up."""
    return sum(
        np.einsum("nm,bm...->bn...", M, x)
        for M, x in zip(matrices, terms, strict=True)
    )


def test_terms_of_a_directed_graph(directed, signal):
    layer = AdaptiveDiffusion(3, adjacency=directed)
    x = [signal(2, 7, 3, 2) for _ in range(6)]
    P, R, A = walk(directed), walk(directed.T), learned(layer)
    assert layer.num_terms == 6
    y = added(x, [P, P @ P, R, R @ R, A, A @ A])
    assert_allclose(layer(x), y, atol=1e-5)


def test_an_undirected_graph_has_one_walk(graph, signal):
    layer = AdaptiveDiffusion(2, adjacency=graph)
    assert layer.graph_size == {"nodes": 7, "walks": 1}
    x = [signal(5, 7, 2), signal(5, 7, 2)]
    assert_allclose(
        layer(x), added(x, [walk(graph), learned(layer)]), atol=1e-5
    )


def test_both_vectors_count(signal):
    layer = AdaptiveDiffusion(graph_size={"nodes": 7, "walks": 0})
    x = [signal(2, 7, 1), signal(2, 7, 1)]
    for name in ("seeking", "found"):
        before = np.array(layer(x))
        weight = getattr(layer, name)
        weight.assign(weight + 0.1 * signal(7, 10))
        assert np.abs(np.array(layer(x)) - before).max() > 1e-3


def test_a_graph_from_a_config_has_to_be_set(graph, signal):
    layer = AdaptiveDiffusion(adjacency=graph)
    again = AdaptiveDiffusion.from_config(layer.get_config())
    with pytest.raises(ValueError, match="was never set"):
        again([signal(2, 7, 1)] * 4)
    again.set_weights(layer.get_weights())
    x = [signal(2, 7, 1) for _ in range(4)]
    assert_allclose(again(x), layer(x))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"K": 1}, "`K` is 1"),
        ({"rank": 0}, "`rank` is 0"),
        ({"graph_size": {"nodes": 3, "walks": 0}}, "got both"),
    ],
)
def test_bad_arguments(arguments, message, graph):
    with pytest.raises(ValueError, match=message):
        AdaptiveDiffusion(adjacency=graph, **arguments)


def test_nodes_are_on_axis_one(graph, signal):
    with pytest.raises(ValueError, match="nodes on axis 1"):
        AdaptiveDiffusion(adjacency=graph)([signal(2, 3, 7, 1)] * 4)


def test_all_terms_are_given(graph, signal):
    with pytest.raises(ValueError, match="given 3 terms; expected 4"):
        AdaptiveDiffusion(adjacency=graph)([signal(2, 7, 1)] * 3)


def test_all_terms_have_one_shape(graph, signal):
    terms = [signal(2, 7, 2), signal(2, 7, 1), signal(2, 7, 2), signal(2, 7, 2)]
    with pytest.raises(ValueError, match="expected one shape"):
        AdaptiveDiffusion(adjacency=graph)(terms)
