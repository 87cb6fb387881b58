"""From distances between sensors to edge weights."""

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import check_choice
from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.checks import check_square
from keras_stunet.graph.checks import without_self_loops


def gaussian_adjacency(distances, sigma2=0.1, epsilon=0.5, unit=1e4):
    """Returns the thresholded Gaussian kernel of pairwise distances.

        W_ij = exp(-(d_ij / unit)^2 / sigma2)   where that is >= epsilon
             = 0                                elsewhere, and where i = j

    The defaults are STGCN's for PeMSD7, whose distances are in metres:
    `unit=1e4` measures them in 10 km, and an edge joins two stations that
    are at most 2,633 m apart.

    Args:
        distances: `(N, N)` distances, all >= 0. Dense: an infinite distance
            is allowed and gives no edge. Sparse: only stored entries are
            distances (a stored 0 is the distance 0), all others are
            infinite; mind that `csr_array(dense)` drops the zeros of
            sensors at the same place. The two directions may differ.
        sigma2: Squared width of the kernel, in squared units.
        epsilon: Smallest weight that is kept, in [0, 1].
        unit: How many distance units make one unit of the kernel.

    Returns:
        `(N, N)` float64 weights in [0, 1], without self-loops; `ndarray`
        or `csr_array`, as `distances`. It may be edgeless.

    Raises:
        ValueError: Distances that are not a square matrix of numbers, are
            NaN or negative; `sigma2` or `unit` not positive; `epsilon`
            outside [0, 1].

    Reference:
        Yu, Yin, Zhu: "Spatio-Temporal Graph Convolutional Networks"
        (IJCAI 2018), section 4.2, equation 10; shared by ST-UNet.

    Example:
    >>> w = gaussian_adjacency(
    ...     [[0, 1000, 9000], [1000, 0, 2000], [9000, 2000, 0]]
    ... )
    >>> w.round(3).tolist()
    [[0.0, 0.905, 0.0], [0.905, 0.0, 0.67], [0.0, 0.67, 0.0]]
    """
    for name, value in (("sigma2", sigma2), ("unit", unit)):
        if not (np.isfinite(value) and value > 0):
            raise ValueError(
                f"{name}={value!r} was given; expected a finite number > 0. "
                "The defaults sigma2=0.1 and unit=1e4 suit metres."
            )
    if not 0 <= epsilon <= 1:
        raise ValueError(
            f"epsilon={epsilon!r} was given; expected a weight in [0, 1], the "
            "smallest that is kept. The default is 0.5."
        )
    distances = check_square(distances, "distance matrix")
    values = distances.data if sp.issparse(distances) else distances
    if np.isnan(values).any():
        raise ValueError(
            f"The distances hold {int(np.isnan(values).sum())} NaN; expected "
            "numbers. Write infinity (dense) or store nothing (sparse) where "
            "a distance is unknown."
        )
    if (values < 0).any():
        raise ValueError(
            f"The distances hold negative entries (lowest {values.min():g}); "
            "expected distances >= 0. If these are weights already, use them "
            "as the adjacency."
        )
    weights = np.exp(-np.square(values / unit) / sigma2)
    weights[weights < epsilon] = 0.0
    if sp.issparse(distances):
        distances.data = weights
        weights = distances
    return without_self_loops(weights)


def symmetrise(adj, how="max"):
    """Returns an undirected graph made from a directed one.

        "max":   W_ij = max(A_ij, A_ji)
        "mean":  W_ij = (A_ij + A_ji) / 2

    Args:
        adj: `(N, N)` weighted adjacency, dense or sparse. Self-loops stay.
        how: `"max"` keeps the weight of one-way edges, as DCRNN does for
            its Laplacian; `"mean"` halves it.

    Returns:
        `(N, N)` float64 symmetric adjacency of the same kind as `adj`.

    Raises:
        ValueError: `how` is unknown, or `adj` is no adjacency (see
            `check_adjacency`).

    Example:
    >>> symmetrise([[0, 4], [2, 0]], "max").tolist()
    [[0.0, 4.0], [4.0, 0.0]]
    >>> symmetrise([[0, 4], [2, 0]], "mean").tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    """
    check_choice("symmetrisation", how, ("max", "mean"))
    adj = check_adjacency(adj, symmetric=False)
    if how == "mean":
        both = (adj + adj.T) / 2
    elif sp.issparse(adj):
        both = adj.maximum(adj.T)
    else:
        both = np.maximum(adj, adj.T)
    return sp.csr_array(both) if sp.issparse(both) else both
