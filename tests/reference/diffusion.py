"""Diffusion on directed graphs in NumPy, node by node and by powers."""

import numpy as np

from tests.reference.cells import sigmoid


def walk(W):
    """`P_ij`: probability to go from i to j, in proportion to `W_ij`."""
    P = np.zeros(np.shape(W))
    for i, row in enumerate(np.asarray(W, float)):
        if row.sum() > 0:
            P[i] = row / row.sum()
    return P


def terms(W, x, K):
    """x, then `T_k(P) x` along the edges, then against them, k = 1 ... K-1.

    `T_k` is the Chebyshev polynomial by its coefficients: a sum of powers,
    not the recursion.
    """
    found = [x]
    for P in (walk(W), walk(np.transpose(W))):
        for k in range(1, K):
            powers = np.polynomial.chebyshev.cheb2poly([0] * k + [1])
            matrix = sum(
                c * np.linalg.matrix_power(P, n) for n, c in enumerate(powers)
            )
            found.append(matrix @ x)
    return found


def convolve(W, x, theta):
    """The sum of `theta[m]` `(M, F, U)` times each of the `M` terms."""
    K = (len(theta) + 1) // 2
    parts = zip(terms(W, x, K), theta, strict=True)
    return sum(term @ matrix for term, matrix in parts)


def dcgru(W, kernel, recurrent_kernel, bias, K):
    """DCRNN's cell, from kernels with the gates u, r, c side by side."""
    M = 2 * K - 1

    def gates(matrix):  # (M * F, 3 U) -> three of (M, F, U)
        parts = np.split(matrix, 3, axis=1)
        return [p.reshape(M, len(matrix) // M, p.shape[1]) for p in parts]

    W_u, W_r, W_c = gates(kernel)
    U_u, U_r, U_c = gates(recurrent_kernel)
    b_u, b_r, b_c = np.split(bias, 3)

    def step(x, states):
        (h,) = states
        u = sigmoid(convolve(W, x, W_u) + convolve(W, h, U_u) + b_u)
        r = sigmoid(convolve(W, x, W_r) + convolve(W, h, U_r) + b_r)
        c = np.tanh(convolve(W, x, W_c) + convolve(W, r * h, U_c) + b_c)
        h = u * h + (1 - u) * c
        return h, [h]

    return step
