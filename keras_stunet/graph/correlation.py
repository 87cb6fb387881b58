"""From readings to a graph of the sensors that go together."""

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import check_count

# Of the rows, that two sensors must have readings in to be compared.
_SHARED = 0.1
_BLOCK = 512  # sensors whose correlations are held at a time


def correlation_adjacency(readings, k=8):
    """Returns edges between each sensor and those most correlated with it.

        W_ij = r_ij   where r_ij > 0 and j is among the k sensors with the
                      largest r_i., or i among those of j
             = 0      elsewhere, and where i = j

    `r` is Pearson's correlation over the rows in which both sensors have a
    reading; two that share less than a tenth of the rows have no edge. Nor
    has a sensor whose readings are all the same.

    Give the readings of the training part alone: edges made of later ones
    would know what is to be forecast.

    Args:
        readings: `(steps, N)`, NaN (or masked) where one is missing.
        k: Neighbours of a sensor; all others where there are fewer. 8, as in
            `neighbour_adjacency`.

    Returns:
        `(N, N)` symmetric `csr_array` of weights in (0, 1], no self-loops. It
        may be without any edge.

    Raises:
        ValueError: If `readings` is no such array, or `k` no integer >= 1.

    Example: the second goes with the first, the third against both.

    >>> w = correlation_adjacency([[1, 2, 3], [2, 3, 2], [3, 5, 1]])
    >>> w.toarray().round(3).tolist()
    [[0.0, 0.982, 0.0], [0.982, 0.0, 0.0], [0.0, 0.0, 0.0]]
    """
    k = check_count("k", k, minimum=1)
    readings = np.ma.array(readings, dtype="float64").filled(np.nan)
    if readings.ndim != 2 or 0 in readings.shape:
        raise ValueError(
            f"The readings have shape {readings.shape}; expected (steps, "
            "sensors), neither of them 0."
        )
    steps, n = readings.shape
    present = ~np.isnan(readings)
    count = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, readings, 0).sum(axis=0) / count
    # Products of centred readings lose no digits.
    readings = np.where(present, readings - mean, 0)
    readings[abs(readings) <= 1e-12 * abs(mean)] = 0  # of a constant
    present = present.astype("float64")
    k = min(k, n - 1)
    rows, columns, weights = [], [], []
    for first in range(0, n, _BLOCK):
        block = slice(first, min(first + _BLOCK, n))
        r = _correlation(readings, present, block, _SHARED * steps)
        own = np.arange(block.start, block.stop)
        # Processors add in other orders: no edge hangs on a last digit.
        r = r.round(6)
        r[own - first, own] = 0
        nearest = np.argsort(-r, axis=1, kind="stable")[:, :k]  # (block, k)
        rows.append(np.repeat(own, k))
        columns.append(nearest.ravel())
        weights.append(np.take_along_axis(r, nearest, axis=1).ravel())
    rows, columns, weights = map(np.concatenate, (rows, columns, weights))
    kept = weights > 0
    ends = rows[kept], columns[kept]
    one_way = sp.csr_array((weights[kept], ends), (n, n))
    return sp.csr_array(one_way.maximum(one_way.T))


def _correlation(x, present, block, least):
    """`(block, N)` correlations of centred readings, 0 where there is none."""
    mine, here = x[:, block].T, present[:, block].T  # (block, steps)
    count = here @ present
    shared = np.maximum(count, 1)
    sum_mine, sum_other = mine @ present, here @ x
    variance = (mine**2) @ present - sum_mine**2 / shared
    other = here @ (x**2) - sum_other**2 / shared
    covariance = mine @ x - sum_mine * sum_other / shared
    # Where readings are the same in all shared rows, rounding is left.
    known = variance > 1e-12 * (mine**2).sum(axis=1)[:, None]
    known &= other > 1e-12 * (x**2).sum(axis=0)
    known &= (count >= least) & (count > 1)
    product = np.where(known, variance * other, 1)
    return np.where(known, np.minimum(covariance / np.sqrt(product), 1), 0)
