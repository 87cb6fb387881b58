"""GraphOperator: Chebyshev terms on all paths."""

import keras
import numpy as np
import pytest
import scipy.sparse as sp
from keras import ops

from keras_stunet.layers import ChebConv
from keras_stunet.layers import GraphOperator
from tests.reference import chebyshev


@pytest.mark.parametrize("propagation", ["dense", "edges", "spectral"])
@pytest.mark.parametrize("K", [1, 2, 3, 6])
def test_terms_are_those_of_the_spectrum(graph, signal, propagation, K):
    x = signal(2, 3, 7, 2)
    terms = GraphOperator(K, graph, propagation)(x)
    expected = np.concatenate(chebyshev.terms(graph, x, K), axis=-1)
    np.testing.assert_allclose(terms, expected, rtol=1e-4, atol=1e-5)


def gradient(operator, x):
    """Gradient of the sum of the cubed terms, done numerically.

    The terms are linear in x, so the gradient is `A^T 3 (A x)^2` with A from
    unit signals: independent of automatic differentiation.
    """
    eye = np.eye(x.size, dtype="float32").reshape(-1, *x.shape)
    A = np.array(operator(eye)).reshape(x.size, -1)  # rows: A e_i
    y = np.array(operator(x)).ravel()
    return (A @ (3 * y**2)).reshape(x.shape)


@pytest.mark.parametrize("propagation", ["dense", "edges", "spectral"])
def test_gradients_are_right_on_all_roads(
    graph, signal, propagation, gradient_of
):
    operator, x = GraphOperator(3, graph, propagation), signal(7, 2)
    found = gradient_of(lambda x: ops.sum(operator(x) ** 3), x)
    np.testing.assert_allclose(
        found, gradient(operator, x), rtol=1e-3, atol=1e-4
    )


def test_auto_takes_edges_on_a_sparse_graph_and_dense_on_a_full_one(graph):
    nodes = 1000  # a ring has 2 of 1000 off the diagonal, and none on it
    rows = np.arange(nodes)
    half = sp.coo_array((np.ones(nodes), (rows, (rows + 1) % nodes)))
    assert GraphOperator(3, half + half.T).on_edges
    assert not GraphOperator(3, graph).on_edges
    assert GraphOperator(3, graph, "edges").on_edges
    assert not GraphOperator(3, half + half.T, "dense").on_edges


@pytest.mark.parametrize("nodes, on_edges", [(398, False), (402, True)])
def test_edges_are_taken_below_half_a_percent(nodes, on_edges):
    # Saved models and whole runs depend on it: see the rule's comment.
    rows = np.arange(nodes)  # a ring: 2 of N in each row
    half = sp.coo_array((np.ones(nodes), (rows, (rows + 1) % nodes)))
    assert GraphOperator(2, half + half.T).on_edges == on_edges


def ring_with_chords(nodes):
    # The chords make an expander, whose largest eigenvalue ARPACK finds fast.
    rows = np.arange(nodes)
    order = np.random.default_rng(0).permutation(nodes)
    ends = np.concatenate([rows, order[::2]])
    others = np.concatenate([(rows + 1) % nodes, order[1::2]])
    half = sp.coo_array((np.ones(len(ends)), (ends, others)), (nodes, nodes))
    return sp.csr_array(half + half.T)


def test_the_edge_road_builds_no_array_of_nodes_by_nodes(monkeypatch):
    nodes = 20_000  # N x N would be 1.6 GB in float32
    adj = ring_with_chords(nodes)

    def refuse(*_, **__):
        raise MemoryError("an N x N array")

    for kind in (sp.csr_array, sp.coo_array):
        monkeypatch.setattr(kind, "toarray", refuse)
        monkeypatch.setattr(kind, "todense", refuse)
    conv = ChebConv(2, 3, adj)
    x = np.zeros((1, nodes, 1), "float32")
    x[0, 0] = 1.0
    reached = np.array(conv(x)).any(axis=(0, 2))
    one_hop = adj[[0]].indices
    two_hops = adj[one_hop].indices
    near = np.union1d(np.append(one_hop, 0), two_hops)
    assert np.flatnonzero(reached).tolist() == near.tolist()
    [blocks] = conv.graph.graph_size["edges"]
    assert sum(rows for rows, _ in blocks) == nodes
    slots = sum(rows * width for rows, width in blocks)
    assert slots <= 1.5 * (adj.nnz + nodes)
    for weight in conv.weights:
        assert np.prod(weight.shape) <= slots
    if keras.backend.backend() == "jax":
        import jax

        program = str(jax.make_jaxpr(lambda x: conv(x))(x))
        assert f"{nodes},{nodes}" not in program


def test_single_precision_terms_stay_close_for_many_terms(make_graph, signal):
    adj, x = make_graph(3, 40), signal(40, 1)
    expected = np.concatenate(chebyshev.terms(adj, x, 12), axis=-1)
    for propagation in ("dense", "edges", "spectral"):
        terms = GraphOperator(12, adj, propagation)(x)
        np.testing.assert_allclose(terms, expected, atol=2e-4)


BAD = {
    "square": (np.ones((2, 3)), r"shape \(2, 3\); expected a square"),
    "negative": ([[0, -1], [-1, 0]], "negative weights"),
    "nan": ([[0, np.nan], [np.nan, 0]], "holds 2 NaN"),
    "infinite": ([[0, np.inf], [np.inf, 0]], "holds 2 infinite"),
    "directed": ([[0, 1], [0, 0]], "directed.*symmetrise"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
def test_a_bad_adjacency_is_refused(name, kind):
    adj, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        GraphOperator(2, kind(np.array(adj, float)))


def test_the_sizes_of_a_graph_name_the_road(graph):
    # Those of dense and edges are in saved models and must stay.
    assert GraphOperator(3, graph, "dense").graph_size == {
        "nodes": 7,
        "edges": None,
    }
    spectral = GraphOperator(3, graph, "spectral")
    assert spectral.graph_size == {"nodes": 7, "edges": None, "blocks": [7]}
    for operator in (spectral, GraphOperator(3, graph, "edges")):
        again = GraphOperator.from_config(operator.get_config())
        again.set_weights(operator.get_weights())
        x = np.ones((7, 1), "float32")
        np.testing.assert_array_equal(again(x), operator(x))


def test_an_unknown_propagation_is_refused_with_the_nearest_name(graph):
    message = "`propagation` is 'edge'.*Did you mean 'edges'"
    with pytest.raises(ValueError, match=message):
        GraphOperator(2, graph, "edge")


def test_exactly_one_of_graph_and_size_must_be_given(graph):
    size = {"nodes": 7, "edges": None}
    for arguments, got in (
        ({}, "neither"),
        ({"adjacency": graph, "graph_size": size}, "both"),
    ):
        with pytest.raises(ValueError, match=f"`adjacency`.*got {got}"):
            GraphOperator(2, **arguments)
