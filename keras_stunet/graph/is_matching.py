"""Verifiers of matchings, and the edge lists that matchings work on."""

import itertools

import numpy as np
import scipy.sparse as sp

from keras_stunet.graph.checks import check_adjacency


def is_matching(adj, edges):
    """Returns whether `edges` are edges of a graph that share no node.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.
        edges: `(M, 2)` node indices, each pair in either order.

    Returns:
        `True` or `False`.

    Raises:
        ValueError: `edges` are no pairs of integers, or `adj` is no
            undirected adjacency (`check_adjacency`).

    Example:
    >>> path = [[0, 2, 0], [2, 0, 3], [0, 3, 0]]
    >>> is_matching(path, [[0, 1]]), is_matching(path, [[0, 1], [1, 2]])
    (True, False)
    """
    edges = _check_edges(edges)
    rows = [dict(row) for row in neighbour_lists(adj)]
    nodes = edges.ravel().tolist()
    if not all(0 <= node < len(rows) for node in nodes):
        return False
    if len(set(nodes)) < len(nodes):
        return False
    return all(v in rows[u] for u, v in edges.tolist())


def is_maximal_matching(adj, edges):
    """Returns whether `edges` are a matching that no edge can be added to.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.
        edges: `(M, 2)` node indices, each pair in either order.

    Returns:
        `True` or `False`.

    Raises:
        ValueError: As `is_matching`.

    Example:
    >>> path = [[0, 2, 0], [2, 0, 3], [0, 3, 0]]
    >>> is_maximal_matching(path, [[0, 1]]), is_maximal_matching(path, [])
    (True, False)
    """
    if not is_matching(adj, edges):
        return False
    used = set(_check_edges(edges).ravel().tolist())
    return not any(
        u not in used and v not in used
        for u, row in enumerate(neighbour_lists(adj))
        for v, _ in row
    )


def _check_edges(edges):
    edges = np.asarray(edges)
    if edges.size == 0:
        return np.zeros((0, 2), dtype="int64")
    if edges.ndim != 2 or edges.shape[1] != 2 or edges.dtype.kind not in "iu":
        raise ValueError(
            f"The edges have shape {edges.shape} and dtype {edges.dtype}; "
            "expected pairs of node indices (M, 2). Give one row (u, v) for "
            "each edge."
        )
    return edges


def neighbour_lists(adj):
    """Returns the neighbours of each node, with the weights of the edges.

    Plain lists are several times faster than arrays in the loops over
    single entries that matching algorithms are made of.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse; it may
            be edgeless.

    Returns:
        List of `N` lists of pairs `(neighbour, weight)`, by increasing
        neighbour, without self-loops.

    Raises:
        ValueError: `adj` is no undirected adjacency (`check_adjacency`).

    Example:
    >>> neighbour_lists([[0, 2], [2, 9]])
    [[(1, 2.0)], [(0, 2.0)]]
    """
    graph = sp.csr_array(check_adjacency(adj, edgeless=True))
    ends, ids, weights = (
        part.tolist() for part in (graph.indptr, graph.indices, graph.data)
    )
    return [
        [(v, w) for v, w in zip(ids[a:b], weights[a:b], strict=True) if v != u]
        for u, (a, b) in enumerate(itertools.pairwise(ends))
    ]
