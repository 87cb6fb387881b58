"""partition, coarsen, is_partition and connected_components."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import coarsen
from keras_stunet.graph import connected_components
from keras_stunet.graph import exact_matching
from keras_stunet.graph import gpa_matching
from keras_stunet.graph import is_maximal_matching
from keras_stunet.graph import is_partition
from keras_stunet.graph import partition
from keras_stunet.graph import path_growing_matching

METHODS = {
    "pga": path_growing_matching,
    "gpa": gpa_matching,
    "exact": exact_matching,
}


def dense(matrix):
    return matrix.toarray() if sp.issparse(matrix) else matrix


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
def test_a_path_of_six_is_partitioned_by_hand(kind):
    # 0 -9- 1 -1- 2 -8- 3 -2- 4 -7- 5 gives {0,1} -1- {2,3} -2- {4,5},
    # then {0,1} alone and {2,3,4,5}.
    half = np.diag([9.0, 1.0, 8.0, 2.0, 7.0], 1)
    adj = kind(half + half.T)
    once, twice = partition(adj, p=1), partition(adj, p=2)
    assert once.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert dense(once.adjacency).tolist() == [[0, 1, 0], [1, 0, 2], [0, 2, 0]]
    assert twice.labels.tolist() == [0, 0, 1, 1, 1, 1]
    assert dense(twice.adjacency).tolist() == [[0, 1], [1, 0]]
    assert [level.tolist() for level in twice.levels] == [
        [0, 0, 1, 1, 2, 2],
        [0, 1, 1],
    ]
    assert twice.sizes.tolist() == [2, 4]
    assert (twice.num_nodes, twice.num_super_nodes) == (6, 2)
    assert sp.issparse(twice.adjacency) == sp.issparse(adj)


@pytest.mark.parametrize("method", METHODS)
def test_each_round_merges_the_edges_of_its_matching(method, random_graph):
    for seed in range(20):
        adj = random_graph(seed, nodes=20, density=0.2)
        result = partition(adj, p=2, method=method)
        current, labels = adj, np.arange(20)
        for level in result.levels:
            assert is_partition(level, len(current))
            pairs = [
                np.flatnonzero(level == s).tolist() for s in np.unique(level)
            ]
            matched = [pair for pair in pairs if len(pair) == 2]
            assert {len(pair) for pair in pairs} <= {1, 2}
            assert matched == METHODS[method](current).tolist()
            assert is_maximal_matching(current, matched)
            current, labels = coarsen(current, level), level[labels]
        np.testing.assert_array_equal(result.labels, labels)
        np.testing.assert_array_equal(result.adjacency, current)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("p", [1, 2, 3])
def test_super_nodes_keep_what_a_partition_promises(method, p, random_graph):
    for seed in range(10):
        adj = random_graph(seed, nodes=40, density=0.08)
        result = partition(adj, p=p, method=method)
        labels = result.labels
        assert is_partition(labels, 40)
        assert result.sizes.max() <= 2**p and result.sizes.sum() == 40
        assert np.bincount(labels).tolist() == result.sizes.tolist()
        # Numbered by smallest member: first appearances increase.
        first = np.unique(labels, return_index=True)[1]
        assert (np.diff(first) > 0).all()
        # Coarse weight and inner weight make up the whole.
        inner = adj[labels[:, None] == labels[None, :]].sum()
        assert result.adjacency.sum() + inner == pytest.approx(adj.sum())
        assert not result.adjacency.diagonal().any()
        # The members of each super node hang together.
        for node in range(result.num_super_nodes):
            own = np.flatnonzero(labels == node)
            assert connected_components(adj[np.ix_(own, own)]).max() == 0


def test_coarse_weights_are_sums_over_members(random_graph):
    adj = random_graph(3, nodes=15, density=0.5) + np.diag(np.ones(15))
    labels = np.random.default_rng(3).permutation(15) % 4
    member = np.eye(4)[labels]  # (N, N')
    expected = member.T @ adj @ member
    np.fill_diagonal(expected, 0.0)
    got = coarsen(adj, labels)
    np.testing.assert_allclose(got, expected)
    np.testing.assert_array_equal(got, got.T)
    sparse = coarsen(sp.csc_array(adj), labels)
    assert isinstance(sparse, sp.csr_array)
    np.testing.assert_array_equal(sparse.toarray(), got)


def test_no_round_gives_each_node_its_own_super_node(random_graph):
    adj = random_graph(0) + np.eye(12)
    result = partition(adj, p=0)
    assert result.labels.tolist() == list(range(12))
    np.testing.assert_array_equal(result.adjacency, adj)
    assert result.levels == ()
    assert result.sizes.tolist() == [1] * 12


@pytest.mark.parametrize("method", METHODS)
def test_dense_and_sparse_give_the_same_partition(method, pemsd7):
    one = partition(pemsd7, method=method)
    other = partition(sp.coo_array(pemsd7), method=method)
    np.testing.assert_array_equal(one.labels, other.labels)
    assert isinstance(other.adjacency, sp.csr_array)
    np.testing.assert_array_equal(one.adjacency, other.adjacency.toarray())


def test_a_sparse_graph_is_never_densified(monkeypatch):
    def refuse(self, *args, **kwargs):
        raise AssertionError("densified")

    for kind in (sp.csr_array, sp.csc_array, sp.coo_array):
        monkeypatch.setattr(kind, "toarray", refuse)
        monkeypatch.setattr(kind, "todense", refuse)
    nodes = 3000
    line = sp.diags_array(np.ones(nodes - 1), offsets=1, shape=(nodes, nodes))
    result = partition(line + line.T)
    assert result.sizes.tolist() == [4] * (nodes // 4)
    assert result.adjacency.nnz == 2 * (nodes // 4 - 1)


def test_memory_grows_with_the_edges_alone():
    def peak(nodes):
        rng = np.random.default_rng(0)
        ends = rng.integers(0, nodes, (2, 5 * nodes))
        weights = rng.uniform(0.1, 1.0, 5 * nodes)
        half = sp.triu(sp.coo_array((weights, tuple(ends)), (nodes, nodes)), 1)
        adj = sp.csr_array(half + half.T)
        tracemalloc.start()
        result = partition(adj)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert result.sizes.max() <= 4
        return found / adj.nnz

    small, large = peak(2000), peak(8000)  # N x N would be four times as much
    assert large < 1.2 * small
    assert large < 300  # bytes an edge and direction; a row of a matrix: 12


def test_labels_of_few_bits_give_the_same_coarse_graph():
    # 20 super nodes: their pairs are numbered up to 399, beyond 8 bits.
    half = sp.diags_array(np.ones(39), offsets=1, shape=(40, 40))
    adj, labels = half + half.T, np.arange(40) // 2
    expected = coarsen(adj, labels).toarray()
    assert expected.sum() == 38
    np.testing.assert_array_equal(
        coarsen(adj, labels.astype("uint8")).toarray(), expected
    )


def test_pemsd7_shrinks_to_its_known_sizes(pemsd7):
    result = partition(pemsd7, p=2, method="pga")
    assert [len(level) for level in result.levels] == [228, 122]
    assert result.num_super_nodes == 68
    assert np.bincount(result.sizes).tolist() == [0, 7, 7, 9, 45]


def test_isolated_stations_stay_alone(pemsd7):
    result = partition(pemsd7)
    alone = np.flatnonzero(pemsd7.sum(axis=1) == 0)
    assert len(alone) == 3
    assert result.sizes[result.labels[alone]].tolist() == [1, 1, 1]


@pytest.mark.parametrize("bad", [-1, 1.0, True, "2", None])
def test_a_bad_number_of_rounds_is_named(bad):
    with pytest.raises(
        ValueError, match="`p` is.*expected an integer of at least 0"
    ):
        partition([[0, 1], [1, 0]], p=bad)


def test_too_many_rounds_name_the_largest_usable_number():
    half = np.diag(np.ones(4), 1)  # a path of 5 nodes: 5, 3, 2, 1
    path = half + half.T
    assert partition(path, p=3).num_super_nodes == 1
    with pytest.raises(ValueError, match=r"p=5.*p <= 3.*Use p=3"):
        partition(path, p=5)


def test_an_edgeless_graph_can_only_be_left_as_it_is():
    message = "p <= 0 .*p=0 leaves each node by itself.*epsilon"
    with pytest.raises(ValueError, match=message):
        partition(np.zeros((3, 3)), p=1)
    assert partition(np.zeros((3, 3)), p=0).num_super_nodes == 3


def test_an_unknown_method_names_the_nearest():
    with pytest.raises(ValueError, match=r"'exakt'.*mean 'exact'\?"):
        partition([[0, 1], [1, 0]], method="exakt")


@pytest.mark.parametrize("bad", [[0, 0], [0, 2, 0], [0, 1, -1], [0.0, 1, 1]])
def test_labels_that_are_no_partition_are_named(bad):
    assert not is_partition(bad, 3)
    with pytest.raises(ValueError, match="no partition of 3 nodes.*np.unique"):
        coarsen([[0, 1, 0], [1, 0, 1], [0, 1, 0]], bad)


def test_any_gapless_labels_are_a_partition():
    assert is_partition([1, 0, 1], 3)
    assert is_partition(np.array([0], "uint8"), 1)
    assert not is_partition([[0], [1], [0]], 3)


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
def test_components_are_numbered_by_smallest_member(kind):
    adj = np.zeros((6, 6))
    for u, v in ((1, 4), (4, 5), (0, 3)):
        adj[u, v] = adj[v, u] = 0.5
    assert connected_components(kind(adj)).tolist() == [0, 1, 2, 0, 1, 1]
