"""Coordinates of sensors written as a table."""

import numpy as np

from keras_stunet.data.readers.csv_rows import numbers
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
    """The coordinates of sensors from a table.

    Args:
        table: A `GraphTable` whose first row is the headings.
        node_ids: The sensors, in order.

    Returns:
        `(N, 2)` float64 latitude and longitude in degrees.

    Raises:
        ValueError: If a column occurs twice or the sensors' is missing, a
            coordinate is no number in its range, or a sensor is missing or
            has two places.
    """
    words = [heading.strip().lower() for heading in table.rows[0][1]]
    sensor = _column(table.path, words, SENSOR_WORDS, "sensor")
    latitude = _column(table.path, words, _LATITUDE, "latitude")
    longitude = _column(table.path, words, _LONGITUDE, "longitude")
    places = {}
    for line, cells in table.rows[1:]:
        name = cells[sensor].strip()
        found, bad = numbers([cells[latitude], cells[longitude]])
        if not name or bad is not None or not _in_range(*found):
            raise ValueError(
                f"{table.place(line)}: sensor {name!r} is at "
                f"{cells[latitude][:40]!r}, {cells[longitude][:40]!r}; "
                "expected its id, a latitude in [-90, 90] and a longitude in "
                "[-180, 180], in degrees. Correct the row, or remove it."
            )
        before, where = places.setdefault(name, (found, line))
        if before != found:
            raise ValueError(
                f"{table.place(line)}: sensor {name!r} is elsewhere than in "
                f"{table.unit} {where}. Keep one of the two."
            )
    content = np.array([place for place, _ in places.values()]).reshape(-1, 2)
    return pick(table.path, content, node_ids, list(places), "row")


def _column(path, words, known, what):
    found = [at for at, word in enumerate(words) if word in known]
    if len(found) != 1:
        raise ValueError(
            f"{path} has {len(found)} columns of {what}s among "
            f"{', '.join(map(repr, words))}; expected one, called {what}. "
            "Rename the headings."
        )
    return found[0]


def _in_range(latitude, longitude):
    return abs(latitude) <= 90 and abs(longitude) <= 180
