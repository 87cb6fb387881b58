"""Readings that a training never saw: scores, and forecasts from each row."""

import math

import numpy as np
import pandas as pd

from keras_stunet.checks import check_count
from keras_stunet.data.readers.times.resample import time_grid
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.evaluation.scoring import reported_steps
from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.messages import counted
from keras_stunet.messages import warn_user
from keras_stunet.steps import describe_step
from keras_stunet.steps import minutes_per_step
from keras_stunet.steps import steps_between
from keras_stunet.training.callbacks import CleanInterrupts
from keras_stunet.training.runs.last_steps import warn_of_unusual
from keras_stunet.training.runs.reading_windows import forecast_frame
from keras_stunet.training.runs.reading_windows import times_ahead
from keras_stunet.training.runs.reading_windows import windows_of_readings
from keras_stunet.training.runs.readings import read_readings
from keras_stunet.training.runs.run_clock import on_earth
from keras_stunet.training.runs.run_data import present_targets
from keras_stunet.training.runs.run_intervals import intervals_of
from keras_stunet.training.runs.sensor_columns import check_present
from keras_stunet.training.runs.sensor_columns import named_columns
from keras_stunet.training.runs.sensor_columns import of_sensors


def read_later(paths, **form):
    """Read readings of several files as one frame.

    Args:
        paths: Files, folders and patterns, as `read_readings` takes them.
        **form: As there.

    Returns:
        Their rows together, in the order of the files.

    Raises:
        OSError: If a file cannot be read.
        ValueError: If one is no table of readings, a folder has none, or only
            some have times with an offset from UTC.
    """
    return read_readings(paths, **form)


def evaluate_later(
    run,
    readings,
    raw_dir=None,
    data_dir=None,
    report_steps=None,
    covariates=None,
):
    """Score a run on readings of after its training, beside naive forecasts.

    All windows count whose rows follow each other without a gap in time; of
    a run by days, those within one day. The historical averages are those of
    the run's training part.

    Args:
        run: A `Run`, from `load_run`.
        readings: A data frame, as in `forecast_next`, of any length.
        raw_dir: As in `load_series`, for the data of the run.
        data_dir: As in `load_series`.
        report_steps: As in `reported_steps`.
        covariates: As in `forecast_next`, for the times of the readings.

    Returns:
        As `evaluate_run`.

    Raises:
        ValueError: If sensors or steps are not those of the run, no window
            is whole, or a covariate is not known at a time.
        FileNotFoundError: If the data of the run are gone.
    """
    reported_steps(run.config["model"]["horizon"], report_steps)
    windows = later_windows(run, readings, covariates)
    return score_later(run, windows, raw_dir, data_dir, report_steps)


def score_later(run, windows, raw_dir=None, data_dir=None, report_steps=None):
    """As `evaluate_later`, of the windows that `later_windows` made."""
    splits = run.windows(raw_dir, data_dir)
    _warn_of_overlap(windows.timestamps, splits.validation)
    with CleanInterrupts() as interrupts:
        return score_beside_naive(
            run.model,
            interrupts.watched(windows),
            splits.train,
            report_steps,
        )


def later_windows(run, readings, covariates=None):
    """The windows of readings that a run is scored on, see `evaluate_later`.

    Args:
        run: A `Run`, from `load_run`.
        readings: As there.
        covariates: As there.

    Returns:
        `Windows`.

    Raises:
        ValueError: As there.
    """
    model = run.config["model"]
    frame = _grid(readings, run)
    length = model["history"] + model["horizon"]
    starts = _unbroken(frame.index, length, run)
    if run.config["protocol"] == "days":
        days = frame.index.normalize()
        starts = starts[days[starts] == days[starts + length - 1]]
    if not len(starts):
        raise ValueError(
            f"The {len(frame)} rows of the readings hold no window of "
            f"{model['history']} + {model['horizon']} steps without a gap in "
            "time. Give more rows."
        )
    windows = windows_of_readings(frame, run, starts, 0, covariates)
    if not present_targets(windows).any():
        raise ValueError(
            "No reading that a window of the readings forecasts is present, "
            "so there is nothing to score. Give more rows."
        )
    return windows


def forecast_rolling(
    run, readings, every=1, strict=False, level=None, covariates=None
):
    """Forecast from each row of readings that has a whole history before it.

    Args:
        run: A `Run`, from `load_run`.
        readings: As in `evaluate_later`.
        every: Forecast from each so-manieth such row, the first one first.
        strict: As in `forecast_next`.
        level: As in `forecast_next`.
        covariates: As in `forecast_next`.

    Returns:
        A data frame as `forecast_next` returns it, but with an index of two
        levels: `origin`, the time of the last reading that a forecast knows,
        and `timestamp`, the time it is for.

    Raises:
        ValueError: As `evaluate_later`.
    """
    check_count("every", every, 1)
    model = run.config["model"]
    history, horizon = model["history"], model["horizon"]
    frame = _grid(readings, run, strict, level is not None)
    starts = _unbroken(frame.index, history, run)[::every]
    if not len(starts):
        raise ValueError(
            f"The {len(frame)} rows of the readings hold no history of "
            f"{history} steps without a gap in time. Give more rows."
        )
    windows = windows_of_readings(frame, run, starts, horizon, covariates)
    _warn_of_empty_histories(windows)
    with CleanInterrupts() as interrupts:
        windows = interrupts.watched(windows)
        found = predict_windows(run.model, windows, whole=True)
        found = [made for made, *_ in found]
    origins = frame.index[starts + history - 1]
    times = times_ahead(origins, run, horizon)
    intervals = None if level is None else intervals_of(run)
    result = forecast_frame(np.concatenate(found), times, run, intervals, level)
    result = on_earth(result, run.utc_offset)
    origins = origins.repeat(horizon).rename("origin")
    if result.index.tz is not None:
        origins = origins.tz_localize(result.index.tz)
    return result.set_index(pd.MultiIndex.from_arrays([origins, result.index]))


def _grid(readings, run, strict=False, bounds=False):
    # The readings as training had them: columns, clock, a row a step.
    frame = of_sensors(readings, run, strict, bounds)
    repeated = frame.index.has_duplicates
    try:
        frame = time_grid(frame, "The readings")
    except ValueError as error:
        if run.utc_offset is None and repeated:
            raise ValueError(
                f"{error} But the run's data had no offsets, and it takes "
                "none: leave the repeated rows out."
            ) from error
        raise
    given = named_columns(readings.columns, run)
    rows = f"the {len(frame)} rows"
    check_present(frame, given, rows, strict, bounds)
    warn_of_unusual(frame, run, rows)
    if len(frame) > 1:
        found = minutes_per_step(frame.index)
        if not math.isclose(found, run.minutes_per_step):
            raise ValueError(
                f"The readings are {describe_step(found)} apart; the model "
                f"was trained on steps of "
                f"{describe_step(run.minutes_per_step)}. Give readings at that "
                "interval."
            )
    return frame


def _unbroken(index, length, run):
    # First rows of all windows whose rows follow each other.
    starts = np.arange(max(0, len(index) - length + 1))
    first, last = index[starts], index[starts + length - 1]
    spans = steps_between(first, last, run.minutes_per_step)
    return starts[spans == length - 1]


def _warn_of_empty_histories(windows):
    if windows.mask is None:
        return
    there = windows.mask.reshape(len(windows.mask), -1).any(axis=1)
    rows = windows.input_rows(np.arange(len(windows)))  # (B, history)
    empty = int((~there[rows].any(axis=1)).sum())
    if empty:
        warn_user(
            f"{empty:,} of {counted(len(rows), 'origin')} have no reading in "
            "their history: what is forecast from these is what the model "
            "makes of missing readings alone."
        )


def _warn_of_overlap(later, validation):
    times = validation.timestamps
    if times is None:
        return
    last = times[validation.covered_rows()[-1]]
    known = int((later <= last).sum())
    if known:
        warn_user(
            f"{counted(known, 'row')} of the readings are not later than "
            f"{pd.Timestamp(last)}, up to where the model was trained and "
            "chosen. Scores on them are too good; leave them out."
        )
