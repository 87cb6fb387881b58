"""Verifiers of matchings, and the list of edges that matchings work on."""

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
    edges = _check_edges(edges).astype("int64")
    u, v, _ = edge_list(adj)
    size = np.shape(adj)[0]
    if ((edges < 0) | (edges >= size)).any():
        return False
    if len(np.unique(edges)) < edges.size:
        return False
    low, high = edges.min(axis=1, initial=size), edges.max(axis=1, initial=-1)
    return bool(np.isin(low * size + high, u * size + v).all())


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
    used = np.zeros(np.shape(adj)[0], dtype=bool)
    used[_check_edges(edges)] = True
    u, v, _ = edge_list(adj)
    return bool((used[u] | used[v]).all())


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


def edge_list(adj):
    """Returns the edges of a graph, each once.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse; it may
            be edgeless.

    Returns:
        `(u, v, weight)`, each `(M,)`: the ends, int64 with `u < v`, and the
        float64 weight, sorted by `(u, v)`. Self-loops are left out.

    Raises:
        ValueError: `adj` is no undirected adjacency (`check_adjacency`).

    Example:
    >>> [part.tolist() for part in edge_list([[0, 2], [2, 9]])]
    [[0], [1], [2.0]]
    """
    graph = sp.coo_array(sp.csr_array(check_adjacency(adj)))
    upper = graph.row < graph.col
    u, v = (end[upper].astype("int64") for end in (graph.row, graph.col))
    return u, v, graph.data[upper]
