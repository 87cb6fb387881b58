"""Which of adjacency, distances and coordinates makes the graph, and how."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from keras_stunet.data.readers.graphs.matrices import pick
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.graph.adjacency import gaussian_adjacency
from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.checks import check_square
from keras_stunet.graph.nearest_neighbours import check_coordinates
from keras_stunet.graph.nearest_neighbours import neighbour_adjacency
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

# DCRNN's: weaker edges are left out.
_LEAST_WEIGHT = 0.1
# A list of links between neighbours has so many a sensor, at most; one of all
# pairs within reach, as DCRNN's, has more.
_MOST_LINKS = 16
# A distance in more places than two, and so many times all others, is none.
_FAR = 5
# What stands for an entry that a masked array does not tell.
_UNTOLD = {"adjacency": 0, "distances": np.inf, "coordinates": np.nan}
# Columns of a data frame of coordinates.
_PLACES = (("latitude", "lat"), ("longitude", "lon", "lng"))


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


def labelled_array(frame, key, names, source):
    """A data frame as an array, in the order of the sensors.

    Its index names the sensors, and so do its columns where it is no
    `coordinates`, in any order; where both are numbered as pandas does by
    itself they name none, and the order is that of the sensors.

    Args:
        frame: The data frame.
        key: "adjacency", "distances" or "coordinates".
        names: The sensors, in order.
        source: Where it comes from, for messages.

    Raises:
        ValueError: If a label is there twice, a sensor is missing or a cell
            is no number.

    Example:
    >>> frame = pd.DataFrame([[0, 1], [2, 0]], ["b", "a"], ["b", "a"])
    >>> labelled_array(frame, "adjacency", ["a", "b"], "x").tolist()
    [[0.0, 2.0], [1.0, 0.0]]
    """
    what = f"{source}: `{key}`"
    if key == "coordinates":
        frame = frame[_place_columns(frame, what)]
    try:
        array = frame.to_numpy("float64", na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{what} holds what is no number: {error}. Expected a data frame "
            "of numbers whose labels are the sensors."
        ) from error
    bare = isinstance(frame.index, pd.RangeIndex)
    if key != "coordinates":
        bare = bare and isinstance(frame.columns, pd.RangeIndex)
    names = [str(name) for name in names]
    if bare and len(frame) == len(names):
        return array
    rows = check_headings(what, [str(label) for label in frame.index], "row")
    if key == "coordinates":
        return pick(what, array, names, rows, "row")
    columns = [str(label) for label in frame.columns]
    columns = check_headings(what, columns, "column")
    if set(rows) != set(columns):
        odd = sorted(set(rows) ^ set(columns))
        raise ValueError(
            f"{what} has other sensors as rows than as columns, such as "
            f"{odd[0]!r}. Expected each as both."
        )
    return pick(what, array, names, rows, "row", columns=columns)


def _place_columns(frame, what):
    words = {str(name).strip().lower(): name for name in frame.columns}
    found = [
        [words[word] for word in known if word in words] for known in _PLACES
    ]
    if not all(len(names) == 1 for names in found):
        raise ValueError(
            f"{what} has the columns {', '.join(map(repr, words))}; expected "
            "one called latitude and one called longitude."
        )
    return [names[0] for names in found]


def chosen_adjacency(graph, names, source):
    """The adjacency that the graph arguments of `from_arrays` make.

    Args:
        graph: What `checked_graph` returned.
        names: The N sensors, in order.
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
        return sp.csr_array((len(names), len(names))), None
    maker = next((key for key in graph if key != "coordinates"), "coordinates")
    try:
        return _made(maker, graph, names, source)
    except ValueError as error:
        if source in str(error):
            raise
        raise ValueError(f"{source}: {error}") from error


def _made(maker, graph, names, source):
    if maker == "coordinates":
        return neighbour_adjacency(graph["coordinates"]), None
    if graph.get("coordinates") is not None:
        places = np.asarray(graph["coordinates"], "float64")
        check_coordinates(places[~np.isnan(places).any(axis=1)])
    if maker == "distances":
        return _from_distances(graph["distances"], names, source)
    check_adjacency(graph["adjacency"], symmetric=False)
    return graph["adjacency"], None


def _from_distances(distances, names, source):
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
    _warn_of_no_path(known, source)
    # Links that somebody chose to list are of like lengths, whose deviation
    # may be far below all of them: it would leave no edge.
    n = len(names)
    links = len(known) < min(n * (n - 1) / 2, _MOST_LINKS * n)
    if links:
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
    if links:
        _warn_of_cut_links(distances, reach, names, source)
    return adjacency, reach


def _warn_of_cut_links(distances, reach, names, source):
    """Warn of links that somebody chose to list and that make no edge."""
    if sp.issparse(distances):
        given = sp.coo_array(distances)
        (rows, columns), data = given.coords, given.data
    else:
        rows, columns = np.nonzero(np.isfinite(distances))
        data = distances[rows, columns]
    lengths = {}  # of both directions once, where they are alike
    for i, j, length in zip(rows, columns, data.tolist(), strict=True):
        if i != j and np.isfinite(length):
            lengths.setdefault((min(i, j), max(i, j), length), (i, j))
    cut = [
        f"{names[i]} to {names[j]}"
        for (*_, length), (i, j) in lengths.items()
        if length > reach
    ]
    if cut:
        verb, makes = ("is", "makes") if len(cut) == 1 else ("are", "make")
        warn_user(
            f"{source}: {len(cut):,} of {counted(len(lengths), 'edge')} {verb} "
            f"longer than {reach:.4g} and {makes} no edge: "
            f"{listed(cut, most=3)}."
        )


def _warn_of_no_path(known, source):
    """Warn of one number in many places, such as 99999, for no path."""
    found, counts = np.unique(known, return_counts=True)
    if len(found) < 2 or counts[-1] < 3 or found[-1] <= _FAR * found[-2]:
        return
    warn_user(
        f"{source}: {counts[-1]:,} distances are {found[-1]:g}, where the "
        f"largest other one is {found[-2]:g}. If this stands for no path, "
        "write inf, or leave these edges out."
    )
