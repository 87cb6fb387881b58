"""Which of adjacency, distances and coordinates makes the graph, and how."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

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


def chosen_adjacency(graph, n, source):
    """The adjacency that the graph arguments of `from_arrays` make.

    Args:
        graph: A dict of `adjacency`, `distances` and `coordinates`; those
            left out are missing or `None`.
        n: Number of sensors.
        source: Where the graph comes from, for messages.

    Returns:
        `(N, N)` weights with at least one edge, dense or sparse; and the
        distance beyond which there is none, `None` if they are not made from
        distances.

    Raises:
        ValueError: If none or more than one of them makes the graph, or it
            is none of `N` sensors.
    """
    given = [key for key, value in graph.items() if value is not None]
    makers = [key for key in given if key != "coordinates"] or given
    if len(makers) != 1:
        raise ValueError(
            f"{source}: the graph is given by "
            f"{' and '.join(given) or 'nothing'}; expected one of "
            "`adjacency`, `distances` and `coordinates` (which may "
            "stand beside one of the others)."
        )
    for key in given:
        shape = (n, 2) if key == "coordinates" else (n, n)
        if isinstance(graph[key], pd.DataFrame):
            raise ValueError(
                f"{source}: `{key}` is a data frame, whose order may be "
                "another than that of the sensors. Give it in their order, "
                f"as an array: `{key}.to_numpy()`."
            )
        found = getattr(graph[key], "shape", None) or np.shape(graph[key])
        if found != shape:
            raise ValueError(
                f"{source}: `{key}` has shape {found}; expected {shape} for "
                f"{n} sensors."
            )
    try:
        return _made(makers[0], graph, source)
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
    else:
        distances = check_square(distances, "distance matrix")
        np.fill_diagonal(distances, 0)  # a copy
        known = distances[~np.eye(len(distances), dtype=bool)]
    known = known[np.isfinite(known)]
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
        scale, what = known.std(), "standard deviation"
    # Where all are one distance, rounding can leave a deviation above 0.
    if scale <= 1e-9 * abs(known).max(initial=0.0):
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
