"""One step of the diffusion-convolutional gated recurrent unit."""

import keras

from keras_stunet.layers.diffusion_operator import DiffusionOperator
from keras_stunet.layers.gcgru_cell import GCGRUCell


@keras.saving.register_keras_serializable(package="keras_stunet")
class DCGRUCell(GCGRUCell):
    """GRU cell whose products are diffusion convolutions `*` (DCRNN).

        u_t = sigmoid(W_u * x_t + U_u * h_{t-1} + b_u)
        r_t = sigmoid(W_r * x_t + U_r * h_{t-1} + b_r)
        c_t = tanh(W_c * x_t + U_c * (r_t . h_{t-1}) + b_c)
        h_t = u_t . h_{t-1} + (1 - u_t) . c_t

    Li et al. 2018, section 2.3. `W * x` is the sum over the `2 K - 1` terms
    of `DiffusionOperator`, each with its own matrix. As in the released
    code, `b_u` and `b_r` start at 1, `b_c` at 0. One kernel for `[x, h]`
    there is two here, `W` and `U`, each with Glorot's rule on its own.

    What is not said here, precision too, is as in `GCGRUCell`.

    Args:
        units: Number of features U of the state.
        K: Number of diffusion terms of each direction, at least 1; one more
            than `max_diffusion_step` of the released code.
        adjacency: `(N, N)` non-negative weights, directed or not, dense or
            `scipy.sparse`; saved as a weight, `None` in the config.
        propagation: `"auto"`, `"dense"` or `"edges"` (`DiffusionOperator`).
        kernel_initializer: Initializer of `W`, `((2 K - 1) F, 3 U)`, gates
            u, r, c.
        recurrent_initializer: Initializer of `U`, `((2 K - 1) U, 3 U)`,
            likewise.
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

    Example: with zero kernels `c_t` is 0 and `u_t = sigmoid(1) = 0.731`.

    >>> import numpy as np
    >>> cell = DCGRUCell(
    ...     units=1,
    ...     K=2,
    ...     adjacency=[[0, 1], [0, 0]],
    ...     kernel_initializer="zeros",
    ...     recurrent_initializer="zeros",
    ... )
    >>> x = np.ones((1, 2, 3), dtype="float32")
    >>> h = np.array([[[1.0], [10.0]]], dtype="float32")
    >>> output, [state] = cell(x, [h])
    >>> np.array(output).ravel().tolist()
    [0.731, 7.311]
    """

    operator = DiffusionOperator
    gate_bias = 1.0
