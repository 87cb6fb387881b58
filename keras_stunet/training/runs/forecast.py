"""The next steps from the last readings."""

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.resample import time_grid
from keras_stunet.data.windows import Windows
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.training.runs.clock import EXPECTED
from keras_stunet.training.runs.clock import on_clock
from keras_stunet.training.runs.clock import on_earth
from keras_stunet.training.runs.finished import check_same_data
from keras_stunet.training.runs.run_data import run_series
from keras_stunet.training.runs.run_data import series_sha256

_FAR = 3  # standard deviations, for the mean of an hour


def forecast_next(run, readings):
    """Forecast the steps that follow the last readings.

    Args:
        run: A `FinishedRun`.
        readings: A data frame, a row a time step, with timestamps as its
            index and a column a sensor, in any order. Empty cells are
            missing readings. Rows are put in order, merged and filled as
            `time_grid` does; the last `history` steps count. Timestamps have
            a time zone, where those of the training data had, or are on
            their clock.

    Returns:
        A data frame of the next `horizon` steps, in the units of the
        readings, with timestamps as its index and a column a sensor. The
        timestamps have a time zone, that of the training data's clock, where
        its offset is known.

    Raises:
        ValueError: If sensors are missing, there are too few rows, the steps
            are not the training's, no reading is present at all, or there is
            a time zone and the training data had none.
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
    return on_earth(pd.DataFrame(forecast, ahead, run.sensors), run.utc_offset)


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
    frame = pd.DataFrame(values, series.timestamps[rows], run.sensors)
    return on_earth(frame, run.utc_offset)


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
    frame = frame[run.sensors].set_axis(on_clock(index, run.utc_offset))
    frame = _last_steps(frame, run, history)
    if not np.isfinite(frame.to_numpy(float)).any():
        raise ValueError(
            f"No reading in the last {history} rows is present, so there is "
            "nothing to forecast from."
        )
    _tell_unusual(frame, run)
    return frame


def _tell_unusual(frame, run):
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
