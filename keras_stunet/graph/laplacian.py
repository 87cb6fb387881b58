"""The normalised graph Laplacian and its rescaling to [-1, 1]."""

import numpy as np
import scipy.linalg
import scipy.sparse as sp
import scipy.sparse.csgraph
import scipy.sparse.linalg

from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.checks import check_square
from keras_stunet.graph.checks import without_self_loops

# Up to here all of a dense spectrum costs about a second or less.
_DENSE_LIMIT = 2000
# ARPACK needs more nodes than the vectors it builds (20): below that a
# sparse Laplacian is solved as a tiny dense one.
_ARPACK_MINIMUM = 32
# Nodes times restarts of ARPACK, well under a minute of work. Where that is
# not enough, as on long chains, eigenvalues crowd at the top, and no time that
# one would wait is.
_ARPACK_WORK = 3e7


class NoConvergence(ValueError):
    """The largest eigenvalue was not found in the time allowed."""


def normalised_laplacian(adj):
    """Returns the symmetric normalised Laplacian of an undirected graph.

        L = I - D^(-1/2) W D^(-1/2),   D_ii = sum_(j != i) W_ij

    Its eigenvalues lie in [0, 2]. A node without any edge has `D_ii = 0`;
    its row of `L` is defined as zero, `L_ii = 0` included (as STGCN does),
    so that the number of zero eigenvalues is the number of components.

    Self-loops are dropped: neither `D` nor `W` holds them here. A node's own
    signal has the Chebyshev term `T_0 = I` to itself, and the graphs that
    `coarsen` returns have no self-loops either.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse; it may
            be edgeless, as a coarsened graph can be.

    Returns:
        `(N, N)` float64 `L`, dense or CSR as `adj`.

    Raises:
        ValueError: `adj` is no undirected adjacency (`check_adjacency`).

    Reference:
        ST-UNet, section 3.1 (text of equation 2).

    Example:
    >>> normalised_laplacian([[0, 3, 0], [3, 0, 0], [0, 0, 0]]).tolist()
    [[1.0, -1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    adj = without_self_loops(check_adjacency(adj))
    degree = np.asarray(adj.sum(axis=1)).ravel()
    joined = degree > 0
    # One product of two roots keeps L symmetric to the last bit.
    root = np.sqrt(np.where(joined, degree, 1.0))
    if sp.issparse(adj):
        lap = sp.coo_array(adj)
        lap.data = -lap.data / (root[lap.row] * root[lap.col])
        lap = lap.tocsr() + sp.diags_array(joined.astype("float64"))
        lap = sp.csr_array(lap)
        lap.eliminate_zeros()
        return lap
    lap = -adj / (root[:, None] * root[None, :])
    lap[joined, joined] += 1.0
    return lap + 0.0  # turns -0.0 into 0.0


def largest_eigenvalue(laplacian):
    """Returns the largest eigenvalue of a symmetric matrix.

    Exact (LAPACK) for a dense matrix of at most 2,000 nodes; ARPACK to
    machine precision for larger or sparse ones, from a fixed start vector,
    so that the answer is the same on each call. The memory of the sparse
    path is proportional to the stored entries; matrices of at most 32
    nodes are always solved by LAPACK.

    Args:
        laplacian: `(N, N)` symmetric matrix, dense or sparse.

    Returns:
        The eigenvalue as a `float`; 0.0 for the Laplacian of an edgeless
        graph, whose eigenvalues are all 0.

    Raises:
        ValueError: The matrix is not square, not finite, not symmetric, or
            ARPACK did not converge in the time allowed, as on a chain of
            many thousand nodes with one triangle.

    Example:
    >>> round(largest_eigenvalue([[1, -1], [-1, 1]]), 12)
    2.0
    """
    lap = check_square(laplacian, "Laplacian")
    values = lap.data if sp.issparse(lap) else lap
    if not np.isfinite(values).all():
        raise ValueError(
            "The Laplacian holds NaN or infinite entries; expected finite "
            "ones. Make it with `normalised_laplacian(adj)`."
        )
    if not values.any():
        return 0.0
    if abs(lap - lap.T).max() > 1e-6 * abs(lap).max():
        raise ValueError(
            "The Laplacian is not symmetric; expected that of an undirected "
            'graph. Use `symmetrise(adj, "max")` before making it.'
        )
    nodes = lap.shape[0]
    limit = _ARPACK_MINIMUM if sp.issparse(lap) else _DENSE_LIMIT
    if nodes <= limit:
        dense = lap.toarray() if sp.issparse(lap) else lap
        last = [nodes - 1, nodes - 1]
        return float(scipy.linalg.eigvalsh(dense, subset_by_index=last)[0])
    # A constant start vector would be orthogonal to the answer on regular
    # bipartite graphs (grids, rings), hence a seeded random one.
    start = np.random.default_rng(0).standard_normal(nodes)
    try:
        found = scipy.sparse.linalg.eigsh(
            lap,
            k=1,
            which="LA",
            v0=start,
            maxiter=max(1, int(_ARPACK_WORK / nodes)),
            return_eigenvectors=False,
        )
    except scipy.sparse.linalg.ArpackNoConvergence as error:
        raise NoConvergence(
            f"ARPACK did not find the largest eigenvalue of {nodes} nodes; "
            "expected it to converge. Pass lambda_max=2.0, the upper bound, "
            "to `rescaled_laplacian`."
        ) from error
    return float(found[0])


def rescaled_laplacian(adj, lambda_max=None):
    """Returns the Laplacian moved from [0, lambda_max] to [-1, 1].

        L~ = 2 L / lambda_max - I

    An isolated node has `L_ii = 0` and therefore `L~_ii = -1`. The same
    holds for all nodes of an edgeless graph, where `lambda_max = 0`: `L~`
    is `-I`.

    Args:
        adj: `(N, N)` undirected weighted adjacency, dense or sparse.
        lambda_max: Largest eigenvalue of `L`; `None` computes it. It is the
            upper bound 2.0 exactly if some component with an edge is
            bipartite, which is found in O(E); else `largest_eigenvalue`.
            Where that does not converge, the bound takes its place: the
            spectrum then stays inside [-1, 1] and need not reach 1.

    Returns:
        `(N, N)` float64 `L~`, dense or CSR as `adj`.

    Raises:
        ValueError: `lambda_max` is not a positive number, or `adj` is no
            undirected adjacency (`check_adjacency`).

    Reference:
        ST-UNet, equation 2 (Chebyshev approximation of Defferrard et al.).

    Example:
    >>> rescaled_laplacian([[0, 1], [1, 0]], lambda_max=2.0).tolist()
    [[0.0, -1.0], [-1.0, 0.0]]
    """
    lap = normalised_laplacian(adj)
    if lambda_max is None:
        # L = 0 for an edgeless graph: any positive divisor gives -I.
        lambda_max = _largest_or_bound(lap) or 2.0
    if not (np.isfinite(lambda_max) and lambda_max > 0):
        raise ValueError(
            f"lambda_max={lambda_max!r} was given; expected a finite number "
            "> 0. Leave it out to have it computed, or pass 2.0."
        )
    if not sp.issparse(lap):
        return 2.0 * lap / lambda_max - np.eye(lap.shape[0])
    eye = sp.eye_array(lap.shape[0], format="csr")
    scaled = sp.csr_array(2.0 * lap / lambda_max - eye)
    scaled.eliminate_zeros()
    return scaled


def _largest_or_bound(lap):
    if _has_bipartite_part(lap):
        return 2.0
    try:
        return largest_eigenvalue(lap)
    except NoConvergence:
        return 2.0


def _has_bipartite_part(lap):
    # Whether some component with an edge is bipartite. In the double cover
    # (each node twice, each edge from a first to a second copy) exactly such
    # a component falls in two, its copies of one node on either side.
    edges = sp.coo_array(lap)
    off = edges.row != edges.col
    row, col = edges.row[off], edges.col[off]
    nodes = lap.shape[0]
    cover = sp.coo_array(
        (np.ones(len(row)), (row, col + nodes)), (2 * nodes, 2 * nodes)
    )
    _, part = scipy.sparse.csgraph.connected_components(cover, directed=False)
    return bool((part[row] != part[row + nodes]).any())
