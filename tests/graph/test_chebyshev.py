"""chebyshev_basis."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import chebyshev_basis
from keras_stunet.graph import rescaled_laplacian


def test_terms_are_cosines_of_multiples_in_the_eigenbasis(random_graph):
    scaled = rescaled_laplacian(random_graph(0))
    values, vectors = np.linalg.eigh(scaled)
    angle = np.arccos(np.clip(values, -1.0, 1.0))
    basis = chebyshev_basis(scaled, 8)
    assert len(basis) == 8
    for k in range(8):
        expected = (vectors * np.cos(k * angle)) @ vectors.T
        np.testing.assert_allclose(basis[k], expected, atol=1e-7)


def test_low_terms_are_the_known_polynomials():
    # On a 1 x 1 matrix x: 1, x, 2x^2 - 1, 4x^3 - 3x, also outside [-1, 1].
    for x in (-1.0, 0.3, 2.0):
        np.testing.assert_allclose(
            chebyshev_basis([[x]], 4).ravel(),
            [1.0, x, 2 * x**2 - 1, 4 * x**3 - 3 * x],
        )


def test_one_term_is_the_identity():
    np.testing.assert_array_equal(
        chebyshev_basis(np.full((3, 3), 0.5), 1), np.eye(3)[None]
    )


@pytest.mark.parametrize("K", [1, 2, 5])
def test_sparse_terms_equal_dense_ones(random_graph, K):
    adj = random_graph(3, nodes=20, density=0.1)
    dense = chebyshev_basis(rescaled_laplacian(adj, 2.0), K)
    sparse = chebyshev_basis(rescaled_laplacian(sp.csr_array(adj), 2.0), K)
    assert isinstance(sparse, list) and len(sparse) == K
    for one, other in zip(sparse, dense, strict=True):
        assert isinstance(one, sp.csr_array)
        assert one.dtype == "float64" and one.data.all()
        np.testing.assert_allclose(one.toarray(), other, atol=1e-14)


def test_k_terms_reach_exactly_k_minus_1_edges():
    nodes = 9
    adj = np.diag(np.ones(nodes - 1), 1)
    basis = chebyshev_basis(rescaled_laplacian(adj + adj.T, 1.9), 5)
    hops = np.abs(np.subtract.outer(np.arange(nodes), np.arange(nodes)))
    for k, term in enumerate(basis):
        assert (term[hops > k] == 0).all()
        assert (np.abs(term[hops == k]) > 1e-3).all()


@pytest.mark.parametrize("bad", [0, -1, 2.0, True, None])
def test_a_bad_number_of_terms_is_named(bad):
    with pytest.raises(
        ValueError, match="`K` is.*expected an integer of at least 1"
    ):
        chebyshev_basis(np.eye(2), bad)


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
def test_a_bad_matrix_is_named(kind):
    with pytest.raises(ValueError, match="NaN or infinite.*rescaled_lap"):
        chebyshev_basis(kind([[np.inf, 0.0], [0.0, 1.0]]), 2)
    with pytest.raises(ValueError, match=r"shape \(1, 2\)"):
        chebyshev_basis(kind([[1.0, 0.0]]), 2)
