"""Graph convolution with Chebyshev polynomials."""

import keras

from keras_stunet.checks import check_count
from keras_stunet.layers.dense_product import add_bias
from keras_stunet.layers.dense_product import dense_product
from keras_stunet.layers.graph_operator import GraphOperator


@keras.saving.register_keras_serializable(package="keras_stunet")
class ChebConv(keras.layers.Layer):
    """Chebyshev graph convolution of a signal on N nodes.

    `y = f(sum_k T_k(L~) x Theta_k + b)`, `k = 0 ... K-1` (ST-UNet, Eq. 2;
    Defferrard et al. 2016), with `L~` the rescaled normalised Laplacian.
    Node i sees nodes up to K-1 hops away; `K=1` is a pointwise dense layer.

    The kernel has shape `(K * F, units)`, rows ordered by term, then by
    feature; Glorot's rule sees fans `K * F` and `units`.

    Args:
        units: Number of output features U.
        K: Number of Chebyshev terms, at least 1.
        adjacency: `(N, N)` symmetric non-negative weights, dense or
            `scipy.sparse`; saved as a weight, `None` in the config.
        propagation: `"auto"`, `"dense"`, `"edges"` or `"spectral"` (see
            `GraphOperator`).
        use_bias: Whether to add `b`.
        activation: The function f, a Keras activation; `None` for none.
        kernel_initializer: Initializer of `Theta`.
        graph_size: Sizes of a graph that is loaded later; only in configs.

    Input shape: `(..., N, F)`.

    Output shape: `(..., N, units)`.

    Raises:
        ValueError: For `units` or `K` below 1, a bad adjacency, an input
            with another number of nodes, or a graph that was never set.

    Example:
    >>> import numpy as np
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> conv = ChebConv(1, K=2, adjacency=path, kernel_initializer="ones")
    >>> x = np.array([[[1.0], [0.0], [0.0]]], dtype="float32")
    >>> y = conv(x)  # x + L~ x, with L~_01 = -1/sqrt(2), L~_00 = 0
    >>> np.array(y).ravel().round(3).tolist()
    [1.0, -0.707, 0.0]
    """

    def __init__(
        self,
        units,
        K=3,
        adjacency=None,
        propagation="auto",
        use_bias=True,
        activation=None,
        kernel_initializer="glorot_uniform",
        graph_size=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = check_count("units", units, 1)
        self.activation = keras.activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.graph = GraphOperator(
            K,
            adjacency,
            propagation,
            graph_size,
            dtype=self.dtype_policy,
            name="graph",
        )

    def build(self, input_shape):
        terms = self.graph.compute_output_shape(input_shape)[-1]  # K * F
        self.kernel = self.add_weight(
            shape=(terms, self.units),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                shape=(self.units,), initializer="zeros", name="bias"
            )

    def call(self, x):
        y = dense_product(self.graph(x), self.kernel)  # (..., N, U)
        y = y if self.bias is None else add_bias(y, self.bias)
        return self.activation(y)

    def compute_output_shape(self, input_shape):
        return (*self.graph.compute_output_shape(input_shape)[:-1], self.units)

    def get_config(self):
        graph = self.graph.get_config()
        return {
            **super().get_config(),
            "units": self.units,
            "K": graph["K"],
            "adjacency": None,
            "propagation": graph["propagation"],
            "use_bias": self.use_bias,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
            "graph_size": graph["graph_size"],
        }
