"""Graphs as data frames, whose labels name the sensors."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.graphs.matrices import pick
from keras_stunet.data.readers.tables import check_headings

_PLACES = (("latitude", "lat"), ("longitude", "lon", "lng"))


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
