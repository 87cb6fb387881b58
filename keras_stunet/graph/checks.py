"""Checks that every graph function runs on what it is given."""

import numpy as np
import scipy.sparse as sp

# Two directions of one edge may differ by float32 rounding, no more.
_SYMMETRY_TOLERANCE = 1e-6


def check_adjacency(adj, symmetric=True):
    """Returns a checked float64 copy of a weighted adjacency matrix.

    `adj[i, j]` is the weight of the edge from node `i` to node `j`, and 0
    means that there is none. A diagonal entry is a self-loop and is kept.
    A graph without any edge is one, too: it leaves each node by itself.

    Args:
        adj: `(N, N)` array-like or `scipy.sparse` matrix of real, boolean
            or integer numbers. It is not changed.
        symmetric: Whether the graph must be undirected. Differences of at
            most 1e-6 of the largest weight count as rounding and are
            averaged away, so that the result is exactly symmetric.

    Returns:
        `(N, N)` float64: an `ndarray` where `adj` is dense; where it is
        sparse a `csr_array` with sorted indices and no stored zeros.

    Raises:
        ValueError: `adj` is not a square matrix of numbers, holds NaN, an
            infinite or a negative weight, or is directed where an undirected
            graph is needed.

    Example:
    >>> check_adjacency([[False, True], [True, False]]).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    adj = check_square(adj, "adjacency")
    if sp.issparse(adj):
        adj.eliminate_zeros()
    values = adj.data if sp.issparse(adj) else adj
    if np.isnan(values).any():
        raise ValueError(
            f"The adjacency holds {int(np.isnan(values).sum())} NaN; expected "
            "a number for each pair of nodes. Write 0 where there is no edge."
        )
    if np.isinf(values).any():
        raise ValueError(
            f"The adjacency holds {int(np.isinf(values).sum())} infinite "
            "weights; expected finite ones. Distances are not weights: turn "
            "them into weights with `gaussian_adjacency(distances)`."
        )
    if (values < 0).any():
        raise ValueError(
            f"The adjacency holds negative weights (lowest {values.min():g}); "
            "expected weights >= 0. Take `abs(adj)` or clip them at 0."
        )
    return _exactly_symmetric(adj) if symmetric else adj


def _exactly_symmetric(adj):
    gap = abs(adj - adj.T)
    if not gap.size or gap.max() == 0:
        return adj
    if gap.max() > _SYMMETRY_TOLERANCE * adj.max():
        if sp.issparse(gap):
            rows, cols = gap.nonzero()
            place = int(np.argmax(gap.data[gap.data != 0]))
            i, j = int(rows[place]), int(cols[place])
        else:
            i, j = map(int, np.unravel_index(gap.argmax(), gap.shape))
        raise ValueError(
            f"The adjacency is directed: entry ({i}, {j}) is "
            f"{adj[i, j]:g} and entry ({j}, {i}) is {adj[j, i]:g}; expected "
            'an undirected graph. Use `symmetrise(adj, "max")` first.'
        )
    mean = (adj + adj.T) / 2
    return sp.csr_array(mean) if sp.issparse(mean) else mean


def check_square(matrix, name):
    """Returns a float64 copy of a square matrix, dense or CSR.

    Args:
        matrix: `(N, N)` array-like or `scipy.sparse` matrix, `N >= 1`.
        name: What the matrix is, for the error message.

    Returns:
        `(N, N)` float64 `ndarray`, or `csr_array` with sorted indices.
        Zeros that are stored in a sparse matrix stay stored.

    Raises:
        ValueError: The matrix does not hold real numbers or is not square.

    Example:
    >>> check_square([[1, 2], [3, 4]], "matrix").dtype
    dtype('float64')
    """
    if np.ma.is_masked(matrix):
        raise ValueError(
            f"The {name} is a masked array that hides "
            f"{int(np.ma.getmaskarray(matrix).sum())} entries; expected a "
            "number for each pair. Fill them, such as `matrix.filled(0)`, "
            "weights, or `matrix.filled(np.inf)`, distances."
        )
    if not sp.issparse(matrix):
        try:
            matrix = np.asarray(matrix)
        except ValueError:
            raise ValueError(
                f"The {name} has rows of unequal length; expected a square "
                "matrix (N, N). Give one row and one column for each node."
            ) from None
    if matrix.dtype.kind not in "biuf":
        raise ValueError(
            f"The {name} has dtype {matrix.dtype}; expected real, integer or "
            "boolean numbers. Convert it with `astype('float64')`."
        )
    shape = tuple(matrix.shape)
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 0:
        raise ValueError(
            f"The {name} has shape {shape}; expected a square matrix (N, N), "
            "N >= 1. Give one row and one column for each node."
        )
    if not sp.issparse(matrix):
        return np.array(matrix, dtype="float64")
    matrix = sp.csr_array(matrix, dtype="float64", copy=True)
    matrix.sum_duplicates()
    return matrix


def without_self_loops(adj):
    """Returns a checked adjacency with a zero diagonal.

    Args:
        adj: `(N, N)` `ndarray` or `csr_array`. It is changed in place.

    Returns:
        `adj`; a sparse one without stored zeros.

    Example:
    >>> without_self_loops(np.array([[5.0, 1.0], [1.0, 0.0]])).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    if not sp.issparse(adj):
        np.fill_diagonal(adj, 0.0)
        return adj
    rows = np.repeat(np.arange(adj.shape[0]), np.diff(adj.indptr))
    adj.data[rows == adj.indices] = 0.0
    adj.eliminate_zeros()
    return adj
