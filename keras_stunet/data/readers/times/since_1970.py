"""Times as numbers of seconds, or of parts of one, since 1970."""

import re

# Digits before the point of a time since 1970, of after 1973.
_SINCE_1970 = {9: 1, 10: 1, 13: 10**3, 16: 10**6, 19: 10**9}
UNITS = {1: "seconds", 10**3: "milliseconds"}
UNITS |= {10**6: "microseconds", 10**9: "nanoseconds"}
_NUMBER = re.compile(r"(\d+)(\.\d*)?\Z", re.ASCII)


def common_unit(distinct, place):
    """How many units a second has; `None` where times are no numbers.

    Args:
        distinct: A Series of text.
        place: `place(i)` says where one is found.

    Raises:
        ValueError: If most are numbers of one unit, and one is not.
    """
    units = distinct.map(unit_of)
    known = units.dropna()
    if 2 * len(known) <= len(units):
        return None
    unit = known.mode().iloc[0]
    other = units != unit
    if other.any():
        row = int(other.argmax())
        raise ValueError(
            f"{place(row)}: {distinct[row][:40]!r} is no time in "
            f"{UNITS[unit]} since 1970, as most others are. Correct it, or "
            "remove the row."
        )
    return int(unit)


def times_since_1970(distinct, scale):
    """datetime64[us] of numbers as text, `scale` of which are a second."""
    if scale == 1:
        microseconds = (distinct.astype(float) * 1e6).round()
    else:  # floats would lose digits
        whole = distinct.str.split(".").str[0].map(int)  # of any size
        microseconds = whole // (scale // 10**6 or 1) * max(10**6 // scale, 1)
    return microseconds.to_numpy().astype("int64").astype("datetime64[us]")


def unit_of(text):
    """How many of its units a second has, `None` for another text.

    Example:
    >>> [unit_of(text) for text in ("1709280300", "1709280300000", "60.5")]
    [1, 1000, None]
    """
    number = _NUMBER.match(text)
    return number and _SINCE_1970.get(len(number[1]))
