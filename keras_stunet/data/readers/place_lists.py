"""Coordinates of sensors written as a table."""

import numpy as np

from keras_stunet.data.readers.graph_matrices import pick
from keras_stunet.data.readers.long_rows import SENSOR_WORDS

_LATITUDE = {"latitude", "lat"}
_LONGITUDE = {"longitude", "lon", "lng", "long"}


def is_place_list(headings):
    """Whether headings are those of a table of coordinates.

    Example:
    >>> is_place_list(["ID", "Lat", "Lng"]), is_place_list(["", "a", "b"])
    (True, False)
    """
    words = {heading.strip().lower() for heading in headings}
    return bool(words & _LATITUDE and words & _LONGITUDE)


def place_coordinates(table, node_ids):
    """The coordinates of sensors from a table; see `read_places`.

    Args:
        table: A `Table` whose first row is the headings.
        node_ids: The sensors, in order.

    Returns:
        `(N, 2)` float64 latitude and longitude in degrees.

    Raises:
        ValueError: If it is no such table, or a sensor is missing or has two
            places.
    """
    names, content = read_places(table)
    first = {}
    for row, name in enumerate(names.tolist()):
        before = first.setdefault(name, row)
        if (content[before] != content[row]).any():
            table = table.body
            raise ValueError(
                f"{table.place(row)}: sensor {name!r} is elsewhere than in "
                f"{table.unit} {table.lines[before]}. Keep one of the two."
            )
    content = content[list(first.values())]
    return pick(table.path, content, node_ids, list(first), "row")


def read_places(table):
    """The ids and coordinates in all rows of a table.

    Args:
        table: A `Table` whose first row is the headings.

    Returns:
        The ids, str `(rows,)`, and `(rows, 2)` float64 latitude and longitude
        in degrees.

    Raises:
        ValueError: If there is not one column of ids, of latitudes and of
            longitudes, or a coordinate is no number in its range.
    """
    words = [heading.strip().lower() for heading in table.head]
    sensor = _column(table.path, words, SENSOR_WORDS, "sensor")
    latitude = _column(table.path, words, _LATITUDE, "latitude")
    longitude = _column(table.path, words, _LONGITUDE, "longitude")
    table = table.body
    names = np.array(
        [cell.strip() for cell in table.columns[sensor].to_pylist()], str
    )
    content, _ = table.numbers([latitude, longitude])
    bad = ~(abs(content) <= (90, 180)).all(axis=1)  # NaN is out of range
    bad |= names == ""
    if bad.any():
        row = int(bad.argmax())
        cells = [table.columns[at][row].as_py() for at in (latitude, longitude)]
        raise ValueError(
            f"{table.place(row)}: sensor {str(names[row])!r} is at "
            f"{cells[0][:40]!r}, {cells[1][:40]!r}; expected its id, a "
            "latitude in [-90, 90] and a longitude in [-180, 180], in "
            "degrees. Correct the row, or remove it."
        )
    return names, content


def _column(path, words, known, what):
    found = [at for at, word in enumerate(words) if word in known]
    if len(found) != 1:
        raise ValueError(
            f"{path} has {len(found)} columns of {what}s among "
            f"{', '.join(map(repr, words))}; expected one, called {what}. "
            "Rename the headings."
        )
    return found[0]
