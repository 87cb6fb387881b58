"""Coordinates of sensors written as a table."""

import dataclasses
import re

import numpy as np

from keras_stunet.data.readers.graphs.matrices import pick
from keras_stunet.data.readers.tables import SENSOR_WORDS
from keras_stunet.data.readers.tables import is_number
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

_SENSOR = SENSOR_WORDS | {"osmid"}
_LATITUDE = {"latitude", "lat"}
_LONGITUDE = {"longitude", "lon", "lng", "long"}
_FAR = 20  # times the usual distance from the middle
_GEOMETRY = "geometry"  # as geopandas and OSMnx write it
_POINT = re.compile(r"\s*POINT\s*\(\s*(\S+)\s+(\S+)\s*\)\s*\Z", re.IGNORECASE)


def is_place_list(headings):
    """Whether headings are those of a table of coordinates.

    Example:
    >>> is_place_list(["ID", "Lat", "Lng"]), is_place_list(["", "a", "b"])
    (True, False)
    """
    words = {heading.strip().lower() for heading in headings}
    return bool(words & _LATITUDE and words & _LONGITUDE) or (
        _GEOMETRY in words and bool(words & _SENSOR)
    )


def are_places(table, node_ids):
    """Whether rows are a sensor and its place, without headings.

    Args:
        table: A `Table`.
        node_ids: The sensors.
    """
    if len(table.columns) != 3:
        return False
    cells = table.columns[0].to_pylist()
    if not all(cell.strip() in node_ids for cell in cells):
        return False
    places, _ = table.numbers([1, 2])
    return bool((abs(places) <= (90, 180)).all() and (places % 1 != 0).any())


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
    content = pick(table.path, content, node_ids, list(first), "row")
    _warn_of_far_places(table.path, content, node_ids)
    return content


def _warn_of_far_places(path, content, node_ids):
    """Warn of sensors that are elsewhere than all others, 0, 0 say."""
    # Degrees of latitude will do to tell a town from the Atlantic.
    stretch = np.cos(np.radians(np.median(content[:, 0])))
    east = (content[:, 1] - np.median(content[:, 1])) * stretch
    away = np.hypot(content[:, 0] - np.median(content[:, 0]), east)
    far = away > max(_FAR * np.median(away), 1)
    if far.any():
        latitude, longitude = content[far][0]
        names = np.asarray(node_ids)[far]
        warn_user(
            f"{path}: {counted(len(names), 'sensor')} far from all others: "
            f"{listed(names)}, the first at {latitude:g}, {longitude:g}. Are "
            "latitude and longitude known there, and not swapped?"
        )


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
    table = _with_points_apart(table)
    words = [heading.strip().lower() for heading in table.head]
    sensor = _column(table.path, words, _SENSOR, "sensor")
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


def _with_points_apart(table):
    """A table whose geometry is written as latitude and longitude."""
    import pyarrow as pa

    words = [heading.strip().lower() for heading in table.head]
    if _GEOMETRY not in words or set(words) & _LATITUDE:
        return table
    at = words.index(_GEOMETRY)
    latitudes, longitudes = ["latitude"], ["longitude"]
    body = table.body
    for row, cell in enumerate(body.columns[at].to_pylist()):
        point = _POINT.match(cell)
        if not point or not all(map(is_number, point.groups())):
            raise ValueError(
                f"{body.place(row)}: the geometry is {cell[:40]!r}; expected "
                "POINT (longitude latitude), in degrees. Write the columns "
                "latitude and longitude instead."
            )
        longitudes.append(point[1])
        latitudes.append(point[2])
    columns = [pa.array(cells) for cells in (latitudes, longitudes)]
    columns = [cells.cast(pa.large_string()) for cells in columns]
    others = [table.columns[i] for i in range(len(words)) if i != at]
    return dataclasses.replace(table, columns=[*others, *columns])


def _column(path, words, known, what):
    found = [at for at, word in enumerate(words) if word in known]
    if len(found) != 1:
        raise ValueError(
            f"{path} has {len(found)} columns of {what}s among "
            f"{', '.join(map(repr, words))}; expected one, called {what}. "
            "Rename the headings."
        )
    return found[0]
