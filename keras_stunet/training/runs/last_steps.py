"""The last steps of readings, which a forecast goes on from."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.times.intervals import say_interval
from keras_stunet.data.readers.times.resample import time_grid
from keras_stunet.messages import warn_user
from keras_stunet.steps import describe_step
from keras_stunet.steps import steps_between
from keras_stunet.steps import time_after
from keras_stunet.training.runs.reading_windows import by_measurement
from keras_stunet.training.runs.run_clock import EXPECTED
from keras_stunet.training.runs.sensor_columns import check_present
from keras_stunet.training.runs.sensor_columns import named_columns
from keras_stunet.training.runs.sensor_columns import of_sensors

_FAR = 3  # standard deviations, for the mean of an hour


def checked_readings(readings, run, strict=False, bounds=False):
    """The last `history` steps of a frame, as the model was trained on them.

    Sensors without a column are taken as missing, unless `strict`.

    Raises:
        ValueError: As `forecast_next`.
    """
    history = run.config["model"]["history"]
    frame = of_sensors(readings, run, strict, bounds)
    frame = _last_steps(frame, run, history)
    given = named_columns(readings.columns, run)
    rows = f"the last {history} rows"
    check_present(frame, given, rows, strict, bounds)
    warn_of_unusual(frame, run, rows)
    return frame


def warn_of_unusual(frame, run, rows):
    """Warn where the mean of readings is far from that of the training.

    Args:
        frame: From `of_sensors`.
        run: A `Run`.
        rows: What rows these are, for messages.
    """
    if run.std is None:
        return
    readings = by_measurement(frame, run).astype(float)
    readings = readings.reshape(*readings.shape[:2], -1)  # (steps, N, D)
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
            f"The mean{of} of {rows} is {found:.3g}, where that of the "
            f"training is {mean:.3g} and its standard deviation "
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
    minutes, index = run.minutes_per_step, frame.index
    wanted = time_after(index[-1], minutes, np.arange(1 - history, 1))
    if oldest > wanted[0] + step / 4:
        raise ValueError(
            f"There are {given} rows of readings; the model needs the last "
            f"{history}, one every {describe_step(minutes)}."
        )
    gaps = steps_between(index[:-1], index[1:], minutes) != 1
    if gaps.any():
        at = int(np.argmax(gaps))
        raise ValueError(
            f"After {index[at]} the readings go on at {index[at + 1]}; "
            f"expected {describe_step(minutes)} from each of the last "
            f"{history} rows to the next. Give readings at the interval of the "
            "training, and wait until as many lie behind a gap of days."
        )
    lost = history - len(frame)
    if lost > 0:
        warn_user(
            f"The first of the last {history} rows are missing ({lost}); "
            "taken as missing readings."
        )
    return frame.reindex(pd.DatetimeIndex(wanted))


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
