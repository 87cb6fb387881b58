"""Last readings, of a file or of a run's data, on the clock of the training."""

import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.covariate_files import read_covariates
from keras_stunet.data.readers.intervals import say_interval
from keras_stunet.data.readers.long_rows import UTC_OFFSET
from keras_stunet.data.readers.measurements import labels
from keras_stunet.data.readers.resample import time_grid
from keras_stunet.data.readers.values import read_values
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.training.runs.reading_windows import by_measurement

SUFFIXES = (".csv", ".parquet")  # of forecasts
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
    if values.ndim == 3:  # (history, N, D) to (history, D N)
        values = values.swapaxes(1, 2).reshape(len(values), -1)
    frame = pd.DataFrame(values, series.timestamps[rows], run.columns)
    return on_earth(frame, run.utc_offset)


def form_of(run):
    """How the file was written that a run was trained on, for `read_values`."""
    return run.config.get("files", {}).get("form", {})


def read_readings(path, **form):
    """Read timestamps and readings from a file.

    Args:
        path: The file, see `keras_stunet.data.read_values`.
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
            f"The readings could not be read. {error} Expected timestamps in "
            "the first column and numbers, or empty cells, in a column for "
            "each sensor."
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


def checked_readings(readings, run, strict=False):
    """The last `history` steps of a frame, as the model was trained on them.

    Sensors without a column are taken as missing, unless `strict`.

    Raises:
        ValueError: As `forecast_next`.
    """
    history = run.config["model"]["history"]
    frame = of_sensors(readings, run, strict)
    frame = _last_steps(frame, run, history)
    given = _named_columns(readings.columns, run)
    there = np.isfinite(frame.astype(float)).any()
    empty = [name for name in frame.columns[~there] if name in given]
    if empty and there.any():
        if strict:
            raise ValueError(
                f"The last {history} rows have no reading of "
                f"{counted(len(empty), 'sensor')}: {listed(empty)}."
            )
        warn_user(
            f"{counted(len(empty), 'sensor')} without a reading in the last "
            f"{history} rows: {listed(empty)}. Taken as missing."
        )
    if not np.isfinite(frame.to_numpy(float)).any():
        raise ValueError(
            f"No reading in the last {history} rows is present, so there is "
            "nothing to forecast from."
        )
    _warn_of_unusual(frame, run)
    return frame


def of_sensors(readings, run, strict=False):
    """The rows of a frame, a column for each sensor, on the training's clock.

    Args:
        readings: As in `forecast_next`.
        run: A `Run`.
        strict: Whether sensors without a column are an error; else they are
            taken as missing.

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
    frame.columns = _named_columns(frame.columns, run)
    columns = labels(run.columns)
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(
            f"Two columns of the readings are named {twice[0]!r}; expected "
            "one for each sensor. Remove one of them."
        )
    extra = frame.columns.difference(columns)
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        what = "sensors" if run.targets is None else "measurements of sensors"
        lack = (
            f"The readings have no column for {len(missing)} of "
            f"{len(columns)} {what}: {listed(missing)}."
            f"{did_you_mean(missing[0], extra)}"
        )
        if strict or len(missing) == len(columns):
            raise ValueError(
                f"{lack} Expected one column for each that the model was "
                "trained on; leave its cells empty where nothing was read."
            )
        warn_user(f"{lack} Taken as missing.")
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
    frame = frame.reindex(columns=columns)
    return frame.set_axis(on_clock(index, run.utc_offset))


def _named_columns(columns, run):
    """Texts for the columns of a frame of readings, as `labels` has them.

    Raises:
        ValueError: If the model knows several measurements and the frame does
            not have them.
    """
    if run.targets is not None and columns.nlevels != 2:
        raise ValueError(
            "The readings have a column a sensor; expected columns of two "
            f"levels, measurement and sensor, for {len(run.measurements)} "
            f"measurements: {listed(run.measurements)}."
        )
    return labels(columns).astype(str)


def _warn_of_unusual(frame, run):
    if run.std is None:
        return
    readings = by_measurement(frame, run).astype(float)
    steps, sensors = readings.shape[:2]
    readings = readings.reshape(steps, sensors, -1)  # (history, N, D)
    usual = np.broadcast_to(run.fill, readings.shape)
    std = np.broadcast_to(run.std, readings.shape)
    for at, name in enumerate(run.measurements or ["reading"]):
        there = np.isfinite(readings[..., at])
        if not there.any():
            continue
        found, mean, spread = (
            array[..., at][there].mean() for array in (readings, usual, std)
        )
        if not abs(found - mean) > _FAR * spread:
            continue
        of = f" of {name}" if run.targets else ""
        unit = dict(zip(run.measurements or [], run.units or [], strict=False))
        unit = unit.get(name) or (None if run.targets else run.unit)
        warn_user(
            f"The mean{of} of the last {steps} rows is {found:.3g}, where that "
            f"of the training is {mean:.3g} and its standard deviation "
            f"{spread:.3g}. Such readings were hardly trained on: are they "
            f"in the training's unit ({unit or 'not known'}), and empty "
            "where nothing was read?"
        )


def _last_steps(frame, run, history):
    """The last `history` steps, a row each, as training had them."""
    step = pd.Timedelta(seconds=round(run.minutes_per_step * 60))
    _check_interval(frame.index, step)
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


def _check_interval(index, step):
    """Raise if the rows that were given keep another interval than a step."""
    times = np.unique(index.to_numpy().astype("datetime64[us]").astype(int))
    if len(times) < 2:
        return
    found = int(np.median(np.diff(times)))
    wanted = step.value // 1000
    if abs(found - wanted) > wanted / 4:
        raise ValueError(
            f"The readings are {say_interval(found)} apart; expected "
            f"{say_interval(wanted)}, the step of the training. Give readings "
            "at that interval."
        )


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
                f"{clock_zone(utc_offset)}, the clock of the training data."
            )
        return index
    if utc_offset is None:
        raise ValueError(
            f"The readings have the time zone {index.tz}. {EXPECTED}"
        )
    return index.tz_convert(clock_zone(utc_offset)).tz_localize(None)


def on_earth(frame, utc_offset):
    """A frame whose times say how far they are ahead of UTC, if known."""
    if utc_offset is None:
        return frame
    return frame.tz_localize(clock_zone(utc_offset))


def clock_zone(utc_offset):
    """The time zone of a clock that is so many hours ahead of UTC."""
    return datetime.timezone(datetime.timedelta(hours=utc_offset))
