"""Random walks along directed edges: the matrices of diffusion."""

import numpy as np
import scipy.sparse as sp

from keras_stunet.graph.checks import check_adjacency


def random_walk(adj):
    """Returns the transition matrix of a random walk on a directed graph.

        P = D_O^-1 W,   D_O,ii = sum_j W_ij

    `P_ij` is the probability to go from node i to node j, so `P x` is at
    each node the weighted mean of `x` over the nodes that its edges lead to.
    Each row sums to 1, but for a node that no edge leaves: there `D_O,ii` is
    0 and the row is defined as zero (as DCRNN does), the walk ends.

    Self-loops are kept (see `with_self_loops`). The walk against the edges
    is that of the transposed graph, `random_walk(adj.T)`.

    Args:
        adj: `(N, N)` weighted adjacency, directed or not, dense or sparse.

    Returns:
        `(N, N)` float64 `P`, dense or CSR as `adj`.

    Raises:
        ValueError: `adj` is no adjacency (`check_adjacency`).

    Reference:
        Li, Yu, Shahabi, Liu: "Diffusion convolutional recurrent neural
        network" (ICLR 2018), section 2.2.

    Example: from node 0 to 1 and, three times as likely, to 2.

    >>> random_walk([[0, 1, 3], [2, 0, 0], [0, 0, 0]]).tolist()
    [[0.0, 0.25, 0.75], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    adj = check_adjacency(adj, symmetric=False)
    degree = np.asarray(adj.sum(axis=1)).ravel()
    if sp.issparse(adj):
        adj.data /= np.repeat(degree, np.diff(adj.indptr))
        return adj
    return adj / np.where(degree > 0, degree, 1.0)[:, None]


def with_self_loops(adj):
    """Returns a graph in which every node has an edge to itself.

    DCRNN's graphs have them: weights are `exp(-(d / sigma)^2)`, and a node
    is at distance 0 from itself, so the weight is 1. A walk may then stay,
    and no node is without an edge that leaves it.

    Args:
        adj: `(N, N)` weighted adjacency, directed or not, dense or sparse.

    Returns:
        `(N, N)` float64, dense or CSR as `adj`: entries of the diagonal that
        are 0 become 1, all others stay as they are.

    Raises:
        ValueError: `adj` is no adjacency (`check_adjacency`).

    Example:
    >>> with_self_loops([[0, 0.5], [0, 0.9]]).tolist()
    [[1.0, 0.5], [0.0, 0.9]]
    """
    adj = check_adjacency(adj, symmetric=False)
    missing = (adj.diagonal() == 0).astype("float64")
    if sp.issparse(adj):
        return sp.csr_array(adj + sp.diags_array(missing, format="csr"))
    return adj + np.diag(missing)
