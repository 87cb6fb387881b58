"""Notes of what the training part does not let a model learn."""

import numpy as np

from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.steps import DAY
from keras_stunet.steps import WEEK
from keras_stunet.steps import describe_step

_SMALL = 1 / 20  # of the joint standard deviation


def warn_of_training_data(series, splits):
    """Warn of what the training rows do not let a model learn.

    These are times that nobody gave, a time of day at steps of days, sensors
    without a reading in the training part, and sensors that are small beside
    the one standard deviation by which all are scaled.

    Args:
        series: The `Series`.
        splits: `Splits` of it.
    """
    names = series.node_ids
    names = np.arange(series.num_nodes) if names is None else names
    if series.timestamps is None:
        per_day = splits.train.steps_per_day
        warn_user(
            f"{series.name!r} has no timestamps; its steps are taken to be "
            f"{24 * 60 / per_day:g} minutes apart, {per_day} a day. Minutes "
            "in tables and the historical average rest on that, and "
            "forecasts of what follows need times. Give `timestamps`."
        )
    minutes, calendar = splits.train.minutes_per_step, splits.train.calendar
    alike = {"time_of_day": minutes >= DAY, "day_of_week": minutes % WEEK == 0}
    if calendar and all(alike[name] for name in calendar):
        warn_user(
            f"{series.name!r} has steps of {describe_step(minutes)}: "
            f"{listed(calendar)} is the same at each and tells nothing. Leave "
            "it out (--calendar none)."
        )
    rows = splits.train.covered_rows()
    shape = (len(rows), series.num_nodes, series.num_measurements)
    readings = series.values[rows].reshape(shape)
    present = np.ones(shape, bool)
    if series.mask is not None:
        present = series.mask[rows].reshape(shape)
    for at, measurement in enumerate(series.measurement_names):
        title = repr(series.name)
        if series.num_measurements > 1:
            title += f", {measurement}"
        std = None  # the one that scales all sensors
        if np.ndim(splits.std) < 2:
            std = np.ravel(splits.std)[at]
        _warn_of_sensors(title, names, readings[..., at], present[..., at], std)


def _warn_of_sensors(title, names, readings, present, std):
    known = present.any(axis=0)
    if not known.all():
        warn_user(
            f"{title}: {counted(int((~known).sum()), 'sensor')} "
            "without a reading in the training part: "
            f"{listed(names[~known])}. They are "
            "forecast by what is learned from others."
        )
    if std is None:
        return
    names, present = names[known], present[:, known]
    readings = readings[:, known].astype("float64")
    spread = np.std(readings, axis=0, where=present)
    small = (spread > 0) & (spread < _SMALL * std)
    if small.any():
        warn_user(
            f"{title}: {counted(int(small.sum()), 'sensor')} whose "
            f"readings vary by {spread[small].min():.3g} to "
            f"{spread[small].max():.3g}, where those of all vary by "
            f"{std:.3g}, the one standard deviation that scales them: "
            f"{listed(names[small])}. These are learned badly. Scale each "
            "sensor by its own mean and deviation (--scale sensor)."
        )
