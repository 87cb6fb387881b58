"""Steps of time of any length: so many minutes, or calendar months.

A step is told by its minutes. Calendar months, which have 28 to 31 days, have
those of a mean month, 365.2425 / 12 days, so that twelve make a year.
"""

import math

import numpy as np

DAY = 24 * 60  # minutes
WEEK = 7 * DAY
MONTH = 365.2425 * DAY / 12  # mean minutes
_FEWEST = 3  # times that can show that they are months apart


def months_of(minutes_per_step):
    """Calendar months of a step, 0 where it is a fixed time.

    Example:
    >>> months_of(3 * MONTH), months_of(30 * 24 * 60)
    (3, 0)
    """
    months = round(minutes_per_step / MONTH)
    return months if math.isclose(months * MONTH, minutes_per_step) else 0


def slots_per_day(minutes_per_step):
    """Times of day that steps are told apart by, at least one.

    Steps that do not divide a day fall into as many slots as a day has begun
    steps, so that no two of a day share one.

    Example:
    >>> [slots_per_day(minutes) for minutes in (5, 1.5, 7, 1440, 10080)]
    [288, 960, 206, 1, 1]
    """
    return max(1, math.ceil(DAY / minutes_per_step - 1e-9))


def divides_day(minutes_per_step):
    """Whether whole steps make a day.

    Example:
    >>> divides_day(5), divides_day(7), divides_day(10080)
    (True, False, False)
    """
    steps = DAY / minutes_per_step
    return steps >= 1 and math.isclose(steps, round(steps))


def minutes_per_step(times):
    """Minutes of the steps between times, which may leave some out.

    Args:
        times: `(steps,)` datetime64, increasing; two or more.

    Example:
    >>> days = np.arange("2024-01-01", "2024-01-05", dtype="datetime64[D]")
    >>> minutes_per_step(days)
    1440.0
    """
    months = months_apart(times)
    if months:
        return months * MONTH
    seconds = np.diff(np.asarray(times, "datetime64[s]")).astype(np.int64)
    return float(np.median(seconds)) / 60


def months_apart(times):
    """Calendar months between times, 0 where they are no whole months apart.

    All are at one time of one day of the month, or at the end of months.

    Args:
        times: `(steps,)` datetime64, increasing.

    Example:
    >>> ends = np.array(["2024-01-31", "2024-02-29", "2024-03-31"])
    >>> months_apart(ends.astype("datetime64[D]"))
    1
    """
    times = np.asarray(times, "datetime64[us]")
    if len(times) < _FEWEST:
        return 0
    steps = np.diff(times)
    if steps.min() < np.timedelta64(28, "D"):
        return 0
    months = times.astype("datetime64[M]")
    at = times - months
    from_end = times - (months + 1).astype("datetime64[us]")
    if not ((at == at[0]).all() or (from_end == from_end[0]).all()):
        return 0
    found, counts = np.unique(np.diff(months), return_counts=True)
    return int(found[counts.argmax()].astype(int))


def time_after(times, minutes_per_step, steps):
    """Times some steps later.

    A day at the end of its month stays at the end.

    Args:
        times: datetime64.
        minutes_per_step: Of a step.
        steps: Whole number, or as many as there are times.

    Example:
    >>> str(time_after(np.datetime64("2024-01-31T00:00"), MONTH, 1))[:10]
    '2024-02-29'
    """
    times = np.asarray(times, "datetime64[us]")
    months = months_of(minutes_per_step)
    if not months:
        step = np.timedelta64(round(minutes_per_step * 60_000_000), "us")
        return times + np.asarray(steps) * step
    month = times.astype("datetime64[M]")
    day = times.astype("datetime64[D]")
    clock = times - day
    last = (month + 1).astype("datetime64[D]") - 1
    number = (day - month.astype("datetime64[D]")).astype(np.int64)
    later = month + np.asarray(steps) * months
    end = (later + 1).astype("datetime64[D]") - 1
    same = later.astype("datetime64[D]") + number
    return np.where(day == last, end, np.minimum(same, end)) + clock


def steps_between(first, last, minutes_per_step):
    """Steps from times to later ones, rounded.

    Args:
        first: datetime64.
        last: datetime64.
        minutes_per_step: Of a step.

    Example:
    >>> steps_between("2024-01-31", "2024-04-30", MONTH).item()
    3
    """
    first, last = (np.asarray(t, "datetime64[us]") for t in (first, last))
    months = months_of(minutes_per_step)
    if months:
        first, last = (t.astype("datetime64[M]") for t in (first, last))
        return np.rint((last - first).astype(np.int64) / months).astype(int)
    minutes = (last - first).astype(np.int64) / 60_000_000
    return np.rint(minutes / minutes_per_step).astype(int)


def describe_ahead(steps, minutes_per_step):
    """How far ahead a horizon step lies, in the largest unit of a step.

    Example:
    >>> describe_ahead(3, 5), describe_ahead(3, 1440), describe_ahead(1, 1440)
    ('15 min', '3 days', '1 day')
    >>> describe_ahead(12, 60)
    '12 h'
    >>> describe_ahead(2, 7 * 1440), describe_ahead(12, MONTH)
    ('2 weeks', '12 months')
    """
    unit, each = unit_ahead(minutes_per_step)
    if unit in ("h", "min"):
        return f"{steps * each:g} {unit}"
    return _counted(steps * each, unit)


def unit_ahead(minutes_per_step):
    """The largest unit of a step, and how many of it a step has.

    Example:
    >>> unit_ahead(5), unit_ahead(180), unit_ahead(3 * MONTH)
    (('min', 5), ('h', 3.0), ('month', 3))
    """
    months = months_of(minutes_per_step)
    if months:
        return "month", months
    if minutes_per_step % WEEK == 0:
        return "week", minutes_per_step / WEEK
    if minutes_per_step >= DAY:
        return "day", minutes_per_step / DAY
    if minutes_per_step % 60 == 0:
        return "h", minutes_per_step / 60
    return "min", minutes_per_step


def describe_step(minutes_per_step):
    """A step for a message.

    Example:
    >>> [describe_step(x) for x in (5, 1.5, 1440, 2 * MONTH)]
    ['5 min', '90 s', '1 day', '2 months']
    """
    seconds = minutes_per_step * 60
    if minutes_per_step % 1 and minutes_per_step < DAY:
        return f"{seconds:g} s"
    return describe_ahead(1, minutes_per_step)


def _counted(count, noun):
    return f"{count:g} {noun}" + ("" if count == 1 else "s")
