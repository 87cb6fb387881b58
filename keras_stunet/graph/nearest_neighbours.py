"""From places on the Earth to a graph of nearest neighbours."""

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import check_count

EARTH_RADIUS = 6_371_008.8  # metres, the mean radius


def neighbour_adjacency(coordinates, k=8):
    """Returns Gaussian weights between each sensor and its nearest ones.

        W_ij = exp(-(d_ij / s)^2)   where j is among the k nearest of i,
                                    or i among those of j
             = 0                    elsewhere, and where i = j

    `d` is the great-circle (haversine) distance and `s` the mean, over all
    sensors, of the distance to their k-th neighbour, so that no unit or
    density has to be known. A sensor so far away that its weights round to 0
    has no edge. 8 neighbours are about the mean degree of PeMSD7's graph
    (7.3).

    Neighbours are found in a k-d tree of points on the unit sphere, where
    nearer in space is nearer on the ground: O(N k log N) time and O(N k)
    memory. Which one of two equally far sensors is the k-th is left to the
    tree, the same each time.

    Args:
        coordinates: `(N, 2)` latitude and longitude in degrees, N >= 2.
        k: Neighbours of a sensor; all others where there are fewer.

    Returns:
        `(N, N)` symmetric `csr_array` of weights in [0, 1], no self-loops.

    Raises:
        ValueError: If there are fewer than two places, or a coordinate is no
            finite number in its range.

    Reference:
        Defferrard, Bresson, Vandergheynst (NIPS 2016): their code takes `s`
        from the k-th neighbour.

    Example:
    >>> w = neighbour_adjacency([[34, -118], [34.01, -118], [34.03, -118]], k=1)
    >>> w.toarray().round(3).tolist()
    [[0.0, 0.57, 0.0], [0.57, 0.0, 0.105], [0.0, 0.105, 0.0]]
    """
    k = check_count("k", k, minimum=1)
    coordinates = check_coordinates(coordinates)
    n = len(coordinates)
    if (coordinates == coordinates[:1]).all():
        raise ValueError(
            f"The coordinates of {n} sensors name one place only; expected at "
            "least two, to tell near from far."
        )
    k = min(k, n - 1)
    chord, neighbour = _nearest(_unit_vectors(coordinates), k)  # (N, k)
    distance = 2 * EARTH_RADIUS * np.arcsin(np.minimum(chord / 2, 1))
    # Where all k neighbours of all share their place, any scale gives 1.
    scale = distance[:, -1].mean() or 1.0
    weights = np.exp(-np.square(distance / scale))
    rows = np.repeat(np.arange(n), k)
    one_way = sp.csr_array((weights.ravel(), (rows, neighbour.ravel())), (n, n))
    both = sp.csr_array(one_way.maximum(one_way.T))
    both.eliminate_zeros()
    return both


def check_coordinates(coordinates):
    """Returns coordinates as float64 after a check of their ranges.

    Args:
        coordinates: `(N, 2)` latitude and longitude in degrees.

    Raises:
        ValueError: If the shape is another, a number is not finite, a
            latitude is outside [-90, 90] or a longitude outside [-180, 180].

    Example:
    >>> check_coordinates([[34, -118]]).tolist()
    [[34.0, -118.0]]
    """
    if np.ma.is_masked(coordinates):  # `asarray` would give what is hidden
        coordinates = coordinates.astype("float64").filled(np.nan)
    coordinates = np.asarray(coordinates)
    if coordinates.dtype.kind not in "iuf":
        raise ValueError(
            f"The coordinates have dtype {coordinates.dtype}; expected "
            "numbers, latitude and longitude in degrees."
        )
    coordinates = coordinates.astype("float64")
    if coordinates.ndim != 2 or coordinates.shape[1] != 2:
        raise ValueError(
            f"The coordinates have shape {coordinates.shape}; expected "
            "(N, 2): latitude and longitude of each sensor."
        )
    good = abs(coordinates) <= (90, 180)  # False for NaN
    if not good.all():
        at = int(np.argmin(good.all(axis=1)))
        latitude, longitude = coordinates[at]
        raise ValueError(
            f"Sensor {at} (from 0) has latitude {latitude:g} and longitude "
            f"{longitude:g}; expected degrees in [-90, 90] and [-180, 180], "
            "latitude first. Check the order of the two and their unit."
        )
    return coordinates


def _unit_vectors(coordinates):
    latitude, longitude = np.radians(coordinates).T
    return np.stack(
        [
            np.cos(latitude) * np.cos(longitude),
            np.cos(latitude) * np.sin(longitude),
            np.sin(latitude),
        ],
        axis=1,
    )


def _nearest(points, k):
    from scipy.spatial import cKDTree  # here, as it takes a while to import

    # One more than k, for each point usually finds itself first.
    chord, neighbour = cKDTree(points).query(points, k + 1)
    itself = neighbour == np.arange(len(points))[:, None]
    # Among more than k at one place it may not: then drop the last.
    itself[~itself.any(axis=1), -1] = True
    keep = ~itself
    return chord[keep].reshape(-1, k), neighbour[keep].reshape(-1, k)
