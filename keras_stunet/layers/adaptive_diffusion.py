"""Diffusion along a given and a learned graph: the graph in Graph WaveNet."""

from math import prod

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
    """Diffusion along given edges and along learned ones.

        y = sum_k P^k x_k + sum_k A^k x'_k,    k = 1 ... K-1
        A = softmax(relu(E F^T))

    (Graph WaveNet, Wu et al. 2019, Eqs. 4 to 6; `x_k` is the signal times the
    kernel of its term, and the term of k = 0 needs no graph.) `P = D_O^-1 W`
    is the random walk along the edges; of a directed graph that against them,
    `D_I^-1 W^T`, stands beside it. The rows of `E` and `F` `(N, rank)` are
    learned: what a node looks for and what it is found by. K is one more
    than the released code's `order`. That code multiplies by the transposes
    of these matrices; we keep to the paper.

    The highest power comes first, `P (x_1 + P (x_2 + ...))`: one product with
    a matrix a term, and no power of it is made. All matrices are dense, as
    the learned one is.

    Args:
        K: Number of terms of each matrix, that of k = 0 included, at least 2.
        rank: Length of the vectors of a node.
        adjacency: `(N, N)` non-negative weights, directed or not, dense or
            `scipy.sparse`; saved as a weight, `None` in the config.
        graph_size: `{"nodes": N, "walks": W}` in place of `adjacency`: the
            sizes of a graph that is loaded later, with `"walks": 0` for no
            graph but the learned one.

    Input shape: a list of terms `(B, N, ..., U)`, such as `(B, N, T, U)`: K-1
    of each matrix, those of the walks first, `x_1` first.

    Output shape: `(B, N, ..., U)`.

    Raises:
        ValueError: For a bad adjacency, a `K` below 2, a `rank` below 1, an
            input of another number of nodes, another number of terms, terms
            of several shapes, or a graph that was never set.

    Example: an undirected edge; with vectors of zeros, A is the mean of all.

    >>> import numpy as np
    >>> layer = AdaptiveDiffusion(2, adjacency=[[0, 1], [1, 0]])
    >>> for vectors in layer.trainable_weights:
    ...     _ = vectors.assign(0 * vectors)
    >>> x = np.array([[[3.0], [5.0]]], dtype="float32")
    >>> np.array(layer([x, x])).tolist()  # P x + A x
    [[[9.0], [7.0]]]
    """

    def __init__(self, K=3, rank=10, adjacency=None, graph_size=None, **kwargs):
        K = check_count("K", K, 2)
        check_one_source(adjacency, graph_size, "adjacency", "graph_size")
        values = None
        if adjacency is not None:
            walks = _walks(adjacency)  # (W, N, N)
            values = {"walks": walks}
            graph_size = {"nodes": walks.shape[-1], "walks": len(walks)}
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
        """Number of terms of the input."""
        return (self.graph_size["walks"] + 1) * (self.K - 1)

    def build(self, input_shape=None):
        """Create the vectors, and the graph weights: NaN without a graph."""
        if self.built:
            return
        self.built = True
        nodes, walks = self.graph_size["nodes"], self.graph_size["walks"]
        if walks:
            self.walks = self.add_graph_weight("walks", (walks, nodes, nodes))
        self.seeking, self.found = (
            self.add_weight(
                shape=(nodes, self.rank),
                initializer=keras.initializers.RandomNormal(stddev=1.0),
                name=name,
            )
            for name in ("seeking", "found")
        )

    def call(self, terms):
        self.compute_output_shape([term.shape for term in terms])
        self.check_graph()
        A = matrix_product(self.seeking, ops.transpose(self.found))
        matrices = [ops.softmax(ops.relu(A))]  # (N, N)
        if self.graph_size["walks"]:
            walks = ops.cast(self.walks, A.dtype)
            matrices = [*ops.unstack(walks), *matrices]
        # One product of a term and window: (N, N) by (N, _ U)
        _, nodes, *rest = terms[0].shape
        terms = iter([ops.reshape(x, (-1, nodes, prod(rest))) for x in terms])
        y = 0
        for matrix in matrices:
            z = 0
            for x in reversed([next(terms) for _ in range(self.K - 1)]):
                z = matrix_product(matrix, z + x)
            y = y + z
        return ops.reshape(y, (-1, nodes, *rest))

    def compute_output_shape(self, input_shape):
        nodes = self.graph_size["nodes"]
        if len(input_shape) != self.num_terms:
            raise ValueError(
                f"Layer {self.name!r} was given {len(input_shape)} terms; "
                f"expected {self.num_terms}."
            )
        shapes = [tuple(shape) for shape in input_shape]
        for shape in shapes:
            if len(shape) < 3 or shape[1] != nodes or None in shape[2:]:
                raise ValueError(
                    f"A term of layer {self.name!r} has shape {shape}; "
                    f"expected (batch, {nodes}, ..., features), nodes on axis "
                    "1 and all sizes known but the batch's."
                )
        if any(shape[2:] != shapes[0][2:] for shape in shapes):
            raise ValueError(
                f"The terms of layer {self.name!r} have the shapes {shapes}; "
                "expected one shape."
            )
        return shapes[0]

    def get_config(self):
        return {
            **super().get_config(),
            "K": self.K,
            "rank": self.rank,
            "adjacency": None,
            "graph_size": self.graph_size,
        }


def _walks(adjacency):
    # Of an undirected graph the walk against the edges is that along them.
    weights = sp.csr_array(check_adjacency(adjacency, symmetric=False))
    walks = [random_walk(weights).toarray()]
    if abs(weights - weights.T).max() > 0:
        walks.append(random_walk(weights.T).toarray())
    return np.stack(walks)
