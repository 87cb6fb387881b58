"""From written times and UTC offsets to one local clock."""

import datetime

import numpy as np
import pandas as pd

from keras_stunet.data.readers.times.written import parse_times
from keras_stunet.messages import warn_user

_HOUR = 3600


def read_times(times, source, place=None, date_format=None):
    """Times as `datetime64[us]` of one clock, and the offset of that clock.

    Written times are year first: `2024-03-01 08:05`, with seconds, `T`,
    slashes or points, AM or PM and a UTC offset as one likes, or without any
    marks (`202403010805`). Day or month may come first where some time shows
    which it is, with a warning, or `date_format` says it. Numbers of 9 digits
    and more are seconds (milliseconds, ...) since 1970, which is UTC.

    Either all have an offset or none. One offset for all: the wall clock
    there. Two, an hour apart, as a zone with summer time has: UTC, with a
    warning that times of day are UTC.

    Args:
        times: A sequence of strings or numbers, or a `DatetimeIndex`, with a
            time zone or not, or anything that pandas makes one of without
            parsing text.
        source: Where the times come from, for messages.
        place: `place(i)` says where time `i` is found, for messages; by
            default its number, from 0.
        date_format: As in `FileForm`.

    Returns:
        `(steps,)` datetime64[us], in the order given; and the hours that
        their clock is ahead of UTC, `None` where the times do not say.

    Raises:
        ValueError: If a time is missing or not written so, some have an
            offset and some not, or the offsets are those of no single place.

    Example:
    >>> times, offset = read_times(["2024-03-01 08:05-08:00"], "a")
    >>> str(times[0])[:16], offset
    ('2024-03-01T08:05', -8.0)
    """
    if place is None:
        place = f"{source}, time {{}}".format
    if _are_numbers(times):
        times = [str(time) for time in times]
    if _are_strings(times):
        wall, offsets = parse_times(times, source, place, date_format)
    else:
        wall, offsets = _from_index(times, source, place)
    known = offsets[~np.isnan(offsets)]
    if len(known) == 0:
        return wall, None
    if len(known) < len(offsets):
        without = int(np.argmax(np.isnan(offsets)))
        given = int(np.argmin(np.isnan(offsets)))
        raise ValueError(
            f"{source} has times with and without a UTC offset, mixed: "
            f"{place(given)} has one, {place(without)} has none. Write it in "
            "all rows, or in none."
        )
    different = np.unique(known)
    if len(different) == 1:
        return wall, float(different[0]) / _HOUR
    if len(different) > 2 or different[1] - different[0] != _HOUR:
        raise ValueError(
            f"{source} has times with the UTC offsets "
            f"{', '.join(map(_written, different[:5]))}; expected one, or two "
            "an hour apart as a zone with summer time has. Write all times "
            "in one zone."
        )
    warn_user(
        f"{source}: the UTC offset changes between {_written(different[0])} "
        f"and {_written(different[1])}, as with summer time. The times are "
        "taken in UTC: times of day are UTC, not local."
    )
    return wall - (offsets * 1e6).astype("timedelta64[us]"), 0.0


def local_times(times, source, place=None):
    """The times of `read_times` alone.

    Example:
    >>> local_times(["2024-03-01 08:05", "2024-03-01T08:10:00"], "a").tolist()
    [datetime.datetime(2024, 3, 1, 8, 5), datetime.datetime(2024, 3, 1, 8, 10)]
    """
    return read_times(times, source, place)[0]


def _kind(times):
    return getattr(getattr(times, "dtype", None), "kind", "O")


def _are_numbers(times):
    if _kind(times) in "MO" and not isinstance(times, (list, tuple)):
        return False  # and there may be many
    return len(times) > 0 and all(
        isinstance(time, (int, float, np.integer, np.floating))
        and not isinstance(time, bool)
        for time in times
    )


def _are_strings(times):
    if _kind(times) == "M":
        return False  # and there may be many
    return all(isinstance(time, str) for time in times)


def _from_index(times, source, place):
    try:
        # Of numbers and of some texts pandas would make times by guessing.
        if _kind(times) != "M":
            for time in times:
                if not isinstance(time, (datetime.date, np.datetime64)):
                    raise TypeError(f"{str(time)[:40]!r} is no timestamp")
        index = pd.DatetimeIndex(times)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{source} has times that cannot be taken: {error}. Give "
            "timestamps, text such as 2024-03-01 08:05, or whole numbers of "
            "seconds since 1970."
        ) from error
    if index.hasnans:
        at = int(np.argmax(index.isna()))
        raise ValueError(
            f"{place(at)}: the time is missing. Give it, or remove the row."
        )
    wall = index.tz_localize(None).to_numpy().astype("datetime64[us]")
    if index.tz is None:
        return wall, np.full(len(wall), np.nan)
    utc = index.tz_convert(None).to_numpy().astype("datetime64[us]")
    return wall, (wall - utc).astype(float) / 1e6


def _written(seconds):
    sign = "-" if seconds < 0 else "+"
    minutes = int(abs(seconds)) // 60
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"
