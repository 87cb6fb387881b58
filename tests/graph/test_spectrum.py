"""spectrum: eigenvectors of a symmetric matrix, component by component."""

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp

from keras_stunet.graph.spectrum import spectrum


def of_components(sizes, seed=0):
    """A symmetric matrix of such components, its nodes shuffled."""
    rng = np.random.default_rng(seed)
    parts = [rng.normal(size=(size, size)) for size in sizes]
    matrix = scipy.linalg.block_diag(*[part + part.T for part in parts])
    order = rng.permutation(len(matrix))
    return matrix[order][:, order]


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
@pytest.mark.parametrize(
    ("sizes", "blocks"),
    [
        ((1,), [1]),
        ((20,), [20]),
        ((3, 20, 17), [20, 17, 3]),
        ((1, 9, 2, 30, 5, 1, 1), [30, 16, 3]),
        ((1,) * 40, [16, 16, 8]),
    ],
)
def test_vectors_and_values_give_the_matrix_back(kind, sizes, blocks):
    matrix = of_components(sizes)
    order, vectors, values = spectrum(kind(matrix))
    assert [len(block) for block in vectors] == blocks
    V = scipy.linalg.block_diag(*vectors)
    np.testing.assert_allclose(V.T @ V, np.eye(len(V)), atol=1e-12)
    reordered = matrix[order][:, order]
    np.testing.assert_allclose(V * values @ V.T, reordered, atol=1e-12)
    assert sorted(order.tolist()) == list(range(len(matrix)))


def test_no_eigenvector_reaches_beyond_its_component():
    # Equal components have equal eigenvalues, and any mix of their vectors
    # would do.
    part = of_components([3], seed=1)
    shuffled = np.random.default_rng(2).permutation(12)
    matrix = np.kron(np.eye(4), part)[shuffled][:, shuffled]
    order, [vectors], _ = spectrum(matrix)
    component = shuffled[order] // 3
    for vector in vectors.T:
        assert len(set(component[np.abs(vector) > 1e-12])) == 1


def test_a_connected_graph_keeps_the_order_of_its_nodes():
    order, _, values = spectrum(of_components([20]))
    assert order.tolist() == list(range(20))
    assert (np.diff(values) >= 0).all()
