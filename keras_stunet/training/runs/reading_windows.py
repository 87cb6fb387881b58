"""Windows over readings that a run did not have, as its model takes them."""

import numpy as np
import pandas as pd
from keras import ops

from keras_stunet.data.profiles import Profile
from keras_stunet.data.usual_rows import usual_rows
from keras_stunet.data.windows import Windows
from keras_stunet.quantiles import median_of
from keras_stunet.steps import slots_per_day
from keras_stunet.steps import time_after
from keras_stunet.training.runs.run_covariates import covariates_of


def windows_of_readings(frame, run, starts, ahead=0, covariates=None):
    """Windows over the rows of a frame.

    A missing reading is what the run's training filled it with; for a model
    with a profile what is usual then.

    Args:
        frame: Readings as `readings.of_sensors` returns them, a row a step.
        run: A `Run`.
        starts: First rows of the windows.
        ahead: Steps after the last row that windows reach into, of which
            nothing is known.
        covariates: As in `covariates_of`.

    Returns:
        `Windows`, with a mask if a reading is missing or unknown.
    """
    options = run.config["model"]
    values = by_measurement(frame, run)  # (steps, N) or (steps, N, D)
    present = np.isfinite(values)
    fill = np.asarray(run.fill, "float32")
    if fill.ndim == 2 and values.ndim == 2:
        fill = fill[:, 0]
    values = np.where(present, values, fill)
    times = frame.index
    if ahead:
        unknown = (ahead, *values.shape[1:])
        values = np.concatenate([values, np.broadcast_to(fill, unknown)])
        present = np.concatenate([present, np.zeros(unknown, bool)])
        times = times.append(times_ahead(times[-1:], run, ahead))
    names = run.measurements
    targets = (0,)
    if run.targets is not None:
        targets = tuple(names.index(target) for target in run.targets)
    usual, profile = None, getattr(run.model, "profile", None)
    if profile is not None:
        profile = Profile(ops.convert_to_numpy(profile))
        usual = usual_rows(profile, times.to_numpy())
    return Windows(
        values,
        None if present.all() else present,
        starts,
        options["history"],
        options["horizon"],
        timestamps=times.to_numpy(),
        steps_per_day=slots_per_day(run.minutes_per_step),
        calendar=tuple(options["calendar"]),
        mask_channel=options.get("mask_channel", False),
        targets=targets,
        measurements=names,
        usual=usual,
        covariates=covariates_of(run, times.to_numpy(), covariates),
    )


def times_ahead(origins, run, count):
    """Times of the `count` steps after each origin, origin after origin."""
    step = run.minutes_per_step
    times = [
        time_after(origins.to_numpy(), step, i) for i in range(1, count + 1)
    ]
    return pd.DatetimeIndex(np.stack(times, axis=1).ravel(), name="timestamp")


def forecast_frame(forecasts, times, run, intervals=None, level=None):
    """Forecasts as a data frame, those of quantiles by their median.

    Args:
        forecasts: `(B, horizon, N, targets)` in the units of the data; of Q
            quantiles `(B, horizon, N, targets Q)`.
        times: `(B horizon,)` timestamps.
        run: A `Run`.
        intervals: `Intervals` to add the bounds of, or `None`.
        level: Of the intervals.

    Returns:
        A data frame with a row a time and a column a sensor; of several
        targets columns of two levels, target and sensor. With intervals the
        first level is "forecast", "lower" and "upper"; of several targets
        "flow", "flow lower", "flow upper" and so on.
    """
    columns, names = run.sensors, run.targets or ["forecast"]
    made, quantiles = forecasts, getattr(run.model, "quantiles", None)
    forecasts = median_of(made, quantiles)  # (B, horizon, N, targets)
    if intervals is not None:
        bounds = intervals.bounds(made.astype("float64"), level)
        whole = np.stack([forecasts, *bounds], axis=-1)
        forecasts = whole.reshape(*whole.shape[:3], -1)
        kinds = ("", "lower", "upper")
        if run.targets is None:
            names = ["forecast", "lower", "upper"]
        else:
            names = [
                f"{name} {kind}".strip() for name in names for kind in kinds
            ]
    if len(names) > 1:
        columns = pd.MultiIndex.from_product([names, run.sensors])
    rows = forecasts.swapaxes(2, 3).reshape(len(times), -1)
    return pd.DataFrame(rows, times, columns)


def by_measurement(frame, run):
    """The readings of a frame, `(steps, N)` or `(steps, N, D)`.

    Args:
        frame: As in `windows_of_readings`.
        run: A `Run`.
    """
    values = frame.to_numpy("float32")
    if run.targets is None:
        return values
    values = values.reshape(len(values), -1, len(run.sensors))
    return values.swapaxes(1, 2)
