"""One step of the graph-convolutional gated recurrent unit."""

import keras
from keras import ops

from keras_stunet.checks import check_count
from keras_stunet.layers.dense_product import add_bias
from keras_stunet.layers.dense_product import dense_product
from keras_stunet.layers.graph_operator import GraphOperator
from keras_stunet.layers.spectral_gates import gates_of


@keras.saving.register_keras_serializable(package="keras_stunet")
class GCGRUCell(keras.layers.Layer):
    """GRU cell whose products are Chebyshev graph convolutions `*`.

        z_t  = sigmoid(W_z * x_t + U_z * h_{t-1} + b_z)
        r_t  = sigmoid(W_r * x_t + U_r * h_{t-1} + b_r)
        h'_t = tanh(W_h * x_t + U_h * (r_t . h_{t-1}) + b_h)
        h_t  = z_t . h_{t-1} + (1 - z_t) . h'_t

    ST-UNet, Eq. 7, gates as printed; the biases are ours (the paper prints
    none). `z` keeps the old state, and the reset acts before the convolution.

    What does not depend on the state, `W * x + b` of all gates, is separate
    (`hoist`), so that a recurrence computes it once for all time steps.
    The state and the gates stay in the variable dtype (float32 under mixed
    precision); matrix products run in the compute dtype.

    Args:
        units: Number of features U of the state.
        K: Number of Chebyshev terms, at least 1.
        adjacency: `(N, N)` symmetric non-negative weights, dense or
            `scipy.sparse`; saved as a weight, `None` in the config.
        propagation: `"auto"`, `"dense"`, `"edges"` or `"spectral"` (see
            `GraphOperator`). With `"spectral"` a `DilatedRNN` runs the
            cell's `SpectralGates`; by itself the cell computes terms.
        kernel_initializer: Initializer of `W`, `(K * F, 3 U)`, gates z, r, h.
        recurrent_initializer: Initializer of `U`, `(K * U, 3 U)`, likewise.
        graph_size: Sizes of a graph that is loaded later; only in configs.

    Call arguments:
        inputs: `(B, N, F)`.
        states: List of one tensor `h` of shape `(B, N, U)`.

    Returns:
        `(h, [h])`: the output in the compute dtype, the state in the
        variable dtype, each `(B, N, U)`.

    Raises:
        ValueError: For `units` or `K` below 1, a bad adjacency, an input
            of another rank or number of nodes, a state of another shape, or a
            graph that was never set.

    Example: with zero kernels both gates are 1/2 and `h'_t` is 0.

    >>> import numpy as np
    >>> cell = GCGRUCell(
    ...     units=1,
    ...     K=2,
    ...     adjacency=[[0, 1], [1, 0]],
    ...     kernel_initializer="zeros",
    ...     recurrent_initializer="zeros",
    ... )
    >>> x = np.ones((1, 2, 3), dtype="float32")
    >>> h = np.array([[[1.0], [8.0]]], dtype="float32")
    >>> output, [state] = cell(x, [h])
    >>> np.array(output).tolist()
    [[[0.5], [4.0]]]
    """

    # What a cell with another graph convolution replaces.
    operator = GraphOperator
    gate_bias = 0.0

    def __init__(
        self,
        units,
        K=3,
        adjacency=None,
        propagation="auto",
        kernel_initializer="glorot_uniform",
        recurrent_initializer="glorot_uniform",
        graph_size=None,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.units = check_count("units", units, 1)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(
            recurrent_initializer
        )
        self.graph = self.operator(
            K,
            adjacency,
            propagation,
            graph_size,
            dtype=self.dtype_policy,
            name="graph",
        )

    @property
    def state_size(self):
        """Shape `(N, U)` of the state of one sample."""
        return (self.graph.num_nodes, self.units)

    def get_initial_state(self, batch_size=None):
        """List of one zero state `(batch_size, N, U)`."""
        shape = (batch_size, *self.state_size)
        return [ops.zeros(shape, dtype=self.variable_dtype)]

    def build(self, inputs_shape, states_shape=None):
        if len(inputs_shape) != 3:
            raise ValueError(
                f"The input of cell {self.name!r} has shape "
                f"{tuple(inputs_shape)}; expected (batch, "
                f"{self.graph.num_nodes}, features). Where that is the second "
                "cell of Keras' `RNN([...])`, which stacks cells on vectors "
                "alone, stack layers instead: "
                "`DilatedRNN(cell, return_sequences=True)` for each cell."
            )
        terms = self.graph.compute_output_shape(inputs_shape)[-1]  # M * F
        self.kernel = self.add_weight(
            shape=(terms, 3 * self.units),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.graph.num_terms * self.units, 3 * self.units),
            initializer=self.recurrent_initializer,
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(3 * self.units,), initializer=self._first_bias, name="bias"
        )

    def _first_bias(self, shape, dtype=None):
        start = [self.gate_bias] * 2 + [0.0]
        return ops.repeat(ops.array(start, dtype=dtype), self.units)

    def gates(self):
        """What a recurrence runs: this cell, or its `SpectralGates`."""
        return gates_of(self) if self.graph.on_spectrum else self

    def hoist(self, inputs):
        """The input side `W * x + b` of the three gates.

        Args:
            inputs: `(..., N, F)`, any leading axes.

        Returns:
            List of one tensor `(..., N, 3 U)` in the compute dtype, gates z,
            r, h side by side.
        """
        terms = self.graph(ops.cast(inputs, self.compute_dtype))
        kernel = ops.cast(self.kernel, self.compute_dtype)
        bias = ops.cast(self.bias, terms.dtype)
        return [add_bias(dense_product(terms, kernel), bias)]

    def step(self, hoisted, states):
        """One time step from `hoist`'s tensor, here `(B, N, 3 U)`."""
        shapes = [tuple(state.shape) for state in states]
        if [shape[1:] for shape in shapes] != [self.state_size]:
            raise ValueError(
                f"`states` of cell {self.name!r} have shapes {shapes}; "
                f"expected {[(None, *self.state_size)]}, as "
                "`get_initial_state` gives them."
            )
        (h,) = states
        in_z, in_r, in_h = (
            ops.cast(part, self.variable_dtype)
            for part in ops.split(hoisted[0], 3, axis=-1)
        )
        # Three products on a split kernel, not one product that is split:
        # the kernel is small, the product large.
        U_z, U_r, U_h = ops.split(
            ops.cast(self.recurrent_kernel, self.compute_dtype), 3, axis=-1
        )
        terms = self.graph(ops.cast(h, self.compute_dtype))  # (B, N, M * U)
        z = ops.sigmoid(in_z + self._recurrent(terms, U_z))
        r = ops.sigmoid(in_r + self._recurrent(terms, U_r))
        terms = self.graph(ops.cast(r * h, self.compute_dtype))
        new = ops.tanh(in_h + self._recurrent(terms, U_h))
        h = new + z * (h - new)  # = z h + (1 - z) h'
        return ops.cast(h, self.compute_dtype), [h]

    def call(self, inputs, states):
        return self.step(self.hoist(inputs), states)

    def _recurrent(self, terms, kernel):
        return ops.cast(dense_product(terms, kernel), self.variable_dtype)

    def compute_output_shape(self, inputs_shape, states_shape=None):
        shape = (inputs_shape[0], *self.state_size)
        return shape, [shape]

    def compute_output_spec(self, inputs, states):
        shape, _ = self.compute_output_shape(inputs.shape)
        output = keras.KerasTensor(shape, dtype=self.compute_dtype)
        return output, [keras.KerasTensor(shape, dtype=self.variable_dtype)]

    def get_config(self):
        graph = self.graph.get_config()
        return {
            **super().get_config(),
            "units": self.units,
            "K": graph["K"],
            "adjacency": None,
            "propagation": graph["propagation"],
            "kernel_initializer": keras.initializers.serialize(
                self.kernel_initializer
            ),
            "recurrent_initializer": keras.initializers.serialize(
                self.recurrent_initializer
            ),
            "graph_size": graph["graph_size"],
        }
