"""Readings with a column for each sensor of a run, on the run's clock."""

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.values.measurements import labels
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.training.runs.run_clock import on_clock

# Of sensors without readings, where bounds are asked for.
_TOO_NARROW = (
    " Their bounds are those of a sensor with readings, too narrow for these."
)


def of_sensors(readings, run, strict=False, bounds=False):
    """The rows of a frame, a column for each sensor, on the training's clock.

    Args:
        readings: As in `forecast_next`.
        run: A `Run`.
        strict: Whether sensors without a column are an error; else they are
            taken as missing.
        bounds: Whether forecasts are to have bounds.

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
    frame.columns = named_columns(frame.columns, run)
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
        warn_user(f"{lack} Taken as missing.{_TOO_NARROW * bounds}")
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


def named_columns(columns, run):
    """Texts for the columns of a frame of readings, as `labels` has them.

    Those of one measurement, of which the model knows one, are sensors.

    Raises:
        ValueError: If the model knows several measurements and the frame has
            one, or the other way round.
    """
    if run.targets is not None and columns.nlevels != 2:
        raise ValueError(
            "The readings have one measurement, a column a sensor; expected "
            f"{len(run.measurements)}: {listed(run.measurements)}. Give a file "
            "with a column for each beside a column `sensor`, or one file "
            f"for each (--readings {run.measurements[0]}=FILE); as a data "
            "frame columns of two levels, measurement and sensor."
        )
    if run.targets is None and columns.nlevels == 2:
        found = columns.unique(0)
        if len(found) > 1:
            raise ValueError(
                f"The readings have {len(found)} measurements, "
                f"{listed(found)}; expected one, a column a sensor. Choose it "
                "(--measurements)."
            )
        columns = columns.get_level_values(1)
    return labels(columns).astype(str)


def check_present(frame, given, rows, strict=False, bounds=False):
    """Raise if no reading is present; warn of sensors that have none.

    Args:
        frame: From `of_sensors`.
        given: From `named_columns`: those without a column are told already.
        rows: What rows these are, for messages, such as "the last 12 rows".
        strict: Whether a sensor without a reading is an error.
        bounds: Whether forecasts are to have bounds.

    Raises:
        ValueError: If so.
    """
    there = np.isfinite(frame.astype(float)).any()
    if not there.any():
        raise ValueError(
            f"No reading in {rows} is present, so there is nothing to "
            "forecast from."
        )
    empty = [name for name in frame.columns[~there] if name in given]
    if empty and strict:
        raise ValueError(
            f"{rows[0].upper()}{rows[1:]} have no reading of "
            f"{counted(len(empty), 'sensor')}: {listed(empty)}."
        )
    if empty:
        warn_user(
            f"{counted(len(empty), 'sensor')} without a reading in {rows}: "
            f"{listed(empty)}. Taken as missing.{_TOO_NARROW * bounds}"
        )
