"""Times as text, in the ways in which people write them."""

import datetime
import re

import numpy as np
import pandas as pd

from keras_stunet.data.readers.times.since_1970 import UNITS
from keras_stunet.data.readers.times.since_1970 import common_unit
from keras_stunet.data.readers.times.since_1970 import times_since_1970
from keras_stunet.data.readers.times.since_1970 import unit_of
from keras_stunet.messages import warn_user

ORDERS = ("day-first", "month-first")
_TURNED = ("day", "month")  # as `_YEAR_LAST` calls the two numbers
# What pandas can hold and seconds can be counted in, generously.
_YEARS = (1800, 2200)
_CLOCK = (
    r"(?:[T ]+(?P<hour>\d{1,2})"
    r"(?P<rest>:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?\Z"
)
_FLAGS = re.IGNORECASE | re.ASCII
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)"
    r"(?P<day>\d{1,2})" + _CLOCK,
    _FLAGS,
)
_YEAR_LAST = re.compile(
    r"(?P<day>\d{1,2})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)"
    r"(?P<year>\d{4})" + _CLOCK,
    _FLAGS,
)
# 20240301, 202403010805, 20240301080500, 20240301 08:05.
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:[ T]?(?P<hour>\d{2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2}))?)?\Z",
    re.ASCII,
)
CLOCK = re.compile(r"\d{1,2}:\d{2}(:\d{2})?(\s*[ap]\.?m\.?)?\Z", _FLAGS)
DATE = re.compile(
    r"(\d{4}([-/.])\d{1,2}\2\d{1,2}|\d{1,2}([-/.])\d{1,2}\3\d{4}|\d{8})\Z",
    re.ASCII,
)


def is_time(text, date_format=None):
    """Whether a cell is written as a time, as far as its form goes.

    Example:
    >>> [is_time(x) for x in ("2024-03-01", "3/4/2024 8:05", "202403", "61.2")]
    [True, True, False, False]
    """
    text = text.strip()
    if date_format is not None and "%" in date_format:
        try:
            datetime.datetime.strptime(text, date_format)
        except ValueError:
            return False
        return True
    if _YEAR_FIRST.match(text) or _YEAR_LAST.match(text):
        return True
    found = _COMPACT.match(text)
    if found and _is_date(*found.group("year", "month", "day")):
        return True
    return unit_of(text) is not None


def shown_format(times, date_format=None):
    """The `date_format` that later files of this kind are read with.

    Args:
        times: As `read_times` takes them.
        date_format: What was said.

    Returns:
        That; or which number times begin with, where some shows it.

    Example:
    >>> shown_format(["3/4/2024", "16/4/2024"]), shown_format(["2024-04-03"])
    ('day-first', None)
    """
    if date_format is not None or times is None or len(times) == 0:
        return date_format
    first = next(iter(times))
    if not isinstance(first, str) or not _YEAR_LAST.match(first.strip()):
        return None
    distinct = pd.Series(pd.unique(np.array(times, dtype=object)))
    parts = distinct.str.strip().str.extract(_YEAR_LAST)
    shown = [(parts[name].astype(float) > 12).any() for name in _TURNED]
    return ORDERS[shown.index(True)] if sum(shown) == 1 else None


def parse_times(texts, source, place, date_format=None):
    """Wall times of written ones, and their UTC offsets.

    Args:
        texts: The times.
        source: Where they come from, for messages.
        place: `place(i)` says where time `i` is found.
        date_format: As in `FileForm`.

    Returns:
        `(steps,)` datetime64[us]; and seconds ahead of UTC, NaN where a time
        has none.

    Raises:
        ValueError: If a time is missing or not written so, or does not show
            which number is the day.
    """
    # Long files repeat each time once for each sensor: parse it once.
    codes, distinct = pd.factorize(np.array(texts, dtype=object))
    distinct = pd.Series(distinct, dtype=object).str.strip()

    def first_place(row):
        return place(int(np.argmax(codes == row)))

    if date_format is not None and "%" in date_format:
        wall, offsets = _by_format(distinct, first_place, date_format)
        return wall[codes], offsets[codes]
    scale = common_unit(distinct, first_place)
    if scale is not None:
        warn_user(
            f"{source}: the times are taken as {UNITS[scale]} since 1970, in "
            "UTC: times of day are UTC, not local."
        )
        return times_since_1970(distinct, scale)[codes], np.zeros(len(codes))
    parts = _parts(distinct, source, first_place, date_format)
    wall, offsets, bad = _joined(parts)
    if bad.any():
        row = int(bad.argmax())
        year, offset = parts["year"].astype(float)[row], offsets[row]
        complaint = _complaint(distinct[row], year, offset)
        raise ValueError(f"{first_place(row)}: {complaint}")
    return wall[codes], offsets[codes]


def _parts(distinct, source, place, date_format):
    """Year, month, day, hour, rest, half and zone, NaN where none."""
    parts = distinct.str.extract(_YEAR_FIRST)
    last = distinct.str.extract(_YEAR_LAST)
    turned = last["year"].notna() & parts["year"].isna()
    if turned.any():
        order = date_format or _shown_order(last[turned], source, place)
        if order == "month-first":
            last = last.rename(columns={"day": "month", "month": "day"})
        parts = parts.where(~turned, last[parts.columns])
    compact = distinct.str.extract(_COMPACT)
    whole = compact["year"].notna()
    if whole.any():
        minute, second = compact["minute"], compact["second"]
        rest = ":" + minute + (":" + second).fillna("")
        compact = compact.assign(rest=rest)
        parts = parts.where(~whole, compact.reindex(columns=parts.columns))
    return parts


def _shown_order(parts, source, place):
    """Which of the two numbers before the year is the day, as a file shows."""
    first = parts["day"].astype(int)
    second = parts["month"].astype(int)
    days_first, months_first = first > 12, second > 12
    if days_first.any() and months_first.any():
        raise ValueError(
            f"{place(first.index[days_first][0])}: the day comes first, and "
            f"the month in {place(first.index[months_first][0])}. Write all "
            "times year first, such as 2024-03-01 08:05."
        )
    if not days_first.any() and not months_first.any():
        row = first.index[0]
        text = "/".join(parts.loc[row, ["day", "month", "year"]])
        raise ValueError(
            f"{place(row)}: {text} does not say which number is the day and "
            "which the month, nor does any other time here. Say it: "
            "--date-format day-first or month-first (in Python "
            "`date_format`); or write times year first, such as 2024-03-01 "
            "08:05."
        )
    order = ORDERS[0 if days_first.any() else 1]
    shown = days_first if days_first.any() else months_first
    row = first.index[shown][0]
    warn_user(
        f"{source}: dates are taken {order.replace('-', ' ')}, as "
        f"{place(row)} shows. Say it, if not (--date-format)."
    )
    return order


def _joined(parts):
    hour = parts["hour"].fillna("0").astype(int)
    half = parts["half"].str.lower()
    no_half = half.notna() & ~hour.between(1, 12)
    hour = hour.where(half.isna(), hour % 12 + 12 * (half == "p"))
    rest = parts["rest"].fillna(":00").str.replace(",", ".")
    date = parts[["year", "month", "day"]].fillna("").astype(str)
    text = date["year"] + "-" + date["month"] + "-" + date["day"]
    text += " " + hour.astype(str) + rest
    wall = pd.to_datetime(text, format="ISO8601", errors="coerce")
    offsets = parts["zone"].map(_offset, na_action="ignore").astype(float)
    years = parts["year"].astype(float)
    bad = ~(wall.notna() & years.between(*_YEARS)) | no_half
    bad |= np.isinf(offsets)
    return wall.to_numpy().astype("datetime64[us]"), offsets.to_numpy(), bad


def _by_format(distinct, place, date_format):
    wall, offsets = [], []
    for row, text in enumerate(distinct):
        try:
            time = datetime.datetime.strptime(text, date_format)
        except ValueError as error:
            raise ValueError(
                f"{place(row)}: {text[:40]!r} is no time in the format "
                f"{date_format!r}: {error}. Correct it, or the format "
                "(--date-format)."
            ) from error
        if not _YEARS[0] <= time.year <= _YEARS[1]:
            complaint = _complaint(text, time.year, 0)
            raise ValueError(f"{place(row)}: {complaint}")
        ahead = time.utcoffset()
        offsets.append(np.nan if ahead is None else ahead.total_seconds())
        wall.append(time.replace(tzinfo=None))
    return np.array(wall, "datetime64[us]"), np.array(offsets, float)


def _is_date(year, month, day):
    return (
        _YEARS[0] <= int(year) <= _YEARS[1]
        and 1 <= int(month) <= 12
        and 1 <= int(day) <= 31
    )


def _offset(zone):
    """Seconds that a written zone is ahead of UTC; infinity if none is."""
    if zone.upper() in ("Z", "UTC", "GMT"):
        return 0.0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:
        return np.inf
    return (hours * 3600 + minutes * 60.0) * (-1 if zone[0] == "-" else 1)


def _complaint(text, year, offset):
    how = "Write times year first, such as 2024-03-01 08:05"
    how += ", or say their format (--date-format)."
    if not text:
        return f"the time is missing. {how} Or remove the row."
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
