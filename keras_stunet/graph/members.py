"""Order and structure of the members of each super node.

Pooling forgets which member of a super node a value came from. What is here
lets an unpooling layer tell the members apart again: by rank ("ordered
deconvolution") or by their edges to one another ("weighted deconvolution").
"""

import itertools
import math

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import check_count
from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.checks import without_self_loops


def rank_members(adj, partition):
    """Returns the rank of each node among the members of its super node.

    Rank 0 has the largest weighted degree `sum_(j != i) W_ij` in the
    fine graph; ties go to the smaller index. Degrees are summed without
    rounding error on the way, so that nodes with the same weights tie in
    whatever order these are stored.

    Args:
        adj: `(N, N)` undirected weighted adjacency of the fine graph, dense
            or sparse.
        partition: A `Partition` of its nodes.

    Returns:
        `(N,)` int64, `0 <= rank < size of the super node`.

    Raises:
        ValueError: The partition is of another number of nodes, or `adj` is
            no undirected adjacency (`check_adjacency`).

    Reference:
        ST-UNet, section 3.3, "ordered deconvolution": features are assigned
        to merged nodes by degree order.

    Example: node 1, between the two others, has the largest degree.

    >>> from keras_stunet.graph.partition import partition
    >>> path = [[0, 3, 0], [3, 0, 1], [0, 1, 0]]
    >>> rank_members(path, partition(path, p=1)).tolist()
    [1, 0, 0]
    """
    graph = _fine_graph(adj, partition)
    degree = [
        math.fsum(graph.data[a:b]) for a, b in itertools.pairwise(graph.indptr)
    ]
    # By super node, then by falling degree; the sort is stable.
    order = np.lexsort((-np.array(degree), partition.labels))
    sizes = partition.sizes
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    rank = np.empty(partition.num_nodes, dtype="int64")
    rank[order] = np.arange(partition.num_nodes) - starts
    return rank


def member_structure(adj, partition, size=None):
    """Returns each node's edges to the members of its own super node.

        S[i, r] = W_ij,  j the member of rank r in the super node of i

    Columns without a member are 0, as is a node's own column (self-loops
    are left out).

    Args:
        adj: `(N, N)` undirected weighted adjacency of the fine graph, dense
            or sparse.
        partition: A `Partition` of its nodes.
        size: Number of columns; by default that of the members of the
            largest super node. `2**p` gives the same width for each graph.

    Returns:
        `(N, size)` float64.

    Raises:
        ValueError: `size` is no integer or less than the largest super
            node; otherwise as `rank_members`.

    Reference:
        ST-UNet, section 3.3, "weighted deconvolution", which leaves the
        structural vector undefined. This is one reading of it.

    Example: nodes 0 and 1 are merged, node 1 has rank 0.

    >>> from keras_stunet.graph.partition import partition
    >>> path = [[0, 3, 0], [3, 0, 1], [0, 1, 0]]
    >>> member_structure(path, partition(path, p=1)).tolist()
    [[3.0, 0.0], [0.0, 3.0], [0.0, 0.0]]
    """
    edges = sp.coo_array(_fine_graph(adj, partition))
    rank = rank_members(adj, partition)
    largest = int(partition.sizes.max())
    size = check_count("size", largest if size is None else size, minimum=1)
    if size < largest:
        raise ValueError(
            f"size={size} was given, but the largest super node has "
            f"{largest} members; expected size >= {largest}. Leave it out "
            "for the smallest that fits."
        )
    labels = partition.labels
    inner = labels[edges.row] == labels[edges.col]
    structure = np.zeros((partition.num_nodes, size))
    structure[edges.row[inner], rank[edges.col[inner]]] = edges.data[inner]
    return structure


def _fine_graph(adj, partition):
    graph = without_self_loops(sp.csr_array(check_adjacency(adj)))
    if graph.shape[0] != partition.num_nodes:
        raise ValueError(
            f"The graph has {graph.shape[0]} nodes, its partition "
            f"{partition.num_nodes}; expected the same number. Give the "
            "graph that the partition was made from, not the coarse one."
        )
    return graph
