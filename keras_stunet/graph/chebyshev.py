"""Chebyshev polynomials of a rescaled Laplacian."""

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import check_count
from keras_stunet.graph.checks import check_square


def chebyshev_basis(scaled_laplacian, K):
    """Returns the first `K` Chebyshev polynomials of a matrix.

        T_0 = I,   T_1 = L~,   T_k = 2 L~ T_(k-1) - T_(k-2)

    `K` is the number of terms `T_0 ... T_(K-1)`, here as everywhere in the
    package: `K=1` is the identity alone, and `K` terms let a node see its
    neighbours up to `K - 1` edges away.

    Where the eigenvalues of `L~` are `cos(a)`, those of `T_k` are
    `cos(k a)`: the basis stays bounded as long as they lie in [-1, 1].

    Args:
        scaled_laplacian: `(N, N)` matrix `L~`, dense or sparse, as
            `rescaled_laplacian` returns it.
        K: Number of terms, at least 1.

    Returns:
        Dense input: `(K, N, N)` float64 array. Sparse input: a list of `K`
        `csr_array`s of shape `(N, N)`, never densified.

    Raises:
        ValueError: `K` is no integer >= 1, or the matrix is not square or
            not finite.

    Reference:
        ST-UNet, equation 2; Defferrard, Bresson, Vandergheynst: "CNNs on
        graphs with fast localized spectral filtering" (NIPS 2016).

    Example:
    >>> basis = chebyshev_basis([[0.0, -1.0], [-1.0, 0.0]], K=3)
    >>> basis.tolist()[1:]
    [[[0.0, -1.0], [-1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]]
    """
    K = check_count("K", K, minimum=1)
    lap = check_square(scaled_laplacian, "rescaled Laplacian")
    sparse = sp.issparse(lap)
    if not np.isfinite(lap.data if sparse else lap).all():
        raise ValueError(
            "The rescaled Laplacian holds NaN or infinite entries; expected "
            "finite ones. Make it with `rescaled_laplacian(adj)`."
        )
    nodes = lap.shape[0]
    eye = sp.eye_array(nodes, format="csr") if sparse else np.eye(nodes)
    terms = [eye, lap][:K]
    while len(terms) < K:
        terms.append(2.0 * (lap @ terms[-1]) - terms[-2])
    if not sparse:
        return np.stack(terms)  # (K, N, N)
    terms = [sp.csr_array(term) for term in terms]
    for term in terms:
        term.eliminate_zeros()
        term.sort_indices()
    return terms
