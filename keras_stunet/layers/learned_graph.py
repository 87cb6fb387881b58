"""Mixing of nodes along graphs that are learned with the other weights."""

import keras
from keras import ops

from keras_stunet.checks import check_count
from keras_stunet.layers.rounding import matrix_product


@keras.saving.register_keras_serializable(package="keras_stunet")
class LearnedGraph(keras.layers.Layer):
    """Weighted means over all nodes, with weights that are learned.

        A_g = softmax(relu(E_g F_g^T)),    y = [A_1 x ; ... ; A_G x]

    The rows of each `A_g` `(N, N)` sum to 1. `E_g` and `F_g` `(N, rank)` say
    what a node looks for and what it is found by, so that the graphs are
    directed; no edge has to be known, and a graph has `2 N rank` weights in
    place of N^2. The equation is that of Graph WaveNet (Wu et al. 2019, Eq.
    5); AGCRN (Bai et al. 2020) has one with `E = F`.

    Args:
        graphs: Number G of graphs.
        rank: Length of the vectors of a node.

    Input shape: `(..., N, F)`.

    Output shape: `(..., N, G F)`, graph by graph.

    Raises:
        ValueError: For `graphs` or `rank` below 1.

    Example: with vectors of zeros, each node gets the mean of all.

    >>> import numpy as np
    >>> layer = LearnedGraph()
    >>> x = np.array([[[1.0], [2.0], [6.0]]], dtype="float32")
    >>> layer.build(x.shape)
    >>> layer.set_weights([0 * w for w in layer.get_weights()])
    >>> np.array(layer(x)).ravel().tolist()
    [3.0, 3.0, 3.0]
    """

    def __init__(self, graphs=1, rank=10, **kwargs):
        super().__init__(**kwargs)
        self.graphs = check_count("graphs", graphs, 1)
        self.rank = check_count("rank", rank, 1)

    def build(self, input_shape):
        self.seeking, self.found = (
            self.add_weight(
                shape=(self.graphs, input_shape[-2], self.rank),
                initializer=keras.initializers.RandomNormal(stddev=0.5),
                name=name,
            )
            for name in ("seeking", "found")
        )

    def call(self, x):
        scores = matrix_product(
            self.seeking, ops.transpose(self.found, (0, 2, 1))
        )
        A = ops.softmax(ops.relu(scores))  # (G, N, N)
        nodes, features = x.shape[-2:]
        lead = len(x.shape) - 2
        # Nodes first: all graphs are one matrix product with all windows.
        first = ops.transpose(x, (lead, *range(lead), lead + 1))
        sizes = ops.shape(first)[1:-1]
        flat = ops.reshape(first, (nodes, -1))
        A = ops.reshape(A, (self.graphs * nodes, nodes))
        y = matrix_product(A, flat)
        y = ops.reshape(y, (self.graphs, nodes, *sizes, features))
        back = (*range(2, lead + 2), 1, 0, lead + 2)
        y = ops.transpose(y, back)  # (..., N, G, F)
        return ops.reshape(y, (*sizes, nodes, self.graphs * features))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.graphs * input_shape[-1])

    def get_config(self):
        return {
            **super().get_config(),
            "graphs": self.graphs,
            "rank": self.rank,
        }
