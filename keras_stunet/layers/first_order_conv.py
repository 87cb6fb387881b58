"""First-order graph convolution: neighbours once, without a polynomial."""

import keras
import numpy as np
import scipy.sparse as sp
from keras import ops

from keras_stunet.checks import check_count
from keras_stunet.graph import check_adjacency
from keras_stunet.graph.checks import without_self_loops
from keras_stunet.layers.dense_product import add_bias
from keras_stunet.layers.dense_product import dense_product
from keras_stunet.layers.graph_weights import GraphWeights
from keras_stunet.layers.graph_weights import check_nodes
from keras_stunet.layers.graph_weights import check_one_source
from keras_stunet.layers.rounding import matrix_product


@keras.saving.register_keras_serializable(package="keras_stunet")
class FirstOrderConv(GraphWeights):
    """First-order graph convolution, STGCN's cheap substitute for Chebyshev.

    `y = (I + D~^(-1/2) (I + W) D~^(-1/2)) x Theta + b`, with `D~` the row
    sums of `I + W`.

    The authors' `first_approx` adds the identity twice, as here: once to W,
    as Kipf and Welling (2017) renormalise, and once to the result, which
    equation 6 of Yu, Yin and Zhu (2018) does not have. Self-loops of W are
    dropped. One matrix of N x N entries is kept.

    Args:
        units: Number of output features U.
        adjacency: `(N, N)` symmetric non-negative weights W, dense or
            `scipy.sparse`, possibly all zero; saved as a weight, `None` in
            the config.
        graph_size: `{"nodes": N}` of a graph that is loaded later; only in
            configs.

    Input shape: `(..., N, F)`.

    Output shape: `(..., N, units)`.

    Raises:
        ValueError: For `units` below 1, a bad adjacency, an input with
            another number of nodes, or a graph that was never set.

    Example:
    >>> import numpy as np
    >>> conv = FirstOrderConv(1, adjacency=[[0, 1], [1, 0]])
    >>> x = np.array([[1.0], [3.0]], dtype="float32")
    >>> conv.build(x.shape)
    >>> _ = conv.kernel.assign([[1.0]])
    >>> np.array(conv(x)).ravel().tolist()  # x and the mean over both
    [3.0, 5.0]
    """

    def __init__(self, units, adjacency=None, graph_size=None, **kwargs):
        units = check_count("units", units, 1)
        check_one_source(adjacency, graph_size, "adjacency", "graph_size")
        values = None
        if adjacency is not None:
            values = {"operator": _first_order_operator(adjacency)}
            graph_size = {"nodes": len(values["operator"])}
        super().__init__(values, **kwargs)
        self.units = units
        self.graph_size = dict(graph_size)

    @property
    def num_nodes(self):
        """Number of nodes N."""
        return self.graph_size["nodes"]

    def build(self, input_shape):
        check_nodes(input_shape, self.num_nodes, self)
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias"
        )
        shape = (self.num_nodes, self.num_nodes)
        self.operator = self.add_graph_weight("operator", shape)

    def call(self, x):
        check_nodes(x.shape, self.num_nodes, self)
        self.check_graph()
        operator = ops.cast(self.operator, x.dtype)
        sent = matrix_product(operator, x)  # (..., N, F)
        return add_bias(dense_product(sent, self.kernel), self.bias)

    def compute_output_shape(self, input_shape):
        check_nodes(input_shape, self.num_nodes, self)
        return (*input_shape[:-1], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "adjacency": None,
            "graph_size": self.graph_size,
        }


def _first_order_operator(adjacency):
    adjacency = check_adjacency(adjacency)
    dense = adjacency.toarray() if sp.issparse(adjacency) else adjacency
    looped = without_self_loops(dense) + np.eye(len(dense))
    scale = 1 / np.sqrt(looped.sum(axis=1))
    operator = np.eye(len(dense)) + scale[:, None] * looped * scale
    return operator.astype("float32")
