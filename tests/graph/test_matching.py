"""The three matchings: one contract, oracles, and the real road graph."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import exact_matching
from keras_stunet.graph import gpa_matching
from keras_stunet.graph import is_matching
from keras_stunet.graph import is_maximal_matching
from keras_stunet.graph import path_growing_matching
from keras_stunet.graph import path_matching

METHODS = [path_growing_matching, gpa_matching, exact_matching]


def weight_of(adj, edges):
    return adj[edges[:, 0], edges[:, 1]].sum()


def brute_force(adj, free=None):
    """The largest weight of a matching, over all of them."""
    free = tuple(range(len(adj))) if free is None else free
    if len(free) < 2:
        return 0.0
    first, rest = free[0], free[1:]
    best = brute_force(adj, rest)
    for other in rest:
        if adj[first, other]:
            left = tuple(node for node in rest if node != other)
            best = max(best, adj[first, other] + brute_force(adj, left))
    return best


def naive_path_growing(adj):
    """PGA' word by word on a dense matrix that loses its edges."""
    left, chosen = adj.copy(), []
    for start in range(len(adj)):
        while left[start].any():
            path, node = [], start
            while left[node].any():
                other = int(left[node].argmax())  # the first of equals
                path.append((node, other))
                left[node, :] = left[:, node] = 0.0
                node = other
            best = path_matching([adj[edge] for edge in path])
            chosen += [path[i] for i in best]
    return extended(adj, chosen)


def naive_gpa(adj):
    """GPA with its components searched anew for each edge."""
    kept = []
    for u, v in by_weight(adj):
        nodes, edges = component(u, kept)
        degree_u = sum(u in edge for edge in kept)
        degree_v = sum(v in edge for edge in kept)
        if degree_u == 2 or degree_v == 2:
            continue
        if v in nodes and len(edges) % 2 == 0:
            continue
        kept.append((u, v))
    # On disjoint paths and cycles the best matching is the exact one.
    graph = np.zeros_like(adj)
    for u, v in kept:
        graph[u, v] = graph[v, u] = adj[u, v]
    return extended(adj, exact_matching(graph).tolist())


def component(node, edges):
    nodes, size = {node}, 0
    while len(nodes) > size:
        size = len(nodes)
        for edge in edges:
            if nodes & set(edge):
                nodes |= set(edge)
    return nodes, [edge for edge in edges if edge[0] in nodes]


def by_weight(adj):
    edges = [(int(u), int(v)) for u, v in np.argwhere(np.triu(adj))]
    return sorted(edges, key=lambda edge: (-adj[edge], edge))


def extended(adj, chosen):
    chosen = [(min(edge), max(edge)) for edge in chosen]
    for edge in by_weight(adj):
        if not {node for pair in chosen for node in pair} & set(edge):
            chosen.append(edge)
    return sorted(chosen)


@pytest.mark.parametrize("method", METHODS)
def test_each_matching_is_maximal_sorted_and_at_least_half(
    method, random_graph
):
    for seed in range(150):
        adj = random_graph(
            seed,
            nodes=2 + seed % 14,
            density=(0.15, 0.4, 0.9)[seed % 3],
            levels=3 if seed % 2 else None,
        )
        edges = method(adj)
        assert edges.shape[1] == 2 and edges.dtype.kind == "i"
        assert edges.tolist() == sorted(edges.tolist())
        assert (edges[:, 0] < edges[:, 1]).all()
        assert is_maximal_matching(adj, edges)
        best = weight_of(adj, exact_matching(adj))
        assert weight_of(adj, edges) >= 0.5 * best - 1e-12


def test_exact_matching_equals_brute_force(random_graph):
    for seed in range(60):
        adj = random_graph(seed, nodes=2 + seed % 7, density=0.7)
        got = weight_of(adj, exact_matching(adj))
        assert got == pytest.approx(brute_force(adj))


def test_path_growing_equals_its_definition(random_graph):
    for seed in range(160):
        size = {"nodes": 11} if seed < 150 else {"nodes": 150, "density": 0.04}
        adj = random_graph(seed, levels=4 if seed % 2 else None, **size)
        expected = [list(edge) for edge in naive_path_growing(adj)]
        assert path_growing_matching(adj).tolist() == expected


def test_gpa_weighs_as_much_as_its_definition(random_graph):
    for seed in range(100):
        adj = random_graph(seed, nodes=9, density=0.5)
        expected = [list(edge) for edge in naive_gpa(adj)]
        assert gpa_matching(adj).tolist() == expected


def test_path_growing_breaks_ties_by_the_smaller_neighbour():
    # All weights equal: 0 goes to 1 rather than 3, then 1 to 2, 2 to 3.
    square = np.zeros((4, 4))
    for u, v in ((0, 1), (1, 2), (2, 3), (0, 3)):
        square[u, v] = square[v, u] = 1.0
    assert path_growing_matching(square).tolist() == [[0, 1], [2, 3]]
    # Path 0-1-2: the tie on the path leaves the later edge out.
    assert path_growing_matching(square[:3, :3]).tolist() == [[0, 1]]


def test_gpa_takes_an_even_cycle_and_no_odd_one():
    square = np.zeros((4, 4))
    for u, v, w in ((0, 1, 5), (1, 2, 6), (2, 3, 5), (0, 3, 6)):
        square[u, v] = square[v, u] = w
    assert gpa_matching(square).tolist() == [[0, 3], [1, 2]]
    triangle = np.array([[0, 3, 2], [3, 0, 1], [2, 1, 0]])
    assert gpa_matching(triangle).tolist() == [[0, 1]]


def test_what_the_paths_leave_free_is_matched_heaviest_first():
    # The path 0-1-2 takes its edge (1, 2); node 0 was removed with its edge
    # to 3 on the way, which only the extension can bring back.
    adj = np.zeros((4, 4))
    for u, v, w in ((0, 1, 2), (1, 2, 9), (0, 3, 1)):
        adj[u, v] = adj[v, u] = w
    assert path_growing_matching(adj).tolist() == [[0, 3], [1, 2]]


@pytest.mark.parametrize("method", METHODS)
def test_dense_and_sparse_give_the_same_matching(method, random_graph):
    for seed in range(20):
        adj = random_graph(seed, nodes=25, density=0.15, levels=3)
        expected = method(adj).tolist()
        for kind in (sp.csr_array, sp.coo_matrix, sp.csc_array):
            assert method(kind(adj)).tolist() == expected


@pytest.mark.parametrize("method", METHODS)
def test_self_loops_and_isolated_nodes_stay_out(method):
    adj = np.diag([9.0, 9.0, 9.0])
    adj[0, 2] = adj[2, 0] = 1.0
    assert method(adj).tolist() == [[0, 2]]


@pytest.mark.parametrize("method", METHODS)
def test_an_edgeless_graph_has_an_empty_matching(method):
    assert method(np.zeros((3, 3))).shape == (0, 2)


@pytest.mark.parametrize("method", [gpa_matching, exact_matching])
def test_renumbering_moves_the_matching_where_weights_differ(
    method, random_graph
):
    for seed in range(20):
        adj = random_graph(seed, nodes=12, density=0.4)
        order = np.random.default_rng(seed).permutation(12)
        moved = method(adj[np.ix_(order, order)])
        back = sorted(sorted(edge) for edge in order[moved].tolist())
        assert back == method(adj).tolist()


@pytest.mark.parametrize(
    ("method", "ratio"),
    [(path_growing_matching, 0.96), (gpa_matching, 0.975)],
)
def test_pemsd7_is_matched_nearly_as_well_as_possible(pemsd7, method, ratio):
    best = weight_of(pemsd7, exact_matching(pemsd7))
    edges = method(pemsd7)
    assert ratio * best <= weight_of(pemsd7, edges) <= best
    assert is_maximal_matching(pemsd7, edges)


@pytest.mark.parametrize("method", METHODS)
def test_a_directed_graph_is_refused(method):
    with pytest.raises(ValueError, match="directed.*symmetrise"):
        method([[0, 1], [0, 0]])


def test_is_matching_accepts_the_result_of_each_method(random_graph):
    adj = random_graph(7)
    assert all(is_matching(adj, method(adj)) for method in METHODS)
