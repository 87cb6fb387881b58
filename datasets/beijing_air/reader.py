"""Reads the raw files of Beijing's air."""

from typing import NamedTuple

import numpy as np

from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.datasets.beijing_air.published import HEADING
from keras_stunet.datasets.beijing_air.published import HOMEPAGE
from keras_stunet.datasets.beijing_air.published import MEASUREMENTS
from keras_stunet.datasets.beijing_air.published import STATIONS
from keras_stunet.datasets.beijing_air.published import file_name
from keras_stunet.datasets.beijing_air.published import hours
from keras_stunet.datasets.raw_folder import search_folder
from keras_stunet.datasets.table import check_closed

FOLDER = "beijing_air"
_TIME = ("year", "month", "day", "hour")


class BeijingAir(NamedTuple):
    """The whole series.

    Attributes:
        values: float32 `(steps, 12, 11)`, measurements and units as in
            `published.MEASUREMENTS`; NaN where a reading is missing.
        timestamps: datetime64[s] `(steps,)`, local time (Beijing), each hour.
        station_names: str `(12,)`.
    """

    values: np.ndarray
    timestamps: np.ndarray
    station_names: np.ndarray


def read_raw(folder, *, timestamps=None):
    """Reads the twelve files of a folder.

    Args:
        folder: Folder with the files, or with a folder `beijing_air` that has
            them. Files may be gzipped.
        timestamps: Hours to expect instead of the published ones.

    Returns:
        A `BeijingAir`.

    Raises:
        FileNotFoundError: If the file of a station is missing.
        ValueError: If a file does not hold what it must: damaged or cut off,
            another heading, hours missing or out of order, or text where a
            number must be. The message names file and line.
    """
    return read_files(find_files(folder), timestamps=timestamps)


def has_raw(folder, config=None):
    """Returns whether `folder` holds the file of a station."""
    return bool(_search(folder))


def find_files(folder):
    """Finds the files of all stations; see `read_raw` for the places.

    Returns:
        Dict of stations to paths.

    Raises:
        FileNotFoundError: If one is missing.
    """
    files = _search(folder)
    lost = [station for station in STATIONS if station not in files]
    if lost:
        raise FileNotFoundError(
            f"Beijing air: no file of {', '.join(lost)}. Looked for "
            f"{file_name(lost[0])} (also with .gz) in {folder} and in its "
            f"folder {FOLDER}. Get the archive from {HOMEPAGE} and put its "
            "twelve files there."
        )
    return files


def read_files(files, *, timestamps=None):
    """Reads the files that `find_files` gives; see `read_raw`."""
    timestamps = hours() if timestamps is None else timestamps
    stations = [_read_station(files[name], name, timestamps) for name in files]
    return BeijingAir(
        np.stack(stations, axis=1),  # (steps, N, D)
        timestamps,
        np.array(list(files)),
    )


def _read_station(path, name, timestamps):
    table = read_csv(path)
    if tuple(table.head) != HEADING:
        raise ValueError(
            f"{path}: the heading is {','.join(table.head)[:80]!r}; expected "
            f"{','.join(HEADING)!r}. Get the file again."
        )
    table = table.body
    if len(table) != len(timestamps):
        raise ValueError(
            f"{path}: {len(table)} hours; expected {len(timestamps)}, from "
            f"{timestamps[0]} to {timestamps[-1]}. The file was probably cut "
            "off: get it again."
        )
    check_closed(table)
    parts, bad = table.numbers([HEADING.index(part) for part in _TIME])
    expected = np.array(
        [
            [time.year, time.month, time.day, time.hour]
            for time in timestamps.tolist()
        ]
    )
    bad = bad.any(axis=1) | (parts != expected).any(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"{table.place(row)}: the hour is not {timestamps[row]}, the one "
            "that follows. Get the file again."
        )
    places = [HEADING.index(measurement) for measurement in MEASUREMENTS]
    values, bad = table.numbers(places)
    bad |= np.isinf(values)
    if bad.any():
        row, at = map(int, np.argwhere(bad)[0])
        cell = table.columns[places[at]][row].as_py()[:40]
        raise ValueError(
            f"{table.place(row)}: {list(MEASUREMENTS)[at]} is {cell!r}; "
            "expected a number, or NA where it is missing. Get the file again."
        )
    stations = set(table.columns[HEADING.index("station")].to_pylist())
    if stations != {name}:
        raise ValueError(
            f"{path}: rows of {', '.join(sorted(stations))[:80]}; expected "
            f"those of {name}, after which the file is named. Get it again."
        )
    return values.astype(np.float32)


def _search(folder):
    names = {station: (file_name(station),) for station in STATIONS}
    return search_folder(folder, FOLDER, names, telling=STATIONS)
