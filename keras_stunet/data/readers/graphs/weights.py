"""Which of adjacency, distances and coordinates makes the graph, and how."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from keras_stunet.data.readers.graphs.labelled import labelled_array
from keras_stunet.graph.adjacency import gaussian_adjacency
from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.checks import check_square
from keras_stunet.graph.nearest_neighbours import check_coordinates
from keras_stunet.graph.nearest_neighbours import neighbour_adjacency

# DCRNN's: weaker edges are left out.
_LEAST_WEIGHT = 0.1
# A list of links between neighbours has so many a sensor, at most; one of all
# pairs within reach, as DCRNN's, has more.
_MOST_LINKS = 16


# What stands for an entry that a masked array does not tell.
_UNTOLD = {"adjacency": 0, "distances": np.inf, "coordinates": np.nan}


def checked_graph(graph, names, source):
    """The graph arguments of `from_arrays` in the order of the sensors.

    Args:
        graph: A dict of `adjacency`, `distances` and `coordinates`; those
            left out are missing or `None`.
        names: The N sensors, in order.
        source: Where the graph comes from, for messages.

    Returns:
        A dict of those that are given, as arrays or sparse matrices.

    Raises:
        ValueError: If both of the first two are given, or one is none of `N`
            sensors.
    """
    given = {key: array for key, array in graph.items() if array is not None}
    if {"adjacency", "distances"} <= given.keys():
        raise ValueError(
            f"{source}: the graph is given by {' and '.join(given)}; expected "
            "at most one of `adjacency` and `distances`, beside which "
            "`coordinates` may stand."
        )
    n = len(names)
    for key, array in given.items():
        if isinstance(array, pd.DataFrame):
            array = labelled_array(array, key, names, source)
        elif np.ma.isMaskedArray(array):
            array = array.astype("float64").filled(_UNTOLD[key])
        given[key] = array
        shape = (n, 2) if key == "coordinates" else (n, n)
        found = getattr(array, "shape", None) or np.shape(array)
        if found != shape:
            raise ValueError(
                f"{source}: `{key}` has shape {found}; expected {shape} for "
                f"{n} sensors."
            )
    return given


def chosen_adjacency(graph, n, source):
    """The adjacency that the graph arguments of `from_arrays` make.

    Args:
        graph: What `checked_graph` returned.
        n: Number of sensors.
        source: Where the graph comes from, for messages.

    Returns:
        `(N, N)` weights, dense or sparse, without any edge where nothing
        makes one; and the distance beyond which there is none, `None` if they
        are not made from distances.

    Raises:
        ValueError: If the entries make no sense, or all distances are too
            large for an edge.
    """
    if not graph:
        return sp.csr_array((n, n)), None
    maker = next((key for key in graph if key != "coordinates"), "coordinates")
    try:
        return _made(maker, graph, source)
    except ValueError as error:
        if source in str(error):
            raise
        raise ValueError(f"{source}: {error}") from error


def _made(maker, graph, source):
    if maker == "coordinates":
        return neighbour_adjacency(graph["coordinates"]), None
    if graph.get("coordinates") is not None:
        places = np.asarray(graph["coordinates"], "float64")
        check_coordinates(places[~np.isnan(places).any(axis=1)])
    if maker == "distances":
        return _from_distances(graph["distances"], source)
    check_adjacency(graph["adjacency"], symmetric=False)
    return graph["adjacency"], None


def _from_distances(distances, source):
    if sp.issparse(distances):
        stored = sp.coo_array(distances)
        known = stored.data[stored.row != stored.col]
        own = stored.data[stored.row == stored.col]
    else:
        distances = check_square(distances, "distance matrix")  # a copy
        own = distances.diagonal().copy()
        np.fill_diagonal(distances, 0)
        known = distances[~np.eye(len(distances), dtype=bool)]
    known = known[np.isfinite(known)]
    own = np.zeros(np.isfinite(own).sum())  # of those that are listed
    if not len(known):
        raise ValueError(
            f"{source}: no distance between two sensors is finite, so there "
            "is no edge. Give at least one."
        )
    # Links that somebody chose to list are of like lengths, whose deviation
    # may be far below all of them: it would leave no edge.
    n = distances.shape[0]
    if len(known) < min(n * (n - 1) / 2, _MOST_LINKS * n):
        scale, what = np.sqrt(np.square(known).mean()), "root mean square"
    else:
        scale = np.concatenate([known, own]).std()
        what = "standard deviation"
    # Where all are one distance, rounding can leave a deviation above 0.
    if known.std() <= 1e-9 * abs(known).max(initial=0.0):
        scale = abs(known).max(initial=0.0) or 1.0
    adjacency = gaussian_adjacency(
        distances, sigma2=1.0, epsilon=_LEAST_WEIGHT, unit=float(scale)
    )
    reach = scale * np.sqrt(-np.log(_LEAST_WEIGHT))
    if not adjacency.sum():
        raise ValueError(
            f"{source}: no edge is left: with the {what} "
            f"{scale:g} of the {len(known):,} finite distances as scale, only "
            f"those up to {reach:g} make an edge, and the least is "
            f"{known.min(initial=np.inf):g}. Give weights instead, such as "
            "`gaussian_adjacency(distances, sigma2=1, unit=...)` makes."
        )
    return adjacency, reach
