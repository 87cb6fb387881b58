"""Last readings, of files or of a run's data."""

from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.data.readers.covariate_files import read_covariates
from keras_stunet.data.readers.values.long_rows import UTC_OFFSET
from keras_stunet.data.readers.values.read_values import read_values
from keras_stunet.training.runs.run_clock import on_earth

SUFFIXES = (".csv", ".parquet")  # of forecasts


def last_readings(run, raw_dir=None, data_dir=None):
    """The last readings of the data that a run was trained on, as a frame.

    Raises:
        ValueError: If the series has no timestamps, or is another by now.
    """
    series = run.series(raw_dir, data_dir)
    if series.timestamps is None:
        raise ValueError(
            f"{run.config['dataset']} has no timestamps; give the last "
            "readings as a file (--readings)."
        )
    rows = slice(-run.config["model"]["history"], None)
    values = series.values[rows].astype(float)
    if series.mask is not None:
        values = np.where(series.mask[rows], values, np.nan)
    if values.ndim == 3:  # (history, N, D) to (history, D N)
        values = values.swapaxes(1, 2).reshape(len(values), -1)
    frame = pd.DataFrame(values, series.timestamps[rows], run.columns)
    return on_earth(frame, run.utc_offset)


def form_of(run):
    """How the file was written that a run was trained on, for `read_values`."""
    return run.config.get("files", {}).get("form", {})


def read_readings(path, **form):
    """Read timestamps and readings from a file, or from several.

    Args:
        path: What `keras_stunet.data.read_values` takes: a file; a folder, a
            pattern or a list of files; or a dict of a file a measurement.
        **form: What it does not say itself, see there.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such table.
    """
    try:
        frame = read_values(path, **form)
        return on_earth(frame, frame.attrs[UTC_OFFSET])
    except ValueError as error:
        raise ValueError(
            f"The readings could not be read. {error} Expected such files as "
            "`keras-stunet train --values` takes."
        ) from error


def read_known(run, paths):
    """Read covariates for a run, written as those of its training.

    Args:
        run: A `Run`.
        paths: Files as `read_covariates` takes them.

    Raises:
        OSError: If a file cannot be read.
        ValueError: If it is no such table.
    """
    text = [x["name"] for x in run.covariates or [] if "categories" in x]
    return [read_covariates(path, text, **form_of(run)) for path in paths]


def check_suffix(path):
    """Raise unless a file is named .csv or .parquet."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path} ends in {path.suffix!r}; expected a name that ends in "
            f"{' or '.join(SUFFIXES)}."
        )
