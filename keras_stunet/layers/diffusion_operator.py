"""Diffusion along and against directed edges: the graph inside DCRNN."""

import keras
import scipy.sparse as sp

from keras_stunet.graph import check_adjacency
from keras_stunet.graph import random_walk
from keras_stunet.layers.graph_operator import GraphOperator


@keras.saving.register_keras_serializable(package="keras_stunet")
class DiffusionOperator(GraphOperator):
    """Diffusion terms of a signal on a directed graph, in both directions.

        x,   x_1 = P x,   x_k = 2 P x_{k-1} - x_{k-2},   k = 2 ... K-1

    for `P = D_O^-1 W`, the random walk along the edges, and anew from x for
    `P = D_I^-1 W^T`, the walk against them (DCRNN, Li et al. 2018, Eq. 2):
    x once, then K-1 terms a direction. K is one more than the released
    code's `max_diffusion_step`. A node that no edge leaves (or enters) has
    a row of zeros in that P.

    The paper writes powers `P^k`; its released code takes the recursion
    above, and so do we: both span the same filters. That code also starts
    the second direction from the first term of the first one, and multiplies
    by the transposes of the P above; we keep to the paper.

    Everything else, the two paths included, is as in `GraphOperator`; it
    takes the sparse path where less than 0.5 % of each P is not zero.

    Args:
        K: Number of terms of each direction, x included, at least 1.
        adjacency: `(N, N)` non-negative weights, directed or not, dense or
            `scipy.sparse`; saved as a weight, `None` in the config.
        propagation: `"auto"`, `"dense"` or `"edges"`.
        graph_size: Sizes of a graph that is loaded later; only in configs.

    Input shape: `(..., N, F)`.

    Output shape: `(..., N, (2 K - 1) F)`, term by term: x, along, against.

    Raises:
        ValueError: For a bad adjacency, `K`, `propagation`, another number
            of nodes than `N`, or a graph that was never set.

    Example: an edge from node 0 to node 1.

    >>> import numpy as np
    >>> terms = DiffusionOperator(2, adjacency=[[0, 1], [0, 0]])
    >>> x = np.array([[3.0], [5.0]], dtype="float32")
    >>> np.array(terms(x)).tolist()  # x, what lies ahead, what lies behind
    [[3.0, 5.0, 0.0], [5.0, 0.0, 3.0]]
    """

    num_supports = 2
    symmetric = False

    @staticmethod
    def supports(adjacency):
        adjacency = check_adjacency(adjacency, symmetric=False)
        adjacency = sp.csr_array(adjacency)
        return [random_walk(adjacency), random_walk(adjacency.T)]
