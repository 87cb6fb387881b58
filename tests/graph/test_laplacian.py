"""normalised_laplacian, largest_eigenvalue and rescaled_laplacian."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import connected_components
from keras_stunet.graph import largest_eigenvalue
from keras_stunet.graph import normalised_laplacian
from keras_stunet.graph import rescaled_laplacian


def ring(nodes):
    steps = np.arange(nodes)
    half = sp.coo_array(
        (np.ones(nodes), (steps, (steps + 1) % nodes)), (nodes, nodes)
    )
    return sp.csr_array(half + half.T)


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
@pytest.mark.parametrize("unit", [1.0, 1e-200, 1e200])
def test_a_path_with_an_isolated_node_has_its_closed_form(kind, unit):
    # 0 -1- 1 -3- 2, and node 3: degrees 1, 4, 3, 0.
    adj = np.zeros((4, 4))
    adj[0, 1] = adj[1, 0] = 1.0
    adj[1, 2] = adj[2, 1] = 3.0
    adj *= unit  # which makes no difference
    a, b = 1 / np.sqrt(1 * 4), 3 / np.sqrt(4 * 3)
    expected = np.array(
        [[1, -a, 0, 0], [-a, 1, -b, 0], [0, -b, 1, 0], [0, 0, 0, 0]]
    )
    lap, scaled = normalised_laplacian(kind(adj)), rescaled_laplacian(kind(adj))
    if kind is sp.csr_array:
        assert isinstance(lap, sp.csr_array)
        assert isinstance(scaled, sp.csr_array)
        lap, scaled = lap.toarray(), scaled.toarray()
    np.testing.assert_allclose(lap, expected, atol=1e-15)
    # A path is bipartite: its largest eigenvalue is 2.
    np.testing.assert_allclose(scaled, expected - np.eye(4), atol=1e-12)
    assert scaled[3, 3] == -1.0


def test_the_spectrum_is_that_of_the_theory(random_graph):
    for seed in range(20):
        adj = random_graph(seed, nodes=15, density=0.15)
        lap = normalised_laplacian(adj)
        values = np.linalg.eigvalsh(lap)
        assert values[0] > -1e-12 and values[-1] < 2 + 1e-12
        zeros = (np.abs(values) < 1e-9).sum()
        assert zeros == connected_components(adj).max() + 1
        # sqrt(d) spans the kernel of each component.
        root = np.sqrt(adj.sum(axis=1))
        np.testing.assert_allclose(lap @ root, 0.0, atol=1e-12)


def test_self_loops_make_no_difference(random_graph):
    adj = random_graph(1)
    looped = adj + np.diag(np.arange(12.0))
    np.testing.assert_array_equal(
        normalised_laplacian(looped), normalised_laplacian(adj)
    )
    np.testing.assert_allclose(
        normalised_laplacian(sp.csr_array(looped)).toarray(),
        normalised_laplacian(adj),
        atol=1e-15,
    )


def test_dense_and_sparse_agree_on_a_road_graph(pemsd7):
    sparse = sp.csr_array(pemsd7)
    np.testing.assert_allclose(
        rescaled_laplacian(sparse).toarray(),
        rescaled_laplacian(pemsd7),
        atol=1e-12,
    )


def test_pemsd7_has_its_known_largest_eigenvalue(pemsd7):
    for adj in pemsd7, sp.csr_array(pemsd7):
        lap = normalised_laplacian(adj)
        assert largest_eigenvalue(lap) == pytest.approx(2.0, abs=1e-9)


@pytest.mark.parametrize("nodes", [4, 5, 100, 101, 2500, 2501])
def test_a_ring_has_its_closed_form(nodes):
    # L = I - A / 2 with eigenvalues 1 - cos(2 pi k / N).
    steps = np.arange(nodes)
    expected = (1 - np.cos(2 * np.pi * steps / nodes)).max()
    lap = normalised_laplacian(ring(nodes))
    assert largest_eigenvalue(lap) == pytest.approx(expected, abs=1e-9)
    if nodes <= 101:
        dense = largest_eigenvalue(lap.toarray())
        assert dense == pytest.approx(expected, abs=1e-12)


def test_the_largest_eigenvalue_is_the_same_each_time(random_graph):
    lap = sp.csr_array(normalised_laplacian(random_graph(2, nodes=80)))
    assert len({largest_eigenvalue(lap) for _ in range(5)}) == 1


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
def test_an_edgeless_graph_is_defined(kind):
    none = kind(np.zeros((3, 3)))
    assert largest_eigenvalue(normalised_laplacian(none)) == 0.0
    scaled = rescaled_laplacian(none)
    scaled = scaled.toarray() if sp.issparse(scaled) else scaled
    np.testing.assert_array_equal(scaled, -np.eye(3))


def test_rescaling_brings_the_spectrum_to_the_unit_interval(random_graph):
    for seed in range(10):
        scaled = rescaled_laplacian(random_graph(seed, density=0.6))
        values = np.linalg.eigvalsh(scaled)
        assert values[-1] == pytest.approx(1.0, abs=1e-12)
        assert values[0] == pytest.approx(-1.0, abs=1e-12)


def test_a_given_largest_eigenvalue_is_used(random_graph):
    adj = random_graph(4)
    lap = normalised_laplacian(adj)
    np.testing.assert_allclose(
        rescaled_laplacian(adj, lambda_max=1.6), lap / 0.8 - np.eye(12)
    )


def test_permuting_the_nodes_permutes_the_laplacian(random_graph):
    adj = random_graph(5)
    order = np.random.default_rng(5).permutation(12)
    np.testing.assert_allclose(
        normalised_laplacian(adj[np.ix_(order, order)]),
        normalised_laplacian(adj)[np.ix_(order, order)],
        atol=1e-15,
    )


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_bad_largest_eigenvalue_is_named(bad):
    with pytest.raises(ValueError, match=r"lambda_max=.*pass 2\.0"):
        rescaled_laplacian([[0, 1], [1, 0]], lambda_max=bad)


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[1.0, np.nan], [np.nan, 1.0]], "NaN or infinite.*normalised_lap"),
        ([[1.0, -1.0], [-0.5, 1.0]], "not symmetric.*symmetrise"),
    ],
)
def test_a_bad_laplacian_is_named(kind, bad, message):
    with pytest.raises(ValueError, match=message):
        largest_eigenvalue(kind(bad))


def test_a_search_that_does_not_converge_says_so(monkeypatch):
    def give_up(*args, **kwargs):
        raise sp.linalg.ArpackNoConvergence("no", np.zeros(0), np.zeros(0))

    monkeypatch.setattr(sp.linalg, "eigsh", give_up)
    with pytest.raises(ValueError, match=r"40 nodes.*lambda_max=2\.0"):
        largest_eigenvalue(normalised_laplacian(ring(40)))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize(
    ("edges", "bipartite"),
    [
        ([(0, 1), (1, 2), (2, 3), (3, 0)], True),  # an even ring
        ([(0, 1), (1, 2), (2, 0)], False),  # a triangle, one node alone
        ([(0, 1), (1, 2), (2, 0), (3, 4)], True),  # and an edge beside it
    ],
)
def test_a_bipartite_component_makes_lambda_max_two(edges, bipartite, sparse):
    adj = np.zeros((6, 6))
    for u, v in edges:
        adj[u, v] = adj[v, u] = 0.5 + u
    exact = np.linalg.eigvalsh(normalised_laplacian(adj))[-1]
    assert (abs(exact - 2) < 1e-12) == bipartite
    scaled = rescaled_laplacian(sp.csr_array(adj) if sparse else adj)
    expected = 2 * normalised_laplacian(adj) / exact - np.eye(6)
    scaled = scaled.toarray() if sparse else scaled
    np.testing.assert_allclose(scaled, expected, atol=1e-12)


def test_lambda_max_of_a_long_ring_needs_no_eigenvalue_solver(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the eigenvalue was computed")

    monkeypatch.setattr("scipy.sparse.linalg.eigsh", refuse)
    nodes = 20_000
    following = sp.eye_array(nodes, k=1) + sp.eye_array(nodes, k=1 - nodes)
    scaled = rescaled_laplacian(sp.csr_array(following + following.T))
    assert scaled.nnz == 2 * nodes  # the diagonal, 2 * 1 / 2 - 1, is gone
    np.testing.assert_allclose(scaled.data, -0.5)


def test_a_search_without_end_gives_way_to_the_bound(monkeypatch):
    # A long chain with one triangle: not bipartite, and the eigenvalues below
    # the largest one lie within 1e-6 of it.
    monkeypatch.setattr("keras_stunet.graph.laplacian._ARPACK_WORK", 6000)
    half = sp.eye_array(3000, k=1, format="lil")
    half[0, 2] = 1.0
    chain = sp.csr_array(half + half.T)
    lap = normalised_laplacian(chain)
    with pytest.raises(ValueError, match=r"3000 nodes.*lambda_max=2\.0"):
        largest_eigenvalue(lap)
    expected = lap - sp.eye_array(3000)
    assert abs(rescaled_laplacian(chain) - expected).max() < 1e-15
