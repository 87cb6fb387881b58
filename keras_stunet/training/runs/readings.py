"""Last readings, of a file or of a run's data, on the clock of the training."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.long_rows import UTC_OFFSET
from keras_stunet.data.readers.resample import time_grid
from keras_stunet.data.readers.values import read_values
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

SUFFIXES = (".csv", ".parquet")
EXPECTED = (
    "Expected times on the clock of the training data, whose offset is not "
    "known: local times, without offset. After a change of clocks wait until "
    "the last rows all lie behind it."
)
_FAR = 3  # standard deviations, for the mean of an hour


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
    frame = pd.DataFrame(values, series.timestamps[rows], run.sensors)
    return on_earth(frame, run.utc_offset)


def read_readings(path):
    """Read timestamps and readings from a csv or parquet file.

    Args:
        path: The file, wide or long; see `keras_stunet.data.read_values`.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such table.
    """
    check_suffix(path)
    try:
        frame = read_values(path)
        return on_earth(frame, frame.attrs[UTC_OFFSET])
    except ValueError as error:
        raise ValueError(
            f"The readings could not be read. {error} Expected timestamps in "
            "the first column and numbers, or empty cells, in a column for "
            "each sensor."
        ) from error


def check_suffix(path):
    """Raise unless a file is named .csv or .parquet."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path} ends in {path.suffix!r}; expected a name that ends in "
            f"{' or '.join(SUFFIXES)}."
        )


def checked_readings(readings, run):
    """The last `history` steps of a frame, as the model was trained on them.

    Raises:
        ValueError: As `forecast_next`.
    """
    history = run.config["model"]["history"]
    frame = of_sensors(readings, run)
    frame = _last_steps(frame, run, history)
    if not np.isfinite(frame.to_numpy(float)).any():
        raise ValueError(
            f"No reading in the last {history} rows is present, so there is "
            "nothing to forecast from."
        )
    _warn_of_unusual(frame, run)
    return frame


def of_sensors(readings, run):
    """The rows of a frame, a column for each sensor, on the training's clock.

    Args:
        readings: As in `forecast_next`.
        run: A `Run`.

    Raises:
        ValueError: As `forecast_next`, for what is wrong with any row.
    """
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
            f"{len(run.sensors)} sensors: {listed(missing)}."
            f"{did_you_mean(missing[0], frame.columns)} Expected one column "
            "for each sensor the model was trained on; leave its cells empty "
            "where nothing was read."
        )
    extra = frame.columns.difference(run.sensors)
    if len(extra):
        warn_user(
            f"{counted(len(extra), 'column')} of no sensor of the model left "
            f"out: {listed(extra)}."
        )
    index = frame.index
    if not isinstance(index, pd.DatetimeIndex) or index.hasnans:
        raise ValueError(
            "The rows of the readings are not all dated; expected a "
            "timestamp each, such as 2024-03-01 08:05."
        )
    return frame[run.sensors].set_axis(on_clock(index, run.utc_offset))


def _warn_of_unusual(frame, run):
    mean = np.nanmean(frame.to_numpy(float))
    far = run.std is not None and abs(mean - run.fill) > _FAR * run.std
    if far:
        warn_user(
            f"The mean of the last {len(frame)} rows is {mean:.3g}, where that "
            f"of the training is {run.fill:.3g} and its standard deviation "
            f"{run.std:.3g}. Such readings were hardly trained on: are they "
            f"in the training's unit ({run.unit or 'not known'}), and empty "
            "where nothing was read?"
        )


def _last_steps(frame, run, history):
    """The last `history` steps, a row each, as training had them."""
    step = pd.Timedelta(seconds=round(run.minutes_per_step * 60))
    if run.utc_offset is None:
        frame = _after_clocks_went_back(frame, step, history)
    given, oldest = len(frame), frame.index.min()
    recent = frame[frame.index > frame.index.max() - (history - 0.5) * step]
    try:
        frame = time_grid(recent, "The readings")
    except ValueError as error:
        if run.utc_offset is None and recent.index.has_duplicates:
            raise ValueError(
                f"{error} A run whose data had no offsets takes none. "
                f"{EXPECTED}"
            ) from error
        raise
    wanted = pd.date_range(end=frame.index[-1], periods=history, freq=step)
    if oldest > wanted[0] + step / 4:
        raise ValueError(
            f"There are {given} rows of readings; the model needs the last "
            f"{history}, one every {run.minutes_per_step:g} minutes."
        )
    index = frame.index
    gaps = np.diff(index) != step
    if gaps.any():
        at = int(np.argmax(gaps))
        raise ValueError(
            f"After {index[at]} the readings go on at {index[at + 1]}; "
            f"expected {run.minutes_per_step:g} minutes from each of the "
            f"last {history} rows to the next. Give readings at the interval "
            "of the training, and wait until as many lie behind a gap of days."
        )
    lost = history - len(frame)
    if lost > 0:
        warn_user(
            f"The first of the last {history} rows are missing ({lost}); "
            "taken as missing readings."
        )
    return frame.reindex(wanted)


def _after_clocks_went_back(frame, step, history):
    """The rows after an hour that occurs twice, which is not told apart."""
    steps = np.diff(frame.index)
    back = steps == step - pd.Timedelta(hours=1)
    newest_first = np.sign(steps.astype("int64")).sum() < 0
    if not back.any() or newest_first:
        return frame
    at = int(np.flatnonzero(back)[-1])
    after = frame.iloc[at + 1 :]
    if len(after) < history:
        raise ValueError(
            f"After {frame.index[at]} the clock goes back to "
            f"{after.index[0]}, within the last {history} rows. {EXPECTED}"
        )
    return after


def on_clock(index, utc_offset):
    """Times on the clock of the training data, without a time zone.

    Args:
        index: A `DatetimeIndex`, with a time zone or without.
        utc_offset: Hours that the clock is ahead of UTC, `None` where not
            known.

    Raises:
        ValueError: If there is a time zone and the offset is not known.
    """
    if index.tz is None:
        if utc_offset is not None:
            warn_user(
                "The times of the readings have no UTC offset; taken as "
                f"{_zone(utc_offset)}, the clock of the training data."
            )
        return index
    if utc_offset is None:
        raise ValueError(
            f"The readings have the time zone {index.tz}. {EXPECTED}"
        )
    return index.tz_convert(_zone(utc_offset)).tz_localize(None)


def on_earth(frame, utc_offset):
    """A frame whose times say how far they are ahead of UTC, if known."""
    if utc_offset is None:
        return frame
    return frame.tz_localize(_zone(utc_offset))


def _zone(utc_offset):
    return datetime.timezone(datetime.timedelta(hours=utc_offset))
