"""Time of day and day of the week of rows, as input features."""

import numpy as np

from keras_stunet.checks import did_you_mean

CALENDAR = ("time_of_day", "day_of_week")
SECONDS_PER_DAY = 86_400


def checked_calendar(calendar, timestamps):
    """Names of calendar features, after a check.

    Args:
        calendar: Some of `CALENDAR`, or one of them.
        timestamps: Those of the series, or `None`.

    Returns:
        A tuple of names.

    Raises:
        ValueError: If one is unknown or named twice, or there are no times.
    """
    if isinstance(calendar, str):
        calendar = (calendar,)
    calendar = tuple(calendar)
    unknown = [name for name in calendar if name not in CALENDAR]
    if unknown or len(set(calendar)) < len(calendar):
        near = [did_you_mean(name, CALENDAR) for name in unknown]
        raise ValueError(
            f"`calendar` is {calendar}; expected a choice of {CALENDAR}, "
            f"each at most once.{''.join(near)}"
        )
    if calendar and timestamps is None:
        raise ValueError(
            f"`calendar` {calendar} needs timestamps, and the series has "
            "none. Give `Series(timestamps=...)`, or `calendar=()`."
        )
    return calendar


def calendar_columns(calendar, timestamps):
    """The calendar features of rows, each in [0, 1).

    Args:
        calendar: Names from `checked_calendar`, at least one.
        timestamps: `(rows,)` datetime64 local times.

    Returns:
        `(rows, C)` float32.

    Example: Thursday noon.

    >>> noon = np.array(["2024-03-07T12:00"], "datetime64[s]")
    >>> calendar_columns(("time_of_day", "day_of_week"), noon).round(3).tolist()
    [[0.5, 0.42899999022483826]]
    """
    make = {
        "time_of_day": lambda t: seconds_of_day(t) / SECONDS_PER_DAY,
        "day_of_week": lambda t: weekday(t) / 7,
    }
    columns = [make[name](timestamps) for name in calendar]
    return np.stack(columns, axis=-1).astype(np.float32)


def seconds_of_day(timestamps):
    """Seconds since midnight, integers."""
    midnight = timestamps.astype("datetime64[D]")
    return (timestamps - midnight).astype("timedelta64[s]").astype(np.int64)


def weekday(timestamps):
    """Day of the week, Monday 0 to Sunday 6."""
    days = timestamps.astype("datetime64[D]").astype(np.int64)
    return (days + 3) % 7  # 1970-01-01, day 0, was a Thursday
