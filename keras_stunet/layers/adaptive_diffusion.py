"""Diffusion along a given and a learned graph: the graph in Graph WaveNet."""

import math

import keras
import numpy as np
import scipy.sparse as sp
from keras import ops

from keras_stunet.checks import check_count
from keras_stunet.graph import check_adjacency
from keras_stunet.graph import random_walk
from keras_stunet.layers.graph_weights import GraphWeights
from keras_stunet.layers.graph_weights import check_one_source
from keras_stunet.layers.rounding import matrix_product


@keras.saving.register_keras_serializable(package="keras_stunet")
class AdaptiveDiffusion(GraphWeights):
    """Diffusion terms of a signal along given edges and learned ones.

        x;   P^k x;   A^k x,    k = 1 ... K-1,    A = softmax(relu(E F^T))

    (Graph WaveNet, Wu et al. 2019, Eqs. 4 to 6.) `P = D_O^-1 W` is the random
    walk along the edges; of a directed graph that against them,
    `D_I^-1 W^T`, stands beside it. The rows of `E` and `F` `(N, rank)` are
    learned: what a node looks for and what it is found by. K is one more
    than the released code's `order`. That code multiplies by the transposes
    of these matrices; we keep to the paper.

    Nodes come before steps: then all terms of a window's steps are one matrix
    product, and nothing is transposed for it. All matrices are dense, as the
    learned one is.

    Args:
        K: Number of terms of each matrix, x included, at least 2.
        rank: Length of the vectors of a node.
        adjacency: `(N, N)` non-negative weights, directed or not, dense or
            `scipy.sparse`; saved as a weight, `None` in the config.
        graph_size: `{"nodes": N, "walks": W}` in place of `adjacency`: the
            sizes of a graph that is loaded later, with `"walks": 0` for no
            graph but the learned one.

    Input shape: `(B, N, ..., F)`, such as `(B, N, T, F)`.

    Output shape: `(B, N, ..., (1 + M (K-1)) F)`, M matrices, term by term: x,
    the walks, the learned graph.

    Raises:
        ValueError: For a bad adjacency, a `K` below 2, a `rank` below 1, an
            input of another number of nodes, or a graph that was never set.

    Example: an undirected edge; with vectors of zeros, A is the mean of all.

    >>> import numpy as np
    >>> layer = AdaptiveDiffusion(2, adjacency=[[0, 1], [1, 0]])
    >>> for vectors in layer.trainable_weights:
    ...     _ = vectors.assign(0 * vectors)
    >>> x = np.array([[[3.0], [5.0]]], dtype="float32")
    >>> np.array(layer(x)).tolist()  # x, P x, A x
    [[[3.0, 5.0, 4.0], [5.0, 3.0, 4.0]]]
    """

    def __init__(self, K=3, rank=10, adjacency=None, graph_size=None, **kwargs):
        K = check_count("K", K, 2)
        check_one_source(adjacency, graph_size, "adjacency", "graph_size")
        values = None
        if adjacency is not None:
            powers = _powers_of_walks(adjacency, K)  # (W (K-1), N, N)
            values = {"powers": powers}
            walks, nodes = len(powers) // (K - 1), powers.shape[-1]
            graph_size = {"nodes": nodes, "walks": walks}
        super().__init__(values, **kwargs)
        self.K = K
        self.rank = check_count("rank", rank, 1)
        self.graph_size = {
            "nodes": check_count("nodes", graph_size["nodes"], 1),
            "walks": check_count("walks", graph_size["walks"], 0),
        }
        self.build()

    @property
    def num_terms(self):
        """Number of terms, x included."""
        return 1 + (self.graph_size["walks"] + 1) * (self.K - 1)

    def build(self, input_shape=None):
        """Create the vectors, and the graph weights: NaN without a graph."""
        if self.built:
            return
        self.built = True
        nodes, walks = self.graph_size["nodes"], self.graph_size["walks"]
        if walks:
            self.powers = self.add_graph_weight(
                "powers", (walks * (self.K - 1), nodes, nodes)
            )
        self.seeking, self.found = (
            self.add_weight(
                shape=(nodes, self.rank),
                initializer=keras.initializers.RandomNormal(stddev=1.0),
                name=name,
            )
            for name in ("seeking", "found")
        )

    def call(self, x):
        self._check(x.shape)
        self.check_graph()
        nodes = self.graph_size["nodes"]
        A = matrix_product(self.seeking, ops.transpose(self.found))
        matrices = [ops.softmax(ops.relu(A))]  # (N, N)
        for _ in range(2, self.K):
            matrices.append(matrix_product(matrices[0], matrices[-1]))
        matrices = ops.stack(matrices)  # (K-1, N, N)
        if self.graph_size["walks"]:
            powers = ops.cast(self.powers, matrices.dtype)
            matrices = ops.concatenate([powers, matrices])  # (M (K-1), N, N)
        # One product of a window: (M (K-1) N, N) by (N, _ F)
        terms = matrix_product(
            ops.reshape(matrices, (-1, nodes)),
            ops.reshape(x, (-1, nodes, math.prod(x.shape[2:]))),
        )
        count = self.num_terms - 1
        terms = ops.reshape(terms, (-1, count, *x.shape[1:]))
        terms = [terms[:, i] for i in range(count)]  # (B, N, ..., F) each
        return ops.concatenate([x, *terms], axis=-1)

    def _check(self, shape):
        nodes = self.graph_size["nodes"]
        if len(shape) < 3 or shape[1] != nodes or None in shape[2:]:
            raise ValueError(
                f"The input of layer {self.name!r} has shape {tuple(shape)}; "
                f"expected (batch, {nodes}, ..., features), nodes on axis 1 "
                "and all sizes known but the batch's."
            )

    def compute_output_shape(self, input_shape):
        self._check(input_shape)
        return (*input_shape[:-1], self.num_terms * input_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "K": self.K,
            "rank": self.rank,
            "adjacency": None,
            "graph_size": self.graph_size,
        }


def _powers_of_walks(adjacency, K):
    # Of an undirected graph the walk against the edges is that along them.
    weights = sp.csr_array(check_adjacency(adjacency, symmetric=False))
    walks = [random_walk(weights).toarray()]
    if abs(weights - weights.T).max() > 0:
        walks.append(random_walk(weights.T).toarray())
    powers = [
        [np.linalg.matrix_power(P, k) for k in range(1, K)] for P in walks
    ]
    return np.concatenate(powers)
