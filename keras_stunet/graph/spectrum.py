"""The eigenvectors of a graph's matrix, component by component."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import scipy.sparse.csgraph

# Components are put together until a block has so many nodes: a product of a
# small block costs its call, not its arithmetic.
SMALLEST_BLOCK = 16


class Spectrum(NamedTuple):
    """`M = V diag(values) V^T`, nodes reordered so that V is made of blocks.

    Attributes:
        order: `(N,)` nodes, block after block.
        vectors: List of `(n, n)` blocks of V, an eigenvector a column.
        values: `(N,)` eigenvalues, block after block.
    """

    order: np.ndarray
    vectors: list[np.ndarray]
    values: np.ndarray


def spectrum(matrix):
    """Returns the eigenvalues and eigenvectors of a symmetric matrix.

    Nodes that no path of non-zeros joins share no eigenvector, so that each
    component is solved by itself. A block of V is one component, or several
    of the small ones, largest components first; a connected graph is one
    block in the order of its nodes.

    Args:
        matrix: `(N, N)` symmetric matrix, dense or sparse. The largest
            component is solved as a dense matrix, in a time that grows with
            the cube of its nodes.

    Returns:
        A `Spectrum`, in float64.

    Example: node 1 stands alone.

    >>> order, vectors, values = spectrum([[0, 0, 2], [0, 5, 0], [2, 0, 0]])
    >>> order.tolist(), values.round(12).tolist()
    ([0, 2, 1], [-2.0, 2.0, 5.0])
    >>> [block.shape for block in vectors]
    [(3, 3)]
    """
    matrix = sp.csr_array(matrix, dtype="float64")
    blocks, values = [], []
    for components in _blocks(matrix):
        solved = [
            np.linalg.eigh(matrix[nodes][:, nodes].toarray())
            for nodes in components
        ]
        values += [eigenvalues for eigenvalues, _ in solved]
        block = sp.block_diag([vectors for _, vectors in solved])
        blocks.append((np.concatenate(components), block.toarray()))
    order, vectors = zip(*blocks, strict=True)
    return Spectrum(
        np.concatenate(order), list(vectors), np.concatenate(values)
    )


def _blocks(matrix):
    # Lists of components, each the nodes of one, rising.
    count, labels = scipy.sparse.csgraph.connected_components(
        matrix, directed=False
    )
    nodes = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels, minlength=count)
    components = np.split(nodes, np.cumsum(sizes)[:-1])
    components.sort(key=lambda nodes: (-len(nodes), nodes[0]))
    blocks = [[]]
    for component in components:
        if sum(map(len, blocks[-1])) >= SMALLEST_BLOCK:
            blocks.append([])
        blocks[-1].append(component)
    return blocks
