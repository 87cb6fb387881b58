"""rank_members and member_structure."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import member_structure
from keras_stunet.graph import partition
from keras_stunet.graph import rank_members
from keras_stunet.graph.partition import Partition


def grouped(labels, levels=()):
    size = max(labels) + 1
    return Partition(np.array(labels), np.zeros((size, size)), levels, None)


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
def test_ranks_and_rows_are_as_counted_by_hand(kind):
    # Edges 0-1: 1, 1-2: 5, 2-3: 2, 0-3: 4; degrees 5, 6, 7, 6, and a
    # self-loop at 0 that counts nowhere.
    adj = np.diag([50.0, 0.0, 0.0, 0.0])
    for u, v, w in ((0, 1, 1), (1, 2, 5), (2, 3, 2), (0, 3, 4)):
        adj[u, v] = adj[v, u] = w
    groups = grouped([0, 1, 0, 0])
    assert rank_members(kind(adj), groups).tolist() == [2, 0, 0, 1]
    # Rank order of super node 0 is 2, 3, 0.
    assert member_structure(kind(adj), groups, size=4).tolist() == [
        [0, 4, 0, 0],
        [0, 0, 0, 0],
        [0, 2, 0, 0],
        [2, 0, 4, 0],
    ]


def test_equal_degrees_are_ranked_by_index():
    # 0.1 + 0.2 + 0.3 depends on the order of the terms when rounded.
    adj = np.zeros((5, 5))
    for row, weights in ((0, (0.1, 0.2, 0.3)), (1, (0.3, 0.2, 0.1))):
        adj[row, 2:] = adj[2:, row] = weights
    assert rank_members(adj, grouped([0, 0, 1, 2, 3])).tolist()[:2] == [0, 1]
    swapped = adj[[1, 0, 2, 3, 4]][:, [1, 0, 2, 3, 4]]
    ranks = rank_members(swapped, grouped([0, 0, 1, 2, 3]))
    assert ranks.tolist()[:2] == [0, 1]


def test_ranks_count_up_by_falling_degree(pemsd7):
    result = partition(pemsd7)
    rank = rank_members(pemsd7, result)
    degree = pemsd7.sum(axis=1)
    for node in range(result.num_super_nodes):
        own = np.flatnonzero(result.labels == node)
        own = own[np.argsort(rank[own])]
        assert rank[own].tolist() == list(range(len(own)))
        assert (np.diff(degree[own]) <= 1e-12).all()


def test_rows_are_those_of_the_sub_graph(pemsd7):
    result = partition(pemsd7)
    rank = rank_members(pemsd7, result)
    structure = member_structure(pemsd7, result)
    assert structure.shape == (228, 4)
    expected = np.zeros((228, 4))
    for i in range(228):
        for j in np.flatnonzero(result.labels == result.labels[i]):
            expected[i, rank[j]] = pemsd7[i, j]
    np.testing.assert_array_equal(structure, expected)
    # All weight that the coarse graph lacks is in the rows.
    missing = pemsd7.sum() - result.adjacency.sum()
    assert structure.sum() == pytest.approx(missing)
    wide = member_structure(sp.csr_array(pemsd7), result, size=6)
    np.testing.assert_array_equal(wide[:, :4], expected)
    assert not wide[:, 4:].any()


def test_a_size_below_the_largest_super_node_is_named():
    path = [[0, 3, 0], [3, 0, 1], [0, 1, 0]]
    with pytest.raises(ValueError, match="size=1.*2 members.*size >= 2"):
        member_structure(path, partition(path, p=1), size=1)
    with pytest.raises(ValueError, match="`size` is.*expected an integer"):
        member_structure(path, partition(path, p=1), size=2.5)


@pytest.mark.parametrize("function", [rank_members, member_structure])
def test_the_coarse_graph_in_place_of_the_fine_one_is_named(function):
    half = np.diag(np.ones(5), 1)
    result = partition(half + half.T, p=1)
    with pytest.raises(ValueError, match="3 nodes, its partition 6.*coarse"):
        function(result.adjacency, result)
