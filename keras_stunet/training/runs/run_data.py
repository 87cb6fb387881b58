"""The data of a run: published options, windows, warnings, check sum."""

import dataclasses
import hashlib
import os
from pathlib import Path

import numpy as np
import scipy.sparse

from keras_stunet.checks import check_choice
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data.calendar import CALENDAR
from keras_stunet.data.catalog import SOURCES
from keras_stunet.data.protocols import find_protocol
from keras_stunet.data.protocols import three_parts
from keras_stunet.graph import correlation_adjacency
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS

# What is asked of data that nobody published a protocol for: windows fit a
# series of any length.
OWN = {"protocol": "windows", "parts": None, "calendar": (), "units": 64}
PUBLISHED = {**OWN, "protocol": "days"}
_SMALL = 1 / 20  # of the joint standard deviation


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


def has_times(dataset):
    """Whether a data set has timestamps; unknown of a file that is unread.

    Args:
        dataset: A key of `SOURCES`, the path of an .npz file, or a `Series`.
    """
    if isinstance(dataset, Series):
        return dataset.timestamps is not None
    if not dataset.endswith(".npz"):
        return True
    try:
        with open(dataset, "rb") as file, np.load(file) as stored:
            return "timestamps" in stored
    # Whatever is wrong with the file, loading it says so in full.
    except Exception:
        return True


def run_windows(series, config, encoding=None):
    """The windows of a run, as its `config.json` says.

    Args:
        series: The `Series`.
        config: Of the run.
        encoding: As in `make_windows`.

    Raises:
        ValueError: If a split has nothing to score, a target is not there, or
            there is a mask channel and nothing is missing.
    """
    model = config["model"]
    mask_channel = model.get("mask_channel", False)
    if mask_channel and series.mask is None:
        raise ValueError(
            "`mask_channel` is given, but no reading of "
            f"{config['dataset']!r} is missing, so that the model could not "
            "learn what a gap is. Leave it out."
        )
    splits = make_windows(
        series,
        config["protocol"],
        model["history"],
        model["horizon"],
        calendar=tuple(model["calendar"]),
        mask_channel=mask_channel,
        parts=config["parts"],
        targets=model.get("targets"),
        scale=model.get("scale", "all"),
        profile=model.get("profile", False),
        future=takes_future(model),
        encoding=encoding,
    )
    check_present(splits)
    return splits


def takes_future(model):
    """Whether covariates of the steps ahead are a second input of a model.

    Args:
        model: `"model"` of a `config.json`. One that is not registered has
            one input.
    """
    entry = MODELS.get(model.get("name"))
    return entry is not None and entry.takes_future(model.get("head"))


def with_correlations(series, config):
    """A series with the graph of the correlations in its training part.

    Args:
        series: The `Series`; its own graph is left out.
        config: Of the run, for `run_windows`.

    Returns:
        A `Series`. No reading but of the rows that training windows cover
        has a part in its edges.
    """
    rows = run_windows(series, config).train.covered_rows()
    readings = series.values[rows].astype("float64")
    if series.mask is not None:
        readings[~series.mask[rows]] = np.nan
    if readings.ndim == 3:  # of the first measurement
        readings = readings[..., 0]
    graph = correlation_adjacency(readings)
    alone = np.flatnonzero(graph.sum(axis=0) == 0)
    if len(alone):
        names = series.node_ids
        names = alone if names is None else names[alone]
        warn_user(
            f"{series.name!r}: {counted(len(alone), 'sensor')} that no other "
            f"goes with in the training part, without an edge: {listed(names)}."
        )
    return dataclasses.replace(series, adjacency=graph, distances=None)


def described_files(files):
    """Files by what they hold, with digests, for `config.json`.

    Args:
        files: A dict; what is no path of a file in it stays as it is.

    Returns:
        A dict, with the name and the SHA-256 in place of each path.
    """
    described = {}
    for key, path in files.items():
        if not isinstance(path, (str, os.PathLike)) or not Path(path).is_file():
            described[key] = path
            continue
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        described[key] = {"path": os.fspath(path), "sha256": digest}
    return described


def check_present(splits):
    """Raise unless each split has something to score.

    Raises:
        ValueError: If no reading of a target is present in a split.
    """
    for name in ("train", "validation", "test"):
        windows = getattr(splits, name)
        if windows.mask is None:
            continue
        rows = windows.target_rows(np.arange(len(windows)))
        present = windows.targets_of(windows.mask[np.unique(rows)])
        for there, target in zip(
            present.any(axis=(0, 1)), windows.target_names, strict=True
        ):
            if not there:
                of = f" ({target})" if len(windows.targets) > 1 else ""
                raise ValueError(
                    f"No target of the {name} split is present{of}, so there "
                    "is nothing to score. Check the mask (True means "
                    "present), or split the series otherwise."
                )


def warn_of_training_data(series, splits):
    """Warn of what the training rows do not let a model learn.

    These are times that nobody gave, sensors without a reading in the
    training part, and sensors that are small beside the one standard
    deviation by which all are scaled.

    Args:
        series: The `Series`.
        splits: `Splits` of it.
    """
    names = series.node_ids
    names = np.arange(series.num_nodes) if names is None else names
    if series.timestamps is None:
        per_day = splits.train.steps_per_day
        warn_user(
            f"{series.name!r} has no timestamps; its steps are taken to be "
            f"{24 * 60 / per_day:g} minutes apart, {per_day} a day. Minutes "
            "in tables and the historical average rest on that, and "
            "forecasts of what follows need times. Give `timestamps`."
        )
    rows = splits.train.covered_rows()
    shape = (len(rows), series.num_nodes, series.num_measurements)
    readings = series.values[rows].reshape(shape)
    present = np.ones(shape, bool)
    if series.mask is not None:
        present = series.mask[rows].reshape(shape)
    for at, measurement in enumerate(series.measurement_names):
        title = repr(series.name)
        if series.num_measurements > 1:
            title += f", {measurement}"
        std = None  # the one that scales all sensors
        if np.ndim(splits.std) < 2:
            std = np.ravel(splits.std)[at]
        _warn_of_sensors(title, names, readings[..., at], present[..., at], std)


def _warn_of_sensors(title, names, readings, present, std):
    known = present.any(axis=0)
    if not known.all():
        warn_user(
            f"{title}: {counted(int((~known).sum()), 'sensor')} "
            "without a reading in the training part: "
            f"{listed(names[~known])}. They are "
            "forecast by what is learned from others."
        )
    if std is None:
        return
    names, present = names[known], present[:, known]
    readings = readings[:, known].astype("float64")
    spread = np.std(readings, axis=0, where=present)
    small = (spread > 0) & (spread < _SMALL * std)
    if small.any():
        warn_user(
            f"{title}: {counted(int(small.sum()), 'sensor')} whose "
            f"readings vary by {spread[small].min():.3g} to "
            f"{spread[small].max():.3g}, where those of all vary by "
            f"{std:.3g}, the one standard deviation that scales them: "
            f"{listed(names[small])}. These are learned badly. Scale each "
            "sensor by its own mean and deviation (--scale sensor)."
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
    if series.num_measurements > 1:  # targets are chosen by name
        digest.update("\n".join(series.measurement_names).encode())
    known = {
        name: column[: series.num_steps]
        for name, column in (series.covariates or {}).items()
    }
    for name, column in (known | (series.static or {})).items():
        digest.update(f"{name}{column.dtype.kind}{column.shape}".encode())
        if column.dtype.kind == "U":
            column = np.char.encode(column, "utf-8")
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def stored_name(path):
    """The name in the file of a series; `None` if it cannot be read."""
    try:
        with open(path, "rb") as file, np.load(file) as stored:
            return str(stored["name"])
    # Whatever is wrong with the file, loading it says so in full.
    except Exception:
        return None
