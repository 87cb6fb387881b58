"""The verifiers, on the path 0 -2- 1 -3- 2 -4- 3 with 4 isolated."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import is_matching
from keras_stunet.graph import is_maximal_matching
from keras_stunet.graph.is_matching import edge_list

HALF = np.diag([2.0, 3.0, 4.0, 0.0], 1)
PATH = HALF + HALF.T


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
@pytest.mark.parametrize(
    ("edges", "matching", "maximal"),
    [
        ([], True, False),
        ([[0, 1]], True, False),
        ([[1, 2]], True, True),
        ([[2, 1]], True, True),
        ([[0, 1], [2, 3]], True, True),
        ([[0, 1], [1, 2]], False, False),  # share node 1
        ([[0, 1], [0, 1]], False, False),  # the same edge twice
        ([[0, 2]], False, False),  # no edge
        ([[0, 1], [2, 3], [4, 4]], False, False),  # no edge to itself
        ([[-1, 3]], False, False),  # no such node
        ([[-2, 2]], False, False),  # nodes are not counted from the end
        ([[5, 3]], False, False),
    ],
)
def test_matchings_are_told_from_others(kind, edges, matching, maximal):
    assert is_matching(kind(PATH), edges) is matching
    assert is_maximal_matching(kind(PATH), edges) is maximal


@pytest.mark.parametrize("verifier", [is_matching, is_maximal_matching])
@pytest.mark.parametrize("bad", [[0, 1], [[0, 1, 2]], [[0.0, 1.0]]])
def test_what_is_no_list_of_pairs_is_named(verifier, bad):
    with pytest.raises(ValueError, match=r"pairs of node indices \(M, 2\)"):
        verifier(PATH, bad)


@pytest.mark.parametrize("kind", [np.array, sp.csr_array, sp.coo_array])
def test_edges_come_once_by_their_ends_without_self_loops(kind):
    looped = PATH + np.diag([0.0, 7.0, 0.0, 0.0, 7.0])
    u, v, weight = edge_list(kind(looped))
    assert u.dtype == v.dtype == "int64"
    assert list(zip(u.tolist(), v.tolist(), weight.tolist(), strict=True)) == [
        (0, 1, 2.0),
        (1, 2, 3.0),
        (2, 3, 4.0),
    ]
