"""Where to draw the nodes of a graph."""

import networkx as nx
import numpy as np
import scipy.sparse as sp

# Above this many nodes all pairs of distances take too long.
ALL_PAIRS_LIMIT = 300


def node_positions(adjacency, coordinates=None):
    """Where to draw each node.

    Args:
        adjacency: `(N, N)` edge weights, dense or `scipy.sparse`.
        coordinates: `(N, 2)` latitude and longitude, NaN where unknown; or
            `None`.

    Returns:
        `(N, 2)` positions x and y. With at least one known place these are
        longitude and latitude, NaN for nodes without; else a layout of the
        graph, always the same one.
    """
    if coordinates is not None:
        places = np.asarray(coordinates, dtype=float)[:, ::-1].copy()
        places[~np.isfinite(places).all(axis=1)] = np.nan
        if np.isfinite(places).any():
            return places
    graph = nx.Graph()
    graph.add_nodes_from(range(adjacency.shape[0]))
    graph.add_edges_from(edges_of(adjacency).tolist())
    # Between pieces networkx takes 10^6 as the distance, beside which those
    # within a piece vanish.
    if len(graph) <= ALL_PAIRS_LIMIT and nx.is_connected(graph):
        places = nx.kamada_kawai_layout(graph, weight=None)
    else:
        places = nx.spring_layout(graph, weight=None, seed=0)
    return np.array([places[node] for node in range(len(graph))])


def edges_of(adjacency):
    """Pairs of nodes with an edge in either direction.

    Args:
        adjacency: `(N, N)` edge weights, dense or `scipy.sparse`.

    Returns:
        `(E, 2)` integers, each pair once, the smaller node first; no
        self-loops.

    Example:
    >>> edges_of(np.array([[5, 0, 0], [1, 0, 0], [0, 2, 0]])).tolist()
    [[0, 1], [1, 2]]
    """
    edges = sp.coo_array(adjacency)
    ends = np.stack([edges.row, edges.col], axis=1)[edges.data != 0]
    ends = np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1)
    return np.unique(ends.astype(np.int64), axis=0).reshape(-1, 2)
