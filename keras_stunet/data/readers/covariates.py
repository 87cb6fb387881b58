"""A series of one's own with covariates and what its sensors are."""

import dataclasses
import os

import pandas as pd

from keras_stunet.data.readers.covariate_files import read_covariates
from keras_stunet.data.readers.covariate_files import read_static
from keras_stunet.data.readers.covariate_frames import covariate_frame
from keras_stunet.data.readers.covariate_frames import static_columns
from keras_stunet.data.readers.covariate_times import covariates_at
from keras_stunet.data.readers.covariate_times import with_times_ahead


def with_covariates(series, covariates=(), static=None, **form):
    """A series with covariates and with what its sensors are.

    Args:
        series: A `Series`, with timestamps if there are covariates.
        covariates: Files as `read_covariates` takes them, or data frames: a
            row a time, with timestamps as its index and a column for each
            covariate; by sensor with columns of two levels, covariate and
            sensor, or with an index of times and sensors. One, or a list.
        static: A file as `read_static` takes it; or a data frame whose index
            names the sensors, a column for each of what they are; or a dict
            of an array `(N,)` each, in the order of the sensors.
        **form: As in `read_covariates`.

    Returns:
        A `Series`.

    Raises:
        OSError: If a file cannot be opened.
        ValueError: If one is damaged, lacks a time or sensor, or has an
            unknown sensor.

    Example:
    >>> from keras_stunet.data import from_arrays
    >>> hours = pd.date_range("2024-03-01", periods=4, freq="h")
    >>> series = from_arrays([[5.0], [6.0], [7.0]], timestamps=hours[:3])
    >>> rain = pd.DataFrame({"rain": [0, 2, 0, 1]}, hours)
    >>> with_covariates(series, rain).covariates["rain"].tolist()
    [0.0, 2.0, 0.0, 1.0]
    """
    names = series.node_ids
    names = range(series.num_nodes) if names is None else names
    names = [str(name) for name in names]
    found = {}
    if covariates is None:
        covariates = []
    if isinstance(covariates, (str, os.PathLike, pd.DataFrame)):
        covariates = [covariates]
    if len(covariates):
        if series.timestamps is None:
            raise ValueError(
                f"{series.name!r} has no timestamps, by which covariates are "
                "found. Give the times of its readings."
            )
        frames = [
            read_covariates(one, **form)
            if isinstance(one, (str, os.PathLike))
            else covariate_frame(one)
            for one in covariates
        ]
        times = with_times_ahead(series.timestamps, frames, series.utc_offset)
        columns = covariates_at(
            frames, times, names, series.utc_offset, len(series.timestamps)
        )
        found["covariates"] = columns
    if isinstance(static, (str, os.PathLike)):
        found["static"] = read_static(static, names, **form)
    elif static is not None:
        found["static"] = static_columns(static, names)
    return dataclasses.replace(series, **found)
