"""Multilevel graph partition: which nodes are pooled into one."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import scipy.sparse.csgraph

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.matching import exact_matching
from keras_stunet.graph.matching import gpa_matching
from keras_stunet.graph.matching import path_growing_matching

_METHODS = {
    "pga": path_growing_matching,
    "gpa": gpa_matching,
    "exact": exact_matching,
}


class Partition(NamedTuple):
    """A graph's nodes in disjoint groups, the super nodes.

    Attributes:
        labels: `(N,)` int64, the super node of each node. Super nodes are
            numbered in the order of their smallest member.
        adjacency: `(N', N')` float64 weights between super nodes, dense or
            CSR as the graph was.
        levels: One int64 array for each round of matching. `levels[r]` has
            one entry for each super node before round `r` (`levels[0]`:
            for each node) and says which super node of that round it went
            to. `labels` is their composition.
        graph: `(N, N)` float64 weights of the graph that was partitioned,
            dense or CSR as it was.

    Example:
    >>> pair = partition([[0, 1], [1, 0]], p=1)
    >>> pair.num_nodes, pair.num_super_nodes, pair.sizes.tolist()
    (2, 1, [2])
    """

    labels: np.ndarray
    adjacency: np.ndarray | sp.csr_array
    levels: tuple[np.ndarray, ...]
    graph: np.ndarray | sp.csr_array

    @property
    def sizes(self):
        """`(N',)` int64, the number of members of each super node."""
        return np.bincount(self.labels, minlength=self.num_super_nodes)

    @property
    def num_nodes(self):
        """The number `N` of nodes."""
        return len(self.labels)

    @property
    def num_super_nodes(self):
        """The number `N'` of super nodes, about `N / 2^p`."""
        return self.adjacency.shape[0]


def partition(adj, p=2, method="pga"):
    """Returns the partition of a graph into about `N / 2^p` super nodes.

    Each of `p` rounds finds a heavy matching of the current graph and
    merges the two ends of each of its edges, so that a super node has at
    most `2^p` members. Nodes that stay unmatched (isolated ones always do)
    go to the next round alone. Members of a super node are connected; two
    components of the graph are never merged. The same graph always gives
    the same partition; renumbering the nodes may change it.

    Cost: `p` times that of the matching, at most O(m log m) for `"pga"`
    and `"gpa"`.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.
        p: Number of rounds; 0 gives each node a super node of its own,
            and `adj` unchanged.
        method: `"pga"` (path growing, ST-UNet's Algorithm 1), `"gpa"`
            (global paths) or `"exact"` (blossom).

    Returns:
        A `Partition`.

    Raises:
        ValueError: `p` is no integer >= 0, or so large that a round finds
            no edge to merge; `method` is unknown; `adj` is no undirected
            adjacency (`check_adjacency`).

    Reference:
        ST-UNet, section 3.2, equation 4 and Algorithm 1.

    Example: on the path 0 -3- 1 -1- 2 -2- 3, the pairs {0, 1} and {2, 3}
    merge, and the edge of weight 1 is left between them.

    >>> path = [[0, 3, 0, 0], [3, 0, 1, 0], [0, 1, 0, 2], [0, 0, 2, 0]]
    >>> halves = partition(path, p=1)
    >>> halves.labels.tolist(), halves.adjacency.tolist()
    ([0, 0, 1, 1], [[0.0, 1.0], [1.0, 0.0]])
    """
    p = check_count("p", p, minimum=0)
    check_choice("method", method, tuple(_METHODS))
    adj = check_adjacency(adj)
    graph = adj
    labels = np.arange(adj.shape[0])
    levels = []
    for done in range(p):
        edges = _METHODS[method](adj)
        if not len(edges):
            raise ValueError(
                f"p={p} was given, but after {done} rounds no edge is left "
                f"to merge; expected p <= {done} for this graph. Use "
                f"p={done}, or a graph with more edges.{_hint(done)}"
            )
        level = _merge(adj.shape[0], edges)
        adj = coarsen(adj, level)
        labels = level[labels]
        levels.append(level)
    return Partition(labels, adj, tuple(levels), graph)


def coarsen(adj, labels):
    """Returns the graph between super nodes.

        W'_ab = sum of W_ij over i in a, j in b   for a != b
        W'_aa = 0

    Parallel edges add up; edges inside a super node and self-loops are
    dropped. Dense and sparse input give the same sums, to the last bit.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.
        labels: `(N,)` int, the super node of each node (`is_partition`).

    Returns:
        `(N', N')` float64 symmetric weights, dense or CSR as `adj`; they
        are all zero where each component is one super node.

    Raises:
        ValueError: `labels` is no partition of the nodes, or `adj` is no
            undirected adjacency (`check_adjacency`).

    Example:
    >>> coarsen([[0, 5, 1], [5, 0, 2], [1, 2, 0]], [0, 0, 1]).tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    """
    adj = check_adjacency(adj)
    if not is_partition(labels, adj.shape[0]):
        raise ValueError(
            f"The labels {_brief(labels)} are no partition of "
            f"{adj.shape[0]} nodes; expected one integer for each node and "
            "every number from 0 to the largest in use. Renumber them with "
            "`np.unique(labels, return_inverse=True)[1]`."
        )
    # In 64 bits, whatever came: pairs of labels are numbered below.
    labels = np.asarray(labels).astype("int64")
    size = int(labels.max()) + 1
    edges = sp.coo_array(sp.csr_array(adj))  # row by row, as is sparse input
    one_way = edges.row < edges.col  # each edge once, mirrored at the end
    ends = np.stack([labels[edges.row], labels[edges.col]])
    crossing = one_way & (ends[0] != ends[1])
    ends = ends[:, crossing]
    keys, place = np.unique(ends[0] * size + ends[1], return_inverse=True)
    sums = np.bincount(place, weights=edges.data[crossing], minlength=len(keys))
    half = sp.coo_array((sums, (keys // size, keys % size)), (size, size))
    if sp.issparse(adj):
        return sp.csr_array(half + half.T)
    half = half.toarray()
    return half + half.T


def is_partition(labels, num_nodes):
    """Returns whether labels put each node into exactly one super node.

    Args:
        labels: `(N,)` int, the super node of each node.
        num_nodes: The number `N` of nodes.

    Returns:
        `True` if there is one integer for each node, and the integers are
        0 to some largest one without a gap (no super node is empty).

    Example:
    >>> is_partition([0, 1, 0], 3), is_partition([0, 2, 0], 3)
    (True, False)
    """
    labels = np.asarray(labels)
    if labels.shape != (num_nodes,) or labels.dtype.kind not in "iu":
        return False
    used = np.unique(labels)
    return bool((used == np.arange(len(used))).all())


def connected_components(adj):
    """Returns the connected component of each node.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse; it may
            be edgeless.

    Returns:
        `(N,)` int64 labels, numbered in the order of the smallest member.

    Raises:
        ValueError: `adj` is no undirected adjacency (`check_adjacency`).

    Example:
    >>> connected_components([[0, 0, 1], [0, 0, 0], [1, 0, 0]]).tolist()
    [0, 1, 0]
    """
    adj = sp.csr_array(check_adjacency(adj))
    _, labels = scipy.sparse.csgraph.connected_components(adj, directed=False)
    return _in_order(labels)


def _merge(num_nodes, edges):
    leader = np.arange(num_nodes)
    leader[edges[:, 1]] = edges[:, 0]  # u < v: the smaller end leads
    return _in_order(leader)


def _in_order(labels):
    # Renumbers labels by first appearance, which is the smallest member.
    _, first, place = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place]


def _hint(done):
    if done:
        return ""
    return (
        " p=0 leaves each node by itself (-p 0 on the command line). If "
        "weights were made from distances, check their unit, and the "
        "`epsilon` of `gaussian_adjacency`."
    )


def _brief(labels):
    return np.array2string(np.asarray(labels).ravel(), threshold=8)
