"""The next steps from the last readings."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.data.long_rows import OFFSETS
from keras_stunet.data.value_files import read_values
from keras_stunet.data.windows import Windows
from keras_stunet.training.finished import check_same_data
from keras_stunet.training.folder import replacing
from keras_stunet.training.run_data import run_series
from keras_stunet.training.run_data import series_sha256

SUFFIXES = (".csv", ".parquet")
CLOCK = (
    "Expected times on the clock of the training data, without offset: local "
    "times, or UTC where the training noted that it took the times in UTC."
)


def forecast_next(run, readings):
    """Forecast the steps that follow the last readings.

    Args:
        run: A `FinishedRun`.
        readings: A data frame, a row a time step in order, with timestamps
            (local time) as its index and a column a sensor, in any order. The
            last `history` rows count; empty cells are missing readings.

    Returns:
        A data frame of the next `horizon` steps, in the units of the
        readings, with timestamps as its index and a column a sensor.

    Raises:
        ValueError: If sensors are missing, there are too few rows, the steps
            are not the training's, or no reading is present at all.
    """
    options = run.config["model"]
    history, horizon = options["history"], options["horizon"]
    frame = _checked(readings, run, history)
    values = frame.to_numpy("float32")  # (history, N)
    present = np.isfinite(values)
    values = np.where(present, values, np.float32(run.fill))
    step = pd.Timedelta(minutes=run.minutes_per_step)
    ahead = pd.DatetimeIndex(
        [frame.index[-1] + step * i for i in range(1, horizon + 1)],
        name="timestamp",
    )
    # A window whose targets nobody knows yet.
    unknown = (horizon, len(run.sensors))
    windows = Windows(
        np.concatenate([values, np.full(unknown, run.fill)]),
        np.concatenate([present, np.zeros(unknown, bool)]),
        [0],
        history,
        horizon,
        timestamps=frame.index.append(ahead).to_numpy(),
        steps_per_day=round(24 * 60 / run.minutes_per_step),
        calendar=tuple(options["calendar"]),
        mask_channel=options.get("mask_channel", False),
    )
    x, *_ = windows.gather([0])
    forecast = np.asarray(run.model.predict_on_batch(x))[0, :, :, 0]
    return pd.DataFrame(forecast, ahead, run.sensors)


def last_readings(run, raw_dir=None, data_dir=None):
    """The last readings of the data that a run was trained on, as a frame.

    Raises:
        ValueError: If the series has no timestamps, or is another by now.
    """
    series = run_series(run.folder, run.config["dataset"], raw_dir, data_dir)
    check_same_data(run.folder, run.sha256, series_sha256(series))
    if series.timestamps is None:
        raise ValueError(
            f"{run.config['dataset']} has no timestamps; give the last "
            "readings as a file (--readings)."
        )
    rows = slice(-run.config["model"]["history"], None)
    values = series.values[rows].astype(float)
    if series.mask is not None:
        values = np.where(series.mask[rows], values, np.nan)
    return pd.DataFrame(values, series.timestamps[rows], run.sensors)


def read_readings(path):
    """Read timestamps and readings from a csv or parquet file.

    Args:
        path: The file, wide or long; see `keras_stunet.data.read_values`.

    Raises:
        ImportError: If a parquet file is to be read without pyarrow.
        OSError: If the file cannot be read.
        ValueError: If it is no such table.
    """
    check_suffix(path)
    try:
        frame = read_values(path)
        if frame.attrs[OFFSETS]:
            raise ValueError(f"{path} has times with UTC offsets. {CLOCK}")
        return frame
    except ValueError as error:
        raise ValueError(
            f"The readings could not be read. {error} Expected timestamps in "
            "the first column and numbers, or empty cells, in a column for "
            "each sensor."
        ) from error


def write_forecast(path, frame):
    """Write a forecast as csv or parquet, whole or not at all."""
    path = Path(path)
    check_suffix(path)
    with replacing(path) as temporary:
        if path.suffix == ".csv":
            frame.to_csv(temporary, float_format="%.3f")
        else:
            _parquet(frame.to_parquet, temporary)


def _checked(readings, run, history):
    if not isinstance(readings, pd.DataFrame):
        raise ValueError(
            f"`readings` is a {type(readings).__name__}; expected a pandas "
            "data frame: a row a time step with its timestamp as index, and a "
            "column a sensor."
        )
    frame = readings.copy()
    frame.columns = frame.columns.astype(str)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(
            f"Two columns of the readings are named {twice[0]!r}; expected "
            "one for each sensor. Remove one of them."
        )
    missing = [name for name in run.sensors if name not in frame.columns]
    if missing:
        raise ValueError(
            f"The readings have no column for {len(missing)} of "
            f"{len(run.sensors)} sensors ({', '.join(missing[:5])}). Expected "
            "one column for each sensor the model was trained on; leave its "
            "cells empty where nothing was read."
        )
    extra = frame.columns.difference(run.sensors)
    if len(extra):
        warnings.warn(
            f"{len(extra)} columns belong to no sensor of the model and are "
            f"left out: {', '.join(extra[:5])}.",
            stacklevel=3,
        )
    frame = frame[run.sensors].iloc[-history:]
    if len(frame) < history:
        raise ValueError(
            f"There are {len(frame)} rows of readings; the model needs the "
            f"last {history}, one every {run.minutes_per_step:g} minutes."
        )
    index = frame.index
    if getattr(index, "tz", None) is not None:
        raise ValueError(f"The readings have the time zone {index.tz}. {CLOCK}")
    if not isinstance(index, pd.DatetimeIndex) or index.hasnans:
        raise ValueError(
            "The rows of the readings are not all dated; expected a "
            "timestamp each, such as 2024-03-01 08:05."
        )
    gaps = np.diff(index) != np.timedelta64(
        round(run.minutes_per_step * 60), "s"
    )
    if gaps.any():
        at = int(np.argmax(gaps))
        raise ValueError(
            f"After {index[at]} the readings go on at {index[at + 1]}; "
            f"expected {run.minutes_per_step:g} minutes from each of the "
            f"last {history} rows to the next, oldest first. Sort the "
            "rows, and give one with empty cells where nothing was read; after "
            "a change of clocks, wait until as many rows lie behind it."
        )
    if not np.isfinite(frame.to_numpy(float)).any():
        raise ValueError(
            f"No reading in the last {history} rows is present, so there is "
            "nothing to forecast from."
        )
    return frame


def check_target(path):
    """Raise unless a forecast can go to a file of this name."""
    check_suffix(path)
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder} to write {path} to. Make it first."
        )


def check_suffix(path):
    """Raise unless a file is named .csv or .parquet."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path} ends in {path.suffix!r}; expected a name that ends in "
            f"{' or '.join(SUFFIXES)}."
        )


def _parquet(function, *arguments):
    try:
        return function(*arguments)
    except ImportError as error:
        raise ImportError(
            "Parquet files need pyarrow: `pip install keras_stunet[parquet]`; "
            "or use csv."
        ) from error
