"""Covariates that a run's model takes, at the times of a forecast."""

import numpy as np
import pandas as pd

from keras_stunet.data.covariate_columns import checked_columns
from keras_stunet.data.covariates import encode
from keras_stunet.data.readers.covariate_frames import SOURCE
from keras_stunet.data.readers.covariate_frames import covariate_frame
from keras_stunet.data.readers.covariate_times import covariates_at
from keras_stunet.data.readers.values.rows import UTC_OFFSET
from keras_stunet.messages import listed
from keras_stunet.steps import time_after
from keras_stunet.training.runs.run_data import takes_future


def covariates_of(run, times, covariates=None):
    """Covariates at some times, as a run's model takes them.

    Args:
        run: A `Run`.
        times: `(rows,)` datetime64, on the clock of the training data.
        covariates: A data frame as `with_covariates` takes it, or a list of
            some. What they do not have is taken of the run's data.

    Returns:
        `CovariateRows`; `None` if the model takes none.

    Raises:
        ValueError: If one is not known at one of the times, or covariates are
            given and the model takes none.
    """
    given = [] if covariates is None else covariates
    if isinstance(given, pd.DataFrame):
        given = [given]
    given = [covariate_frame(frame) for frame in given]
    if run.covariates is None and given:
        raise ValueError(
            "Covariates are given, and the model was trained without. Leave "
            "them out, or train with them."
        )
    if run.encoding is None:
        return None
    names = [entry["name"] for entry in run.encoding.covariates]
    static = {} if run.static is None else run.static["values"]
    columns = {}
    if names:
        columns = _columns(run, given, times, names)
        shapes = [(None,), (None, len(run.sensors))]
        columns = checked_columns(columns, shapes, "`covariates`")
    return encode(
        columns,
        {name: np.asarray(column) for name, column in static.items()},
        run.encoding,
        len(times),
        len(run.sensors),
        takes_future(run.config["model"]),
    )


def _columns(run, given, times, names):
    where = times, run.sensors, run.utc_offset, None, names
    try:
        return covariates_at(given, *where)
    except ValueError as error:
        lacking = error
    try:
        own = _of_series(run)
    except (FileNotFoundError, ValueError) as error:
        raise ValueError(
            f"The model was trained with {listed(names)}. {lacking}"
        ) from error
    try:
        return covariates_at([*given, *own], *where)
    except ValueError as error:
        raise ValueError(
            f"The model was trained with {listed(names)}. {error}"
        ) from error


def _of_series(run):
    # What the run's data know, a frame each; also of the steps that follow.
    series = run.series()
    columns = series.covariates
    rows = len(next(iter(columns.values())))
    count = rows - len(series.timestamps)
    ahead = time_after(
        np.repeat(series.timestamps[-1], count),
        run.minutes_per_step,
        np.arange(1, count + 1),
    )
    times = pd.DatetimeIndex(np.concatenate([series.timestamps, ahead]))
    frames = []
    for name, column in columns.items():
        names = [name]
        if column.ndim == 2:
            names = pd.MultiIndex.from_product([names, run.sensors])
        frame = pd.DataFrame(column, times, names)
        frame.attrs |= {UTC_OFFSET: run.utc_offset, SOURCE: "The run's data"}
        frames.append(frame)
    return frames
