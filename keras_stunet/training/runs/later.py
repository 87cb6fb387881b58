"""Readings that a training never saw: scores, and forecasts from each row."""

from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.checks import check_count
from keras_stunet.data.readers.resample import time_grid
from keras_stunet.data.windows import Windows
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.evaluation.scoring import reported_steps
from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.messages import counted
from keras_stunet.messages import warn_user
from keras_stunet.training.callbacks import CleanInterrupts
from keras_stunet.training.runs.readings import SUFFIXES
from keras_stunet.training.runs.readings import of_sensors
from keras_stunet.training.runs.readings import on_earth
from keras_stunet.training.runs.readings import read_readings


def read_later(paths):
    """Read readings of several files as one frame.

    Args:
        paths: Files as `read_readings` takes them, or folders of such files.

    Returns:
        Their rows together, in the order of the files.

    Raises:
        OSError: If a file cannot be read.
        ValueError: If one is no table of readings, a folder has none, or only
            some have times with an offset from UTC.
    """
    files = []
    for path in map(Path, paths):
        if not path.is_dir():
            files.append(path)
            continue
        found = [p for p in sorted(path.iterdir()) if p.suffix in SUFFIXES]
        if not found:
            raise ValueError(
                f"{path} has no files of readings; expected names that end in "
                f"{' or '.join(SUFFIXES)}."
            )
        files += found
    frames = [read_readings(path) for path in files]
    zoned = [frame.index.tz is not None for frame in frames]
    if any(zoned) and not all(zoned):
        raise ValueError(
            f"The times of {files[zoned.index(True)]} have an offset from UTC, "
            f"those of {files[zoned.index(False)]} have none. Write all with "
            "one, or none."
        )
    if len(frames) > 1 and all(zoned):
        frames = [frame.tz_convert("UTC") for frame in frames]
    return frames[0] if len(frames) == 1 else pd.concat(frames)


def evaluate_later(
    run, readings, raw_dir=None, data_dir=None, report_steps=None
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

    Returns:
        As `evaluate_run`.

    Raises:
        ValueError: If sensors or steps are not those of the run, or no window
            is whole.
        FileNotFoundError: If the data of the run are gone.
    """
    model = run.config["model"]
    reported_steps(model["horizon"], report_steps)
    frame = _grid(of_sensors(readings, run), run)
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
    splits = run.windows(raw_dir, data_dir)
    _warn_of_overlap(frame.index, splits.validation)
    windows = _windows(frame, starts, run)
    with CleanInterrupts() as interrupts:
        return score_beside_naive(
            run.model,
            interrupts.watched(windows),
            splits.train,
            report_steps,
        )


def forecast_rolling(run, readings, every=1):
    """Forecast from each row of readings that has a whole history before it.

    Args:
        run: A `Run`, from `load_run`.
        readings: As in `evaluate_later`.
        every: Forecast from each so-manieth such row, the first one first.

    Returns:
        A data frame in the units of the readings with a column a sensor. Its
        index has two levels: `origin`, the time of the last reading that a
        forecast knows, and `timestamp`, the time it is for.

    Raises:
        ValueError: As `evaluate_later`.
    """
    check_count("every", every, 1)
    model = run.config["model"]
    history, horizon = model["history"], model["horizon"]
    frame = _grid(of_sensors(readings, run), run)
    starts = _unbroken(frame.index, history, run)[::every]
    if not len(starts):
        raise ValueError(
            f"The {len(frame)} rows of the readings hold no history of "
            f"{history} steps without a gap in time. Give more rows."
        )
    step = pd.Timedelta(minutes=run.minutes_per_step)
    ahead = [frame.index[-1] + step * i for i in range(1, horizon + 1)]
    longer = frame.reindex(frame.index.append(pd.DatetimeIndex(ahead)))
    windows = _windows(longer, starts, run)
    with CleanInterrupts() as interrupts:
        windows = interrupts.watched(windows)
        found = [made for made, *_ in predict_windows(run.model, windows)]
    forecasts = np.concatenate(found)[..., 0]  # (origins, horizon, N)
    origins = frame.index[starts + history - 1]
    times = [origins + step * i for i in range(1, horizon + 1)]
    result = pd.DataFrame(
        forecasts.reshape(-1, len(run.sensors)),
        pd.DatetimeIndex(np.stack(times, axis=1).ravel(), name="timestamp"),
        run.sensors,
    )
    result = on_earth(result, run.utc_offset)
    zone = result.index.tz
    origins = origins.repeat(horizon).rename("origin")
    origins = origins if zone is None else origins.tz_localize(zone)
    return result.set_index(pd.MultiIndex.from_arrays([origins, result.index]))


def _grid(frame, run):
    frame = time_grid(frame, "The readings")
    step = pd.Timedelta(seconds=round(run.minutes_per_step * 60))
    steps = np.diff(frame.index)
    if len(steps) and steps.min() != step:
        raise ValueError(
            f"The readings are {pd.Timedelta(steps.min())} apart; the model "
            f"was trained on steps of {run.minutes_per_step:g} minutes. Give "
            "readings at that interval."
        )
    return frame


def _unbroken(index, length, run):
    # First rows of all windows whose rows follow each other.
    step = pd.Timedelta(seconds=round(run.minutes_per_step * 60))
    starts = np.arange(max(0, len(index) - length + 1))
    spans = index[starts + length - 1] - index[starts]
    return starts[spans == step * (length - 1)]


def _windows(frame, starts, run):
    model = run.config["model"]
    values = frame.to_numpy("float32")
    present = np.isfinite(values)
    return Windows(
        np.where(present, values, np.float32(run.fill)),
        None if present.all() else present,
        starts,
        model["history"],
        model["horizon"],
        timestamps=frame.index.to_numpy(),
        steps_per_day=round(24 * 60 / run.minutes_per_step),
        calendar=tuple(model["calendar"]),
        mask_channel=model.get("mask_channel", False),
    )


def _warn_of_overlap(index, validation):
    times = validation.timestamps
    if times is None:
        return
    last = times[validation.covered_rows()[-1]]
    known = int((index <= pd.Timestamp(last)).sum())
    if known:
        warn_user(
            f"{counted(known, 'row')} of the readings are not later than "
            f"{pd.Timestamp(last)}, up to where the model was trained and "
            "chosen. Scores on them are too good; leave them out."
        )
