"""DiffusionOperator: diffusion terms of both directions on both paths."""

import numpy as np
import pytest
import scipy.sparse as sp
from keras import ops

from keras_stunet.layers import DiffusionOperator
from keras_stunet.layers import GraphOperator
from tests.reference import diffusion

ROADS = ["dense", "edges"]


@pytest.mark.parametrize("propagation", ROADS)
@pytest.mark.parametrize("K", [1, 2, 3, 5])
def test_terms_are_those_of_the_powers(directed, signal, propagation, K):
    x = signal(2, 3, 7, 2)
    terms = DiffusionOperator(K, directed, propagation)(x)
    assert terms.shape[-1] == (2 * K - 1) * 2
    expected = np.concatenate(diffusion.terms(directed, x, K), axis=-1)
    np.testing.assert_allclose(terms, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("propagation", ROADS)
def test_a_one_way_street_is_seen_from_both_ends(make_path, propagation):
    # 0 -> 1 -> 2 -> 3 -> 4: T_2(P) x = 2 x two ahead - x, and so behind.
    one_way = np.triu(make_path(5))
    x = np.arange(1.0, 6.0, dtype="float32")[:, None]
    terms = DiffusionOperator(3, one_way, propagation)(x)
    x, along, along_2, against, against_2 = np.array(terms).T
    np.testing.assert_allclose(along, [2, 3, 4, 5, 0])
    np.testing.assert_allclose(along_2, 2 * np.array([3, 4, 5, 0, 0]) - x)
    np.testing.assert_allclose(against, [0, 1, 2, 3, 4])
    np.testing.assert_allclose(against_2, 2 * np.array([0, 0, 1, 2, 3]) - x)


def test_on_an_undirected_regular_graph_the_directions_are_one(signal):
    ring = np.roll(np.eye(7), 1, axis=1) + np.roll(np.eye(7), -1, axis=1)
    terms = np.array(DiffusionOperator(3, ring)(signal(7, 1)))
    np.testing.assert_allclose(terms[:, 1:3], terms[:, 3:], atol=1e-6)


def test_turning_all_edges_swaps_the_directions(directed, signal):
    x = signal(7, 2)
    terms = np.array(DiffusionOperator(3, directed)(x))
    turned = np.array(DiffusionOperator(3, directed.T)(x))
    swapped = np.concatenate(
        [terms[:, :2], terms[:, 6:], terms[:, 2:6]], axis=-1
    )
    np.testing.assert_allclose(turned, swapped, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("propagation", ROADS)
def test_a_constant_signal_stays_where_the_walk_goes_on(signal, propagation):
    full = np.random.default_rng(0).uniform(0.1, 1.0, (7, 7))
    terms = DiffusionOperator(4, full, propagation)(np.ones((7, 1), "float32"))
    np.testing.assert_allclose(terms, np.ones((7, 7)), rtol=1e-5)


@pytest.mark.parametrize("propagation", ROADS)
def test_gradients_are_right_on_both_roads(
    directed, signal, propagation, gradient_of
):
    operator, x = DiffusionOperator(3, directed, propagation), signal(7, 2)
    found = gradient_of(lambda x: ops.sum(operator(x) ** 3), x)
    eye = np.eye(14, dtype="float32").reshape(14, 7, 2)
    A = [np.concatenate(diffusion.terms(directed, e, 3), -1) for e in eye]
    A = np.reshape(A, (14, -1))  # rows: the terms of each unit signal
    expected = (A @ (3 * (x.ravel() @ A) ** 2)).reshape(7, 2)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def test_auto_takes_edges_on_a_sparse_graph_and_dense_on_a_full_one(directed):
    nodes = 500
    rows = np.arange(nodes)
    ring = sp.coo_array((np.ones(nodes), (rows, (rows + 1) % nodes)))
    operator = DiffusionOperator(3, ring)
    assert operator.on_edges  # 0.2 % of P, in both directions
    # One list a node: along, its transpose, against, its transpose.
    lists = [[[nodes, 1]]] * 4
    assert operator.graph_size == {"nodes": nodes, "edges": lists}
    assert not DiffusionOperator(3, directed).on_edges


def test_it_takes_what_a_symmetric_operator_refuses(directed):
    with pytest.raises(ValueError, match="directed"):
        GraphOperator(3, directed)
    assert DiffusionOperator(3, directed.tolist()).num_nodes == 7
    assert DiffusionOperator(3, sp.coo_array(directed)).num_nodes == 7


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.ones((2, 3)), r"shape \(2, 3\); expected a square"),
        ([[0, -1], [0, 0]], "negative weights"),
        ([[0, np.nan], [0, 0]], "holds 1 NaN"),
    ],
)
def test_a_bad_adjacency_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        DiffusionOperator(2, bad)


def test_directed_matrices_have_no_spectral_road(directed):
    message = '"spectral" in a DiffusionOperator.*not symmetric.*"dense"'
    for adj in (directed, directed + directed.T):
        with pytest.raises(ValueError, match=message):
            DiffusionOperator(3, adj, "spectral")
