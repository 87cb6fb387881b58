"""Reads the raw files of METR-LA."""

from typing import NamedTuple

import numpy as np

from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.datasets.metr_la.graph import read_adjacency_pickle
from keras_stunet.datasets.metr_la.graph import read_graph
from keras_stunet.datasets.metr_la.published import FILES
from keras_stunet.datasets.metr_la.published import NUM_SENSORS
from keras_stunet.datasets.metr_la.published import NUM_STEPS
from keras_stunet.datasets.metr_la.published import PART29_FILE
from keras_stunet.datasets.metr_la.published import get_sensors
from keras_stunet.datasets.metr_la.speeds import check_part29
from keras_stunet.datasets.metr_la.speeds import five_minute_steps
from keras_stunet.datasets.metr_la.speeds import holds_text
from keras_stunet.datasets.metr_la.speeds import read_speeds
from keras_stunet.datasets.places import read_stations
from keras_stunet.datasets.published import check_published
from keras_stunet.datasets.raw_folder import search_folder

_FOLDER = "metr_la"
_READER = "keras_stunet.datasets.metr_la.read_raw"


class MetrLA(NamedTuple):
    """The whole series of a config, with its N sensors.

    Attributes:
        speed: float32 `(steps, N)`, miles per hour, NaN where missing. The
            files write 0 there; NaN cannot be taken for a standstill.
        mask: bool `(steps, N)`, `True` where a reading is present.
        timestamps: datetime64[s] `(steps,)`, labels of local wall-clock time
            (Los Angeles), five minutes apart without a gap. The hour from
            02:00 on 11 March 2012, which the change of clocks left out, is
            among them, without readings.
        adjacency: float32 `(N, N)`, DCRNN's weights, directed, with
            self-loops of 1 on the diagonal, as published.
        symmetric_adjacency: float32 `(N, N)`, the larger weight of both
            directions, without self-loops: the graph of a Laplacian.
        sensor_ids: str `(N,)`.
        coordinates: float64 `(N, 2)`, latitude and longitude in degrees, NaN
            where they are not known.
    """

    speed: np.ndarray
    mask: np.ndarray
    timestamps: np.ndarray
    adjacency: np.ndarray
    symmetric_adjacency: np.ndarray
    sensor_ids: np.ndarray
    coordinates: np.ndarray


def read_raw(
    folder, config="full", *, sensors=None, num_sensors=None, num_steps=None
):
    """Reads a series from published files, or from files like them.

    The values are checked (see `Raises`), but may differ from the published
    ones; only a pickled graph must be the published one.

    Args:
        folder: Folder with the files, or with a folder `metr_la` that has
            them: speeds, graph and, where they are there, ids and
            coordinates; see `find_files`. Files may be gzipped.
        config: "full" (207 sensors) or "part29" (29 of them).
        sensors: Ids of the sensors to read instead of the config's.
        num_sensors: Number of sensors in the files to expect instead of 207.
        num_steps: Number of steps to expect instead of 34,272.

    Returns:
        A `MetrLA`.

    Raises:
        FileNotFoundError: If there are no speeds or no graph.
        ValueError: If a file does not hold what it must. The message names
            the file and says what to do.
    """
    return read_files(
        find_files(folder, config),
        config,
        sensors=sensors,
        num_sensors=num_sensors,
        num_steps=num_steps,
    )


def has_raw(folder, config="full"):
    """Returns whether `folder` holds speeds of `config`."""
    return "speed" in local_files(folder, config)


def local_files(folder, config="full"):
    """Returns those of the files of `find_files` that are in a folder."""
    names = {key: file.names for key, file in FILES.items()}
    if get_sensors(config) is not None:
        names["speed"] += (PART29_FILE,)
    return search_folder(
        folder, _FOLDER, names, telling=("speed", "adjacency", "distances")
    )


def find_files(folder, config="full"):
    """Finds the raw files of a config; see `read_raw` for the places.

    Returns:
        Dict of paths with keys "speed", "adjacency" or "distances" (or
        both), and, where the files are there, "ids" and "locations".

    Raises:
        FileNotFoundError: If a file is missing that cannot be done without.
    """
    files = local_files(folder, config)
    if "speed" not in files:
        part = f" or {PART29_FILE}" if get_sensors(config) else ""
        raise FileNotFoundError(
            f"METR-LA ({config}): no speeds in {folder} or in its folder "
            f"{_FOLDER}. Put one of these there: metr-la.h5, which DCRNN's "
            "README links to (github.com/liyaguang/DCRNN), or vel.csv from "
            f"{FILES['speed'].url}{part}; plain or with .gz. Or name no raw "
            "folder: then vel.csv is downloaded."
        )
    for key, needed in (
        ("adjacency", "distances" not in files),
        ("ids", "adjacency" not in files),
    ):
        if needed and key not in files:
            file = FILES[key]
            raise FileNotFoundError(
                f"METR-LA: no {file.names[0]} beside {files['speed']}. Put it "
                f"there, from {file.url}, or name no raw folder: then it is "
                "downloaded."
            )
    return files


def read_files(
    files,
    config="full",
    *,
    sensors=None,
    num_sensors=None,
    num_steps=None,
    published_only=False,
):
    """Reads the files that `find_files` gives; see `read_raw`.

    Args:
        files: Dict as `find_files` gives it. The values are paths with an
            `open` method (`pathlib.Path`, `epath.Path`).
        config: See `read_raw`.
        sensors: See `read_raw`.
        num_sensors: See `read_raw`.
        num_steps: See `read_raw`.
        published_only: Whether to refuse content that is not the published
            one, with a ValueError.
    """
    if published_only:
        for key, path in files.items():
            if key != "speed" or holds_text(path):
                check_published(path, FILES[key], _READER)
    all_ids = _read_ids(files, num_sensors or NUM_SENSORS)
    weights = read_graph(files, all_ids)
    coordinates = _read_coordinates(files, all_ids)
    columns, speed = read_speeds(
        files["speed"], all_ids, num_steps or NUM_STEPS
    )
    if published_only and not holds_text(files["speed"]):
        check_part29(files["speed"], columns, speed, _READER)
    ids = np.array(sensors or get_sensors(config) or all_ids)
    missing = set(ids) - set(columns)
    if missing:
        raise ValueError(
            f"{files['speed']}: no column for {len(missing)} of the "
            f"{len(ids)} sensors, such as {min(missing)}. Read the file of "
            "all sensors, or name the config 'part29' or its own `sensors`."
        )
    speed = speed[:, _places(ids, columns)]
    chosen = _places(ids, all_ids)
    weights = weights[np.ix_(chosen, chosen)]
    symmetric = np.maximum(weights, weights.T)
    np.fill_diagonal(symmetric, 0)
    mask = speed > 0
    return MetrLA(
        speed=np.where(mask, speed, np.float32(np.nan)),
        mask=mask,
        timestamps=five_minute_steps(len(speed)),
        adjacency=weights,
        symmetric_adjacency=symmetric,
        sensor_ids=ids,
        coordinates=coordinates[chosen],
    )


def _places(names, among):
    place = {name: i for i, name in enumerate(among)}
    return [place[name] for name in names]


def _read_ids(files, num_sensors):
    """Ids of all sensors; the graph knows them where no file lists them."""
    if "ids" in files:
        ids = [name.strip() for name in read_csv(files["ids"]).head]
    else:
        ids = read_adjacency_pickle(files["adjacency"])[0].tolist()
    path = files.get("ids") or files["adjacency"]
    if not len(set(ids)) == len(ids) == num_sensors or "" in ids:
        raise ValueError(
            f"{path}: {len(ids)} ids, {len(set(ids))} of them distinct; "
            f"expected {num_sensors} distinct ones, separated by commas. Get "
            "the file again."
        )
    return ids


def _read_coordinates(files, ids):
    if "locations" not in files:
        return np.full((len(ids), 2), np.nan)
    found, coordinates = read_stations(files["locations"], len(ids))
    if set(found) != set(ids):
        raise ValueError(
            f"{files['locations']}: coordinates of other sensors, such as "
            f"{min(set(found) - set(ids))}. Get the file again or remove it: "
            "then coordinates are unknown."
        )
    return coordinates[_places(ids, found)]
