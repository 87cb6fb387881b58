"""The data of a run: published options, windows, warnings, check sum."""

import dataclasses
import os

import numpy as np

from keras_stunet.checks import check_choice
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data.calendar import CALENDAR
from keras_stunet.data.catalog import SOURCES
from keras_stunet.data.protocols import find_protocol
from keras_stunet.data.protocols import three_parts
from keras_stunet.data.scale import suggested_scale
from keras_stunet.graph import correlation_adjacency
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS
from keras_stunet.steps import WEEK
from keras_stunet.steps import minutes_per_step

# What is asked of data that nobody published a protocol for: windows fit a
# series of any length.
OWN = {"protocol": "windows", "parts": None, "calendar": (), "units": 64}
OWN |= {"scale": None}  # by the data, see `with_scale`
PUBLISHED = {**OWN, "protocol": "days", "scale": "all"}


def with_defaults(dataset, **options):
    """Fill in the options that are `None` as the data set's protocol asks.

    Args:
        dataset: A key of `SOURCES`, the path of an .npz file, or a `Series`.
        **options: `protocol`, `parts`, `calendar`, `units` and `scale`.

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


def usual_calendar(dataset):
    """What a model that takes the calendar is given of it by default.

    That is all of it; nothing where steps of weeks tell nothing apart, or
    without timestamps.

    Args:
        dataset: A key of `SOURCES`, the path of an .npz file, or a `Series`;
            of a file it is only looked whether it has times.
    """
    if not isinstance(dataset, Series):
        return CALENDAR if _file_has_times(dataset) else ()
    if dataset.timestamps is None:
        return ()
    several = dataset.num_steps > 1
    weeks = several and minutes_per_step(dataset.timestamps) >= WEEK
    return () if weeks else CALENDAR


def _file_has_times(dataset):
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
        scale=model.get("scale") or "all",
        profile=model.get("profile", False),
        future=takes_future(model),
        encoding=encoding,
    )
    check_present(splits)
    return splits


def with_scale(series, config, progress=False):
    """A configuration that says how readings are scaled.

    Args:
        series: The `Series`.
        config: Of a run. Where its scale is left to the data, the training
            part decides, see `suggested_scale`.
        progress: Whether to say so where it is by sensor.

    Returns:
        The configuration, with `"all"` or `"sensor"`.

    Raises:
        ValueError: As `make_windows`.
    """
    model = config["model"]
    if model["scale"] is not None:
        return config
    splits = make_windows(
        dataclasses.replace(series, covariates=None, static=None),
        config["protocol"],
        model["history"],
        model["horizon"],
        parts=config["parts"],
        targets=model["targets"],
    )
    train = splits.train
    scale = suggested_scale(series, train.covered_rows(), train.targets)
    if progress and scale == "sensor":
        print(
            "The scale: each sensor by its own mean and deviation, as their "
            "means differ by more than half of what readings vary by (--scale "
            "all takes one of all)."
        )
    return {**config, "model": {**model, "scale": scale}}


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


def check_present(splits):
    """Raise unless each split has something to score.

    Raises:
        ValueError: If no reading of a target is present in a split.
    """
    for name in ("train", "validation", "test"):
        windows = getattr(splits, name)
        for there, target in zip(
            present_targets(windows), windows.target_names, strict=True
        ):
            if not there:
                of = f" ({target})" if len(windows.targets) > 1 else ""
                raise ValueError(
                    f"No target of the {name} split is present{of}, so there "
                    "is nothing to score. Check the mask (True means "
                    "present), or split the series otherwise."
                )


def present_targets(windows):
    """Whether some reading of each target is there to score.

    Args:
        windows: `Windows`.

    Returns:
        A boolean for each target.
    """
    if windows.mask is None:
        return np.ones(len(windows.targets), bool)
    rows = windows.target_rows(np.arange(len(windows)))
    present = windows.targets_of(windows.mask[np.unique(rows)])
    return present.any(axis=(0, 1))


def stored_name(path):
    """The name in the file of a series; `None` if it cannot be read."""
    try:
        with open(path, "rb") as file, np.load(file) as stored:
            return str(stored["name"])
    # Whatever is wrong with the file, loading it says so in full.
    except Exception:
        return None
