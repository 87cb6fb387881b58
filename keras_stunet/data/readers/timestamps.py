"""From written times and UTC offsets to one local clock."""

import datetime
import re

import numpy as np
import pandas as pd

from keras_stunet.messages import warn_user

_TIME = re.compile(
    r"^(?P<date>\d{4}([-/])\d{1,2}\2\d{1,2})"
    r"(?:[T ]+(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)"
    r"\s*(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?\Z",
    re.IGNORECASE | re.ASCII,
)
# What pandas can hold and seconds can be counted in, generously.
_YEARS = (1800, 2200)
_HOUR = 3600


def read_times(times, source, place=None):
    """Times as `datetime64[us]` of one clock, and the offset of that clock.

    Written times are ISO 8601, year first: `2024-03-01 08:05`, with seconds,
    `T`, slashes and a UTC offset as one likes. Either all have an offset or
    none. One offset for all: the wall clock there. Two, an hour apart, as a
    zone with summer time has: UTC, with a warning that times of day are
    UTC.

    Args:
        times: A sequence of strings, or a `DatetimeIndex`, with a time zone
            or not, or anything that pandas makes one of without parsing text.
        source: Where the times come from, for messages.
        place: `place(i)` says where time `i` is found, for messages; by
            default its number, from 0.

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
    if _are_strings(times):
        wall, offsets = _parsed(times, place)
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


def _are_strings(times):
    if getattr(getattr(times, "dtype", None), "kind", "O") == "M":
        return False  # and there may be many
    return all(isinstance(time, str) for time in times)


def _parsed(texts, place):
    # Long files repeat each time once for each sensor: parse it once.
    codes, distinct = pd.factorize(np.array(texts, dtype=object))
    distinct = pd.Series(distinct, dtype=object).str.strip()
    # pandas alone would also take "2024", "20240301" and "today".
    parts = distinct.str.extract(_TIME)
    clock = parts["clock"].fillna("00:00").str.replace(",", ".")
    wall = pd.to_datetime(
        parts["date"] + " " + clock, format="ISO8601", errors="coerce"
    )
    offsets = parts["zone"].map(_offset, na_action="ignore").astype(float)
    years = parts["date"].str[:4].astype(float)
    bad = ~(wall.notna() & years.between(*_YEARS))
    bad |= np.isinf(offsets)
    if bad.any():
        first = int(bad.argmax())
        text, year, offset = distinct[first], years[first], offsets[first]
        raise ValueError(
            f"{place(int(np.argmax(codes == first)))}: "
            f"{_complaint(text, year, offset)}"
        )
    wall = wall.to_numpy().astype("datetime64[us]")
    return wall[codes], offsets.to_numpy()[codes]


def _offset(zone):
    """Seconds that a written zone is ahead of UTC; infinity if none is."""
    if zone in "Zz":
        return 0.0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        return np.inf
    return (hours * 3600 + minutes * 60.0) * (-1 if zone[0] == "-" else 1)


def _complaint(text, year, offset):
    how = "Write times year first, such as 2024-03-01 08:05."
    if not text:
        return f"the time is missing. {how} Or remove the row."
    if re.fullmatch(r"\d{9,19}(\.0*)?", text):
        return (
            f"{text!r} looks like seconds since 1970, and does not say in "
            f"which time zone. {how}"
        )
    if re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}", text):
        return (
            f"{text[:40]!r} does not say which number is the day and which "
            f"the month. {how}"
        )
    if np.isnan(year):
        return f"{text[:40]!r} is no time. {how}"
    if not _YEARS[0] <= year <= _YEARS[1]:
        return (
            f"the year of {text!r} is {year:g}; expected {_YEARS[0]} to "
            f"{_YEARS[1]}. Correct it, or remove the row."
        )
    if np.isinf(offset):
        return (
            f"{text!r} has a UTC offset that no place has; expected -14:00 to "
            "+14:00. Correct it."
        )
    return (
        f"{text!r} is no time: there is no such day or hour. Correct it, or "
        "remove the row."
    )


def _from_index(times, source, place):
    try:
        # Of numbers and of some texts pandas would make times by guessing.
        if getattr(getattr(times, "dtype", None), "kind", "O") != "M":
            for time in times:
                if not isinstance(time, (datetime.date, np.datetime64)):
                    raise TypeError(f"{str(time)[:40]!r} is no timestamp")
        index = pd.DatetimeIndex(times)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{source} has times that cannot be taken: {error}. Give "
            "timestamps or text such as 2024-03-01 08:05; of seconds since "
            "1970 `pandas.to_datetime(x, unit='s')` makes timestamps."
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
