"""The next steps from the last readings, in a frame or a file."""

from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.files import atomic_write
from keras_stunet.training.runs.last_steps import checked_readings
from keras_stunet.training.runs.reading_windows import forecast_frame
from keras_stunet.training.runs.reading_windows import times_ahead
from keras_stunet.training.runs.reading_windows import windows_of_readings
from keras_stunet.training.runs.readings import check_suffix
from keras_stunet.training.runs.run_clock import on_earth
from keras_stunet.training.runs.run_intervals import intervals_of


def forecast_next(run, readings, strict=False, level=None, covariates=None):
    """Forecast the steps that follow the last readings.

    Args:
        run: A `Run`, from `load_run`.
        readings: A data frame, a row a time step, with timestamps as its
            index and a column a sensor, in any order; of several measurements
            columns of two levels, measurement and sensor. Empty cells are
            missing readings. Rows are put in order, merged and filled as
            `time_grid` does; the last `history` steps count. Timestamps have
            a time zone, where those of the training data had, or are on
            their clock.
        strict: Whether it is an error if a sensor has no column, or no
            reading in the last `history` steps. By default both count as
            missing readings, with a warning that names them.
        level: Share of the readings that lower and upper bounds are to hold,
            such as 0.8; `None` for no bounds. They come from `intervals_of`
            the run.
        covariates: What the model takes besides, at the times of the last
            `history` steps and of those to forecast: a data frame as
            `read_covariates` returns it, or a list of some. What they do not
            have is taken of the run's data.

    Returns:
        A data frame of the next `horizon` steps, in the units of the
        readings, with timestamps as its index and a column a sensor; of
        several targets, and with bounds, columns of two levels, as
        `forecast_frame` makes them. The
        timestamps have a time zone, that of the training data's clock, where
        its offset is known.

    Raises:
        ValueError: If all sensors are missing (if `strict`, one), there are
            too few rows, the steps are not the training's, no reading is
            present at all, there is a time zone and the training data had
            none, or a covariate is not known at a time.
    """
    horizon = run.config["model"]["horizon"]
    frame = checked_readings(readings, run, strict, level is not None)
    windows = windows_of_readings(frame, run, [0], horizon, covariates)
    x, *_ = windows.gather([0])
    forecast = np.asarray(run.model.predict_on_batch(x))
    times = times_ahead(frame.index[-1:], run, horizon)
    intervals = None if level is None else intervals_of(run)
    frame = forecast_frame(forecast, times, run, intervals, level)
    return on_earth(frame, run.utc_offset)


def as_table(frame):
    """A forecast as it is written: with two levels a row a sensor and time.

    Args:
        frame: What `forecast_next` returns.

    Returns:
        A data frame with the timestamps as its index and a column a sensor;
        of several targets the columns `sensor` and one for each target.
    """
    if frame.columns.nlevels == 1:
        return frame
    targets, sensors = (frame.columns.unique(level) for level in (0, 1))
    shape = len(frame), len(targets), len(sensors)
    values = frame.to_numpy().reshape(shape).swapaxes(1, 2)
    table = pd.DataFrame(
        values.reshape(-1, len(targets)),
        frame.index.repeat(len(sensors)),
        targets,
    )
    table.insert(0, "sensor", np.tile(sensors, len(frame)))
    return table


def write_forecast(path, frame):
    """Write a forecast as csv or parquet, whole or not at all."""
    path = Path(path)
    check_suffix(path)
    table = as_table(frame)
    with atomic_write(path) as temporary:
        if path.suffix == ".csv":
            table.to_csv(temporary, float_format="%.3f")
            return
        table.to_parquet(temporary)


def check_target(path):
    """Raise unless a forecast can go to a file of this name."""
    check_suffix(path)
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder} to write {path} to. Make it first."
        )
