"""A series of one's own with covariates and what its sensors are."""

import dataclasses

from keras_stunet.data.readers.covariate_files import read_covariates
from keras_stunet.data.readers.covariate_files import read_static
from keras_stunet.data.readers.covariate_times import covariates_at
from keras_stunet.data.readers.covariate_times import with_times_ahead


def with_covariates(series, covariates=(), static=None, **form):
    """A series with covariates and with what its sensors are, from files.

    Args:
        series: A `Series`, with timestamps if there are covariates.
        covariates: Files as `read_covariates` takes them.
        static: A file as `read_static` takes it, or `None`.
        **form: As in `read_covariates`.

    Returns:
        A `Series`.

    Raises:
        OSError: If a file cannot be opened.
        ValueError: If one is damaged, lacks a time or sensor, or has an
            unknown sensor.
    """
    names = series.node_ids
    names = range(series.num_nodes) if names is None else names
    names = [str(name) for name in names]
    found = {}
    if covariates:
        if series.timestamps is None:
            raise ValueError(
                f"{series.name!r} has no timestamps, by which covariates are "
                "found. Give the times of its readings."
            )
        frames = [read_covariates(path, **form) for path in covariates]
        times = with_times_ahead(series.timestamps, frames, series.utc_offset)
        columns = covariates_at(
            frames, times, names, series.utc_offset, len(series.timestamps)
        )
        found["covariates"] = columns
    if static is not None:
        found["static"] = read_static(static, names, **form)
    return dataclasses.replace(series, **found)
