"""Equation 2 in NumPy, by eigenvectors instead of by recursion."""

import numpy as np


def rescaled_laplacian(W):
    """`L~ = 2 L / lambda_max - I` of `L = I - D^-1/2 W D^-1/2`.

    A node without an edge has a row of zeros in `L`.
    """
    degree = W.sum(axis=1)
    L = np.diag((degree > 0).astype(float))
    i, j = np.nonzero(W)
    L[i, j] -= W[i, j] / np.sqrt(degree[i] * degree[j])
    return 2 * L / np.linalg.eigvalsh(L)[-1] - np.eye(len(W))


def terms(W, x, K):
    """`T_k(L~) x` for k = 0 ... K-1, as a list of `(..., N, F)`.

    On an eigenvalue cos(a) of `L~`, `T_k` is cos(k a).
    """
    values, vectors = np.linalg.eigh(rescaled_laplacian(W))
    angle = np.arccos(np.clip(values, -1, 1))
    return [
        vectors @ (np.cos(k * angle)[:, None] * (vectors.T @ x))
        for k in range(K)
    ]


def convolve(W, x, theta):
    """`sum_k T_k(L~) x Theta_k`, `theta` of shape `(K, F, U)`."""
    K = len(theta)
    return sum(t @ theta[k] for k, t in enumerate(terms(W, x, K)))
