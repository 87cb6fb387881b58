"""The gates of `GCGRUCell` in the basis of its graph's eigenvectors."""

import contextlib
import contextvars

from keras import ops

from keras_stunet.layers.dense_product import add_bias
from keras_stunet.layers.rounding import matrix_product

_kept = contextvars.ContextVar("kept", default=None)


class SpectralGates:
    """What `GCGRUCell` computes, with one small kernel an eigenvalue.

        W * x = sum_k T_k(L~) x W_k = V M V^T x,   M_i = sum_k T_k(lambda_i) W_k

    The Chebyshev terms are never made: where the terms of a node have K F
    features, `V^T x` has F. The input side stays in the basis of V, bias
    included, so that one product with V serves both sides of a gate.

    Made once for all steps of a recurrence: the kernels `M` are mixed in
    float32, and their gradient is summed over the steps before it goes back
    to `W`. Signals have nodes first, `(N, ..., F)`, in the order of the
    blocks of V.

    Args:
        cell: The `GCGRUCell`.
    """

    def __init__(self, cell):
        self.dtype, self.wide = cell.compute_dtype, cell.variable_dtype
        self.basis = basis = cell.graph.spectral_basis(self.dtype)
        cuts = [2 * cell.units]  # gates z and r beside each other, then h

        def mixed(kernel):
            parts = ops.split(kernel, cuts, axis=-1)
            return [ops.cast(basis.mix(part), self.dtype) for part in parts]

        self.kernels = mixed(cell.kernel)  # (N, F, 2 U) and (N, F, U)
        self.recurrent_kernels = mixed(cell.recurrent_kernel)
        ones = ops.ones((cell.graph.num_nodes, 1, 1), self.wide)
        ones = cell.graph.spectral_basis(self.wide).analyse(ones)
        bias = ones * cell.bias  # (N, 1, 3 U), V^T (1 b)
        self.biases = [
            ops.cast(part, self.dtype) for part in ops.split(bias, cuts, -1)
        ]  # (N, 1, 2 U) and (N, 1, U)

    def enter(self, x):
        """`(B, T, N, F)` to `(N, T, B, F)`, in the order of the blocks."""
        return self.basis.reorder(ops.swapaxes(x, 0, 2))

    def leave(self, x):
        """`(N, T, B, F)` to `(B, T, N, F)`, in the order of the graph."""
        return ops.swapaxes(self.basis.restore(x), 0, 2)

    def hoist(self, x):
        """The input side: `(N, T, B, F)` to `(N, T, B, 2 U)`, `(..., U)`."""
        flat = ops.reshape(x, (x.shape[0], -1, x.shape[-1]))  # (N, T B, F)
        flat = self.basis.analyse(ops.cast(flat, self.dtype))
        return [
            ops.reshape(
                add_bias(matrix_product(flat, kernel), bias),
                (*ops.shape(x)[:-1], kernel.shape[-1]),
            )
            for kernel, bias in zip(self.kernels, self.biases, strict=True)
        ]

    def step(self, hoisted, states):
        """As `GCGRUCell.step`, all of shape `(N, B, ...)`."""
        (h,) = states
        in_zr, in_h = hoisted
        U_zr, U_h = self.recurrent_kernels
        gates = ops.sigmoid(self._convolve(h, U_zr, in_zr))
        z, r = ops.split(gates, 2, axis=-1)
        new = ops.tanh(self._convolve(r * h, U_h, in_h))
        h = new + z * (h - new)  # = z h + (1 - z) h'
        return ops.cast(h, self.dtype), [h]

    def _convolve(self, x, kernel, hoisted):
        x = self.basis.analyse(ops.cast(x, self.dtype))
        y = self.basis.synthesise(matrix_product(x, kernel) + hoisted)
        return ops.cast(y, self.wide)


@contextlib.contextmanager
def gates_kept():
    """Within, the gates of a cell are made once, for all its recurrences."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def gates_of(cell):
    """The `SpectralGates` of a cell, those that are kept if there are any."""
    kept = _kept.get()
    if kept is None:
        return SpectralGates(cell)
    if id(cell) not in kept:
        kept[id(cell)] = SpectralGates(cell)
    return kept[id(cell)]
