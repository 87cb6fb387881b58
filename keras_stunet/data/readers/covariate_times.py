"""Covariates at some times, from data frames."""

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.covariate_frames import SOURCE
from keras_stunet.data.readers.values.long_rows import UTC_OFFSET
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.steps import minutes_per_step
from keras_stunet.steps import steps_between
from keras_stunet.steps import time_after


def covariates_at(
    frames, times, node_ids, utc_offset=None, needed=None, wanted=None
):
    """The values of covariates at some times.

    Args:
        frames: Data frames as `covariate_frame` returns them. Where several
            have a value, that of the first counts.
        times: `(rows,)` datetime64, on a clock.
        node_ids: `(N,)` names of the sensors.
        utc_offset: Hours that the clock is ahead of UTC, `None` where they
            are not known.
        needed: Number of the first times at which there must be a value; by
            default all.
        wanted: Names of covariates, by default those of the frames.

    Returns:
        `{name: (rows,) or (rows, N) array}`; where not all have a value after
        the needed ones, as many rows as all have.

    Raises:
        ValueError: If a covariate, sensor or value is missing.
    """
    node_ids = [str(name) for name in node_ids]
    times = np.asarray(times, "datetime64[us]")
    needed = len(times) if needed is None else needed
    frames = [_on_clock(frame, utc_offset) for frame in frames]
    if wanted is None:
        wanted = [x for f in frames for x in f.columns.unique(0)]
        twice = {x for x in wanted if wanted.count(x) > 1}
        if twice:
            raise ValueError(
                f"Two files have the covariate {sorted(twice)[0]!r}; expected "
                "each in one of them."
            )
    found, known = {}, len(times)
    for name in wanted:
        column, there = _values_at(name, frames, times, node_ids)
        if not there[:needed].all():
            _raise_missing(name, frames, times[:needed], there[:needed])
        found[name] = column
        known = min(known, int(np.argmin(np.append(there, False))))
    return {name: column[:known] for name, column in found.items()}


def with_times_ahead(timestamps, frames, utc_offset=None):
    """Times of a series, and those of later steps that frames reach to."""
    last = min(
        (_on_clock(frame, utc_offset).index[-1] + _interval(frame))
        for frame in frames
    ).to_datetime64()
    minutes = minutes_per_step(timestamps)
    count = steps_between(timestamps[-1], last, minutes) + 1
    steps = np.arange(1, max(1, int(count)))
    ahead = time_after(np.repeat(timestamps[-1], len(steps)), minutes, steps)
    ahead = ahead[ahead < last].astype("datetime64[s]")
    return np.concatenate([timestamps, ahead])


def _values_at(name, frames, times, node_ids):
    # A column at times, and where it is known.
    there, column = np.zeros(len(times), bool), None
    for frame in frames:
        if name not in frame.columns.unique(0):
            continue
        values = frame[name]
        if values.ndim == 2:
            lacking = [x for x in node_ids if x not in values.columns]
            if lacking:
                raise ValueError(
                    f"{_source(frame)}: {name!r} is given for "
                    f"{counted(values.shape[1], 'sensor')}, and not for "
                    f"{listed(lacking)}. Expected one of each of the readings."
                )
            values = values[node_ids]
        index = values.index.to_numpy("datetime64[us]")
        place = np.searchsorted(index, times, side="right") - 1
        held = times - index[place] < _interval(frame).to_timedelta64()
        held = (place >= 0) & (held | (times == index[place]))
        found = values.to_numpy()[place]
        if column is None:
            column = found
        else:
            fill = (held & ~there).reshape(-1, *(1,) * (found.ndim - 1))
            column = np.where(fill, found, column)
        there |= held
    if column is None:
        names = [x for f in frames for x in f.columns.unique(0)]
        raise ValueError(
            f"There is no covariate {name!r}; there are "
            f"{listed(names) or 'none'}.{did_you_mean(name, names)} Give a "
            "file that has it (--covariates)."
        )
    return column, there


def _raise_missing(name, frames, times, there):
    missing = times[~there]
    having = [f for f in frames if name in f.columns.unique(0)]
    last = max(f.index[-1] for f in having)
    ends = ""
    if missing[0] > last.to_datetime64():
        ends = f" It ends at {last}, and is needed up to {_say(times[-1])}."
    raise ValueError(
        f"{listed(map(_source, having))}: the covariate {name!r} is not known "
        f"at "
        f"{counted(len(missing), 'time')}: {listed(map(_say, missing), 3)}."
        f"{ends} Give a row for each of these times (--covariates)."
    )


def _interval(frame):
    # How long a row holds: the most common time to the next.
    steps = np.diff(frame.index.to_numpy("datetime64[us]"))
    if not len(steps):
        return pd.Timedelta(0)
    found, counts = np.unique(steps, return_counts=True)
    return pd.Timedelta(found[np.argmax(counts)])


def _on_clock(frame, utc_offset):
    offset = frame.attrs.get(UTC_OFFSET)
    if offset is None or offset == utc_offset:
        return frame
    if utc_offset is None:
        raise ValueError(
            f"{_source(frame)}: the times have an offset from UTC, and those "
            "of the readings have none; expected both with one, or none."
        )
    moved = frame.set_axis(
        frame.index + pd.Timedelta(hours=utc_offset - offset)
    )
    moved.attrs |= frame.attrs | {UTC_OFFSET: utc_offset}
    return moved


def _source(frame):
    return frame.attrs.get(SOURCE, "`covariates`")


def _say(time):
    return str(time)[:16].replace("T", " ")
