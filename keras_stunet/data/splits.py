"""A series split into training, validation and test windows."""

from typing import NamedTuple

import numpy as np

from keras_stunet.data.protocols import find_protocol
from keras_stunet.data.windows import SECONDS_PER_DAY
from keras_stunet.data.windows import Windows
from keras_stunet.data.windows import covered_rows


class Splits(NamedTuple):
    """Training, validation and test windows, with the training statistics.

    `mean` and `std` are in original units, over the present readings of the
    rows that training windows cover.
    """

    train: Windows
    validation: Windows
    test: Windows
    mean: float
    std: float


def make_windows(
    series,
    protocol="days",
    history=12,
    horizon=12,
    calendar=(),
    mask_channel=False,
    steps_per_day=None,
    parts=None,
):
    """Split a series into training, validation and test windows.

    `mean` and `std` (population, ddof 0) are computed in float64 from the
    present readings of the rows that training windows cover, each row once;
    no reading of a later row enters. Missing readings are filled with that
    mean.

    Differs from Yu, Yin and Zhu (2018), who weigh a row by the number of
    windows it occurs in.

    Args:
        series: a `Series`.
        protocol: `"days"` (whole days, never across midnight) or `"windows"`
            (all windows in order of time); a key of `PROTOCOLS`.
        history: input steps of a window.
        horizon: target steps of a window.
        calendar: calendar features to append; see `Windows`.
        mask_channel: whether to append presence as a feature; see `Windows`.
        steps_per_day: rows per day. By default from the timestamps, or 288
            (five minutes) for a series without them.
        parts: three day counts (`"days"`) or ratios (`"windows"`). By default
            (34, 5, 5) or (6, 2, 2).

    Returns:
        A `Splits`.

    Raises:
        ValueError: if the protocol is unknown or does not fit the series, or
            the training rows have no spread to scale by.
    """
    chosen = find_protocol(protocol)
    if steps_per_day is None:
        steps_per_day = _steps_per_day(series)
    if protocol == "days":
        _check_days(series, steps_per_day)
    split = chosen.split(
        series.num_steps,
        chosen.parts if parts is None else parts,
        history,
        horizon,
        steps_per_day,
    )
    rows = covered_rows(split[0], history + horizon, series.num_steps)
    mean, std = _statistics(series, rows)
    values = series.values
    if series.mask is not None:
        values = np.where(series.mask, values, np.float32(mean))
    windows = [
        Windows(
            values,
            series.mask,
            starts,
            history,
            horizon,
            timestamps=series.timestamps,
            steps_per_day=steps_per_day,
            calendar=calendar,
            mask_channel=mask_channel,
        )
        for starts in split
    ]
    return Splits(*windows, mean=mean, std=std)


def _statistics(series, rows):
    readings = series.values[rows]
    if series.mask is not None:
        readings = readings[series.mask[rows]]
    if readings.size == 0:
        raise ValueError(
            f"{series.name!r} has no present reading in its "
            f"{len(rows)} training rows. Give other `parts`, or check `mask` "
            "(True means present)."
        )
    mean = float(readings.mean(dtype=np.float64))
    std = float(readings.std(dtype=np.float64))
    # A constant series can leave a rounding error instead of zero.
    if std <= 1e-12 * max(1.0, abs(mean)):
        raise ValueError(
            f"All present training readings of {series.name!r} equal "
            f"{mean:g}: their standard deviation is 0 and nothing can be "
            "scaled by it. Check the readings and the mask."
        )
    return mean, std


def _steps_per_day(series):
    if series.timestamps is None or series.num_steps < 2:
        return 288
    step = int(np.median(np.diff(series.timestamps).astype(np.int64)))
    if SECONDS_PER_DAY % step:
        raise ValueError(
            f"The timestamps of {series.name!r} are {step} s apart, which "
            "does not divide a day. Pass `steps_per_day`."
        )
    return SECONDS_PER_DAY // step


def _check_days(series, steps_per_day):
    if series.timestamps is None or series.num_steps % steps_per_day:
        return  # day_split reports a series that is not made of whole days
    dates = series.timestamps.astype("datetime64[D]")
    dates = dates.reshape(-1, steps_per_day)
    crossing = (dates != dates[:, :1]).any(axis=1)
    if crossing.any():
        day = int(np.argmax(crossing))
        raise ValueError(
            f"Block {day} of {steps_per_day} rows of {series.name!r} runs "
            f"from {dates[day, 0]} to {dates[day, -1]}; the 'days' protocol "
            "expects every block to be one day. Cut the series at midnight, "
            "fill missing rows with masked ones, or use 'windows'."
        )
