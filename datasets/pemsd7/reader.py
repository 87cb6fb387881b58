"""Reads the raw files of PeMSD7."""

from typing import NamedTuple

import numpy as np

from keras_stunet.datasets.pemsd7.published import get_published
from keras_stunet.datasets.places import read_stations
from keras_stunet.datasets.published import check_published
from keras_stunet.datasets.raw_folder import search_folder
from keras_stunet.datasets.table import read_numbers

FILE_KEYS = ("speed", "distances", "stations")
"""What the files hold, the keys of `find_files`."""

STEPS_PER_DAY = 288
"""Five-minute steps of a day."""

FIRST_DAY = "2012-05-01"
"""First day of both series, a Tuesday."""

_READER = "keras_stunet.datasets.pemsd7.read_raw"


class PeMSD7(NamedTuple):
    """The whole series of a config, with its stations.

    Attributes:
        speed: float32 `(steps, N)`, miles per hour. Gaps were interpolated
            before publication: there are no missing values.
        timestamps: datetime64[s] `(steps,)`, local time (Los Angeles), start
            of each five-minute step; the days are weekdays only, so Monday
            follows Friday without a gap in the array.
        distances: float32 `(N, N)`, metres between stations.
        station_ids: str `(N,)`, PeMS ids where they are known, else "0",
            "1", ...
        coordinates: float64 `(N, 2)`, latitude and longitude in degrees, NaN
            where they are not known.
    """

    speed: np.ndarray
    timestamps: np.ndarray
    distances: np.ndarray
    station_ids: np.ndarray
    coordinates: np.ndarray


def read_raw(folder, config="m", *, num_stations=None, num_days=None):
    """Reads a series from published files, or from files like them.

    Takes the 72 MB of PeMSD7(M) in about one second. The values are checked
    (see `Raises`), but may differ from the published ones.

    Args:
        folder: Folder with the files, or with a folder `pemsd7_m` or
            `pemsd7_l` that has them. Files may be gzipped.
        config: "m" (228 stations) or "l" (1,026 stations).
        num_stations: Number of stations N to expect instead of the config's.
        num_days: Number of days to expect instead of the config's 44.

    Returns:
        A `PeMSD7`.

    Raises:
        FileNotFoundError: If the speeds or the distances are missing.
        ValueError: If a file does not hold what it must: damaged or cut off,
            rows or columns missing or left over, text, NaN or negative
            numbers. The message names file, line and column.
    """
    return read_files(
        find_files(folder, config),
        config,
        num_stations=num_stations,
        num_days=num_days,
    )


def has_raw(folder, config="m"):
    """Returns whether `folder` holds the speeds or distances of `config`."""
    files = _search(folder, config)
    return "speed" in files or "distances" in files


def find_files(folder, config="m"):
    """Finds the raw files of a config; see `read_raw` for the places.

    Returns:
        Dict of paths with keys "speed", "distances" and, where the file is
        there, "stations".

    Raises:
        FileNotFoundError: If the speeds or the distances are missing.
    """
    published = get_published(config)
    files = _search(folder, config)
    for key in ("speed", "distances"):
        if key not in files:
            file = getattr(published, key)
            raise FileNotFoundError(
                f"{published.title}: no {key} file. Looked for "
                f"{' or '.join(file.names)} (also with .gz) in {folder} and "
                f"in its folder pemsd7_{config}. Put the file there, for "
                f"example from {file.url}, or name no raw folder: then it is "
                "downloaded."
            )
    return files


def read_files(
    files,
    config="m",
    *,
    num_stations=None,
    num_days=None,
    published_only=False,
):
    """Reads the files that `find_files` gives; see `read_raw`.

    Args:
        files: Dict with keys "speed", "distances" and perhaps "stations".
            The values are paths with an `open` method (`pathlib.Path`,
            `epath.Path`).
        config: See `read_raw`.
        num_stations: See `read_raw`.
        num_days: See `read_raw`.
        published_only: Whether to refuse content that is not the published
            one, with a ValueError.
    """
    published = get_published(config)
    n = published.num_stations if num_stations is None else num_stations
    days = published.num_days if num_days is None else num_days
    distances = read_numbers(files["distances"], n, n, "distance in metres")
    ids = np.array([str(index) for index in range(n)])
    coordinates = np.full((n, 2), np.nan)
    if "stations" in files:
        ids, coordinates = read_stations(files["stations"], n)
    steps = days * STEPS_PER_DAY
    speed = read_numbers(files["speed"], steps, n, "speed in mph")
    if published_only:  # what is damaged has been named more closely
        for key, path in files.items():
            check_published(path, getattr(published, key), _READER)
    return PeMSD7(speed, weekday_steps(days), distances, ids, coordinates)


def weekday_steps(num_days):
    """Returns the timestamps of the first `num_days` weekdays.

    Returns:
        datetime64[s] of shape `(num_days * 288,)`, from 1 May 2012 00:00.

    >>> weekday_steps(5)[[0, 1, 4 * 288 - 1, 4 * 288]].astype(str).tolist()
    ['2012-05-01T00:00:00', '2012-05-01T00:05:00', '2012-05-04T23:55:00',
     '2012-05-07T00:00:00']
    """
    days = np.busday_offset(FIRST_DAY, np.arange(num_days))
    steps = np.arange(STEPS_PER_DAY) * np.timedelta64(5, "m")
    return (days[:, None] + steps).astype("datetime64[s]").ravel()


def _search(folder, config):
    published = get_published(config)
    files = {key: getattr(published, key) for key in FILE_KEYS}
    names = {key: file.names for key, file in files.items() if file}
    return search_folder(
        folder, f"pemsd7_{config}", names, telling=("speed", "distances")
    )
