"""Signals in the basis of a graph's eigenvectors, block by block."""

import numpy as np
from keras import ops

from keras_stunet.graph.spectrum import spectrum
from keras_stunet.layers.neighbour_lists import cut
from keras_stunet.layers.rounding import matrix_product


def make_basis(matrix, K):
    """The eigenvectors of a matrix, and its Chebyshev polynomials on them.

    Args:
        matrix: `(N, N)` symmetric matrix with eigenvalues in [-1, 1].
        K: Number of Chebyshev terms.

    Returns:
        `(values, blocks)`: a dict with `node_order` `(N,)`, the nodes block
        by block; `node_place` `(N,)`, where each node stands in that order;
        `eigenvectors` `(S,)`, the blocks of V row by row; and
        `spectral_terms` `(N, K)`, `T_k(lambda_i)` in the order of the blocks.
        `blocks` is the list of the sizes of the blocks, whose squares sum to
        S.
    """
    order, vectors, eigenvalues = spectrum(matrix)
    values = {
        "node_order": order.astype("int32"),
        "node_place": np.argsort(order).astype("int32"),
        "eigenvectors": np.concatenate([v.ravel() for v in vectors]),
        "spectral_terms": np.polynomial.chebyshev.chebvander(
            eigenvalues, K - 1
        ),
    }
    return values, [len(v) for v in vectors]


def basis_shapes(nodes, K, blocks):
    """Shape and dtype of each array of `make_basis`, by name."""
    return {
        "node_order": ((nodes,), "int32"),
        "node_place": ((nodes,), "int32"),
        "eigenvectors": ((sum(size**2 for size in blocks),), "float32"),
        "spectral_terms": ((nodes, K), "float32"),
    }


class SpectralBasis:
    """The change of basis of signals `(N, ..., F)`, nodes first.

    Nodes stand in the order of the blocks (`reorder`). V is constant: none
    of its products has a gradient of V.

    Args:
        values: The dict of `make_basis`, as tensors.
        blocks: Its sizes.
        dtype: Dtype of the products.
    """

    def __init__(self, values, blocks, dtype):
        self.values, self.blocks = values, blocks
        flat = ops.cast(values["eigenvectors"], dtype)
        squares = cut(flat, [size**2 for size in blocks])
        self.vectors = [
            ops.reshape(square, (size, size))
            for square, size in zip(squares, blocks, strict=True)
        ]
        self.transposed = [ops.transpose(V) for V in self.vectors]

    def reorder(self, x):
        """Nodes in the order of the blocks."""
        order, place = (self.values[f"node_{k}"] for k in ("order", "place"))
        return x if len(self.blocks) == 1 else _permute(x, order, place)

    def restore(self, x):
        """Nodes in their own order again."""
        order, place = (self.values[f"node_{k}"] for k in ("order", "place"))
        return x if len(self.blocks) == 1 else _permute(x, place, order)

    def analyse(self, x):
        """`V^T x`."""
        return self._products(self.transposed, x)

    def synthesise(self, x):
        """`V x`."""
        return self._products(self.vectors, x)

    def _products(self, matrices, x):
        flat = ops.reshape(x, (x.shape[0], -1))  # (N, ... * F)
        ends = np.cumsum(self.blocks)[:-1].tolist()
        parts = ops.split(flat, ends, axis=0) if ends else [flat]
        parts = [
            matrix_product(matrix, part)
            for matrix, part in zip(matrices, parts, strict=True)
        ]
        flat = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=0)
        return ops.reshape(flat, ops.shape(x))

    def terms(self, x):
        """`T_0 x ... T_{K-1} x`: `(N, ..., F)` to `(N, ..., K * F)`.

        Of nodes in their own order, before and after.
        """
        factors = self.values["spectral_terms"][:, 1:]  # (N, K-1)
        ones = (1,) * (len(x.shape) - 2)
        shape = (x.shape[0], *ones, factors.shape[1], 1)
        factors = ops.reshape(ops.cast(factors, x.dtype), shape)
        inside = self.analyse(self.reorder(x))[..., None, :] * factors
        higher = self.restore(self.synthesise(inside))  # (N, ..., K-1, F)
        shape = (*ops.shape(x)[:-1], factors.shape[-2] * x.shape[-1])
        return ops.concatenate([x, ops.reshape(higher, shape)], axis=-1)

    def mix(self, kernel):
        """`sum_k T_k(lambda_i) W_k`: `(K * F, U)` to `(N, F, U)`, float32."""
        terms = self.values["spectral_terms"]  # (N, K)
        kernel = ops.cast(kernel, terms.dtype)
        wide = ops.reshape(kernel, (terms.shape[1], -1))  # (K, F * U)
        mixed = ops.matmul(terms, wide)
        return ops.reshape(mixed, (terms.shape[0], -1, kernel.shape[1]))


def _permute(x, order, place):
    # A gather's own gradient adds up row by row; this one gathers as well.
    @ops.custom_gradient
    def permuted(x):
        def gradient(*args, upstream=None):
            above = args[0] if upstream is None else upstream
            return _permute(above, place, order)

        return ops.take(x, order, axis=0), gradient

    return permuted(x)
