"""A series split into training, validation and test windows."""

from typing import NamedTuple

import numpy as np

from keras_stunet.checks import did_you_mean
from keras_stunet.data.covariates import Encoding
from keras_stunet.data.covariates import encode
from keras_stunet.data.covariates import fit_encoding
from keras_stunet.data.gather import chosen
from keras_stunet.data.profiles import Profile
from keras_stunet.data.profiles import fit_profile
from keras_stunet.data.protocols import find_protocol
from keras_stunet.data.scale import filled
from keras_stunet.data.scale import find_scale
from keras_stunet.data.series_checks import ALL
from keras_stunet.data.usual_rows import usual_rows
from keras_stunet.data.usual_rows import usual_rows_without
from keras_stunet.data.window_rows import covered_rows
from keras_stunet.data.windows import Windows
from keras_stunet.steps import describe_step
from keras_stunet.steps import divides_day
from keras_stunet.steps import minutes_per_step
from keras_stunet.steps import slots_per_day


class Splits(NamedTuple):
    """Training, validation and test windows, with the training statistics.

    `mean` and `std` are in original units, over the present readings of the
    rows that training windows cover: two numbers; of several measurements two
    arrays `(D,)`; by sensor two arrays `(N, D)`. `profile` is what is usual
    by time of day in these rows, where it was asked for and can be had;
    `encoding` how the covariates of the series become features, by these rows.
    """

    train: Windows
    validation: Windows
    test: Windows
    mean: float | np.ndarray
    std: float | np.ndarray
    profile: Profile | None = None
    encoding: Encoding | None = None

    @property
    def target_std(self):
        """`std` of the targets: a number, `(targets,)` or `(N, targets)`."""
        if np.ndim(self.std) == 0:
            return self.std
        std = chosen(self.std, self.train.targets)
        return std.item() if std.size == 1 else std


def make_windows(
    series,
    protocol="days",
    history=12,
    horizon=12,
    calendar=(),
    mask_channel=False,
    steps_per_day=None,
    parts=None,
    targets=None,
    scale="all",
    profile=False,
    future=False,
    encoding=None,
):
    """Split a series into training, validation and test windows.

    `mean` and `std` (population, ddof 0) are computed in float64 from the
    present readings of the rows that training windows cover, each row once;
    no reading of a later row enters. Missing readings are filled with that
    mean. All measurements of the series are inputs.

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
        steps_per_day: times of day that rows are told apart by. By default
            from the timestamps, see `keras_stunet.steps.slots_per_day`; or
            288 (five minutes) for a series without them.
        parts: three day counts (`"days"`) or ratios (`"windows"`). By default
            (34, 5, 5) or (6, 2, 2).
        targets: the measurements to forecast: names, numbers, or `"all"`; by
            default the first.
        scale: `"all"`, one mean and deviation of all sensors, or `"sensor"`,
            one of each; see `keras_stunet.data.scale.find_scale`.
        profile: whether windows have what is usual by time of day as an
            input, of their history and of what is to come: of the training
            rows alone, and for a training window without the days that it
            touches. Without timestamps, or with fewer than three training
            days, they have not, with a warning. See `fit_profile`.
        future: whether windows have the covariates of the steps ahead as a
            second input, and not `horizon` steps earlier in their history;
            with `profile` they have.
        encoding: how the covariates become features, an `Encoding`; by
            default that of the training rows.

    Returns:
        A `Splits`.

    Raises:
        ValueError: if the protocol is unknown or does not fit the series, a
            target is not there, or the training rows have no spread to scale
            by.
    """
    found = find_protocol(protocol)
    targets = find_targets(series, targets)
    if steps_per_day is None:
        steps_per_day = _steps_per_day(series)
    if protocol == "days":
        _check_days(series, steps_per_day)
    split = found.split(
        series.num_steps,
        found.parts if parts is None else parts,
        history,
        horizon,
        steps_per_day,
    )
    rows = covered_rows(split[0], history + horizon, series.num_steps)
    mean, std = find_scale(series, rows, scale)
    values = filled(series, mean)
    usual, found_profile = (None,) * 3, None
    if profile:
        found_profile, usual = _usual(
            series, steps_per_day, rows, split[0], history + horizon
        )
    covariates = None
    if encoding is None:
        encoding = fit_encoding(series, rows)
    if encoding is not None:
        columns = series.covariates or {}
        covariates = encode(
            {name: x[: series.num_steps] for name, x in columns.items()},
            series.static,
            encoding,
            series.num_steps,
            series.num_nodes,
            future,
        )
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
            targets=targets,
            measurements=series.measurement_names,
            usual=known,
            covariates=covariates,
        )
        for starts, known in zip(split, usual, strict=True)
    ]
    return Splits(*windows, mean, std, found_profile, encoding)


def _usual(series, steps_per_day, rows, starts, length):
    # The profile, and what is usual at the rows of each part.
    shape = (series.num_steps, series.num_nodes, series.num_measurements)
    readings = series.values.reshape(shape)
    present = None if series.mask is None else series.mask.reshape(shape)
    times = series.timestamps
    profile = fit_profile(
        readings[rows],
        None if present is None else present[rows],
        None if times is None else times[rows],
        steps_per_day,
    )
    if profile is None:
        return None, (None,) * 3
    train = usual_rows_without(
        readings, present, times, steps_per_day, rows, starts, length
    )
    later = usual_rows(profile, times)
    return profile, (train, later, later)


def find_targets(series, targets=None):
    """Numbers of the measurements of a series that are to be forecast.

    Args:
        series: A `Series`.
        targets: As in `make_windows`.

    Returns:
        A tuple of integers, in the order asked for.

    Raises:
        ValueError: If one is not there (the nearest name is offered) or is
            named twice, or none is.
    """
    names = series.measurement_names
    if targets is None:
        return (0,)
    if isinstance(targets, str):
        targets = names if targets == ALL else [targets]
    elif isinstance(targets, (int, np.integer)):
        targets = [targets]
    found = []
    for target in targets:
        at = target
        if isinstance(target, str):
            at = names.index(target) if target in names else -1
        if at not in range(len(names)):
            raise ValueError(
                f"{series.name!r} has no measurement {target!r} to forecast; "
                f"expected {ALL!r} or some of {', '.join(names)}."
                f"{did_you_mean(target, names)}"
            )
        found.append(int(at))
    if not found or len({*found}) < len(found):
        raise ValueError(
            f"`targets` is {targets}; expected each measurement at most once, "
            "and at least one."
        )
    return tuple(found)


def _steps_per_day(series):
    if series.timestamps is None or series.num_steps < 2:
        return 288
    return slots_per_day(minutes_per_step(series.timestamps))


def _check_days(series, steps_per_day):
    if series.timestamps is not None and series.num_steps > 1:
        minutes = minutes_per_step(series.timestamps)
        if not divides_day(minutes):
            raise ValueError(
                f"The steps of {series.name!r} are {describe_step(minutes)}, "
                "which does not divide a day; the 'days' protocol expects "
                "steps that do. Take 'windows'."
            )
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
