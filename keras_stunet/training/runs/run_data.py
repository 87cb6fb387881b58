"""The data of a run: its published options, its windows, its check sum."""

import hashlib
import os
from pathlib import Path

import numpy as np
import scipy.sparse

from keras_stunet.checks import check_choice
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data.catalog import SOURCES
from keras_stunet.data.catalog import load_series
from keras_stunet.data.protocols import find_protocol
from keras_stunet.data.protocols import three_parts
from keras_stunet.data.windows import CALENDAR
from keras_stunet.files import atomic_write
from keras_stunet.training.runs.folder import SERIES

# What is asked of data that nobody published a protocol for: windows fit a
# series of any length.
OWN = {"protocol": "windows", "parts": None, "calendar": (), "units": 64}
PUBLISHED = {**OWN, "protocol": "days"}


def with_defaults(dataset, **options):
    """Fill in the options that are `None` as the data set's protocol asks.

    Args:
        dataset: A key of `SOURCES`, the path of an .npz file, or a `Series`.
        **options: `protocol`, `parts`, `calendar` and `units`.

    Returns:
        The same options. Data of one's own take `OWN`.

    Raises:
        ValueError: For an unknown protocol or calendar feature, or other than
            three positive parts.
    """
    name = source_name(dataset)
    defaults = OWN
    if name is not None:
        defaults = {**PUBLISHED, **SOURCES[name].defaults}
    if options["protocol"] not in (None, defaults["protocol"]):
        defaults = {**defaults, "parts": None}  # those of another protocol
    chosen = {
        key: defaults[key] if value is None else value
        for key, value in options.items()
    }
    find_protocol(chosen["protocol"])
    if isinstance(chosen.get("calendar"), str):
        chosen["calendar"] = (chosen["calendar"],)
    for feature in chosen.get("calendar", ()):
        check_choice("calendar", feature, CALENDAR)
    if chosen["parts"] is not None:
        three_parts("parts", chosen["parts"])
    return chosen


def checked_dataset(dataset):
    """The name or file of a data set as text, or a `Series` as it is.

    Raises:
        ValueError: If it is something else.
    """
    if isinstance(dataset, (str, Series)):
        return dataset
    if isinstance(dataset, os.PathLike):
        return os.fspath(dataset)
    raise ValueError(
        f"`dataset` is a {type(dataset).__name__}; expected the name of a data "
        "set, an .npz file or a `Series`. `keras_stunet.data.from_arrays` "
        "makes one of arrays and data frames."
    )


def source_name(dataset):
    """The key of `SOURCES` that a data set is known by, or `None`."""
    if isinstance(dataset, Series):
        return None  # whatever its name
    if dataset.endswith(".npz"):
        dataset = stored_name(dataset)
    return dataset if dataset in SOURCES else None


def run_series(folder, dataset, raw_dir=None, data_dir=None):
    """The series that a run was trained on.

    Args:
        folder: The run folder. A series of one's own was saved in it.
        dataset: Its name or .npz file.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Raises:
        FileNotFoundError: If the data are gone.
        ValueError: If a file is damaged.
    """
    own = Path(folder) / SERIES
    if own.exists():
        return Series.load(own)
    return load_series(dataset, raw_dir, data_dir)


def save_own(folder, series):
    """Keep a series that came as arrays, so that the run is whole."""
    path = Path(folder) / SERIES
    if not path.exists():
        with atomic_write(path) as temporary:
            series.save(temporary)


def run_windows(series, config):
    """The windows of a run, as its `config.json` says."""
    model = config["model"]
    return make_windows(
        series,
        config["protocol"],
        model["history"],
        model["horizon"],
        calendar=tuple(model["calendar"]),
        mask_channel=model.get("mask_channel", False),
        parts=config["parts"],
    )


def series_sha256(series):
    """Check sum of all that a forecast can depend on, the same everywhere."""
    present = series.mask
    if present is None:
        present = np.ones(series.values.shape, bool)
    graph = scipy.sparse.csr_array(
        series.adjacency, dtype=np.float64, copy=True
    )
    graph.sum_duplicates()
    graph.eliminate_zeros()
    parts = [
        np.where(present, series.values, np.float32(0)),
        present,
        graph.data,
        graph.indices.astype(np.int64),
        graph.indptr.astype(np.int64),
    ]
    if series.timestamps is not None:
        parts.append(series.timestamps.astype(np.int64))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part.dtype.str}{part.shape}".encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    if series.node_ids is not None:
        digest.update("\n".join(series.node_ids).encode())
    return digest.hexdigest()


def stored_name(path):
    """The name in the file of a series; `None` if it cannot be read."""
    try:
        with open(path, "rb") as file, np.load(file) as stored:
            return str(stored["name"])
    # Whatever is wrong with the file, loading it says so in full.
    except Exception:
        return None
