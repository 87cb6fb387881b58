"""Which sensors and which day to draw, by what the user calls them."""

import datetime

import numpy as np

from keras_stunet.checks import did_you_mean


def sensor_numbers(sensors, num_nodes, node_ids=None):
    """Number of each sensor asked for.

    Args:
        sensors: Names in `node_ids`, or numbers from 0.
        num_nodes: Number of sensors there are.
        node_ids: Their names, or `None`.

    Returns:
        List of integers.

    Raises:
        ValueError: If none is given, one is unknown (the nearest name is
            offered) or a number is out of range.

    Example:
    >>> sensor_numbers(["b", 0], 2, node_ids=["a", "b"])
    [1, 0]
    """
    if isinstance(sensors, (str, int, np.integer)):
        sensors = [sensors]
    names = [] if node_ids is None else [str(name) for name in node_ids]
    if len(sensors) == 0:
        raise ValueError(
            "`sensors` is empty; expected names or numbers of at least one "
            "sensor. Leave it out for two that are chosen for you."
        )
    return [_sensor_number(sensor, num_nodes, names) for sensor in sensors]


def day_of_rows(windows):
    """`(steps,)` day of each row: a date, or a number without timestamps."""
    if windows.timestamps is None:
        return np.arange(len(windows.values)) // windows.steps_per_day
    return windows.timestamps.astype("datetime64[D]")


def chosen_day(windows, day=None):
    """The day to draw, one that windows have targets on.

    Args:
        windows: A `Windows`.
        day: A date (`"2012-06-29"`, a `datetime.date` or `datetime64`); the
            number of the day, from 0, for windows without timestamps. By
            default that with the most targets, the last of these.

    Returns:
        An element of `day_of_rows`.

    Raises:
        ValueError: If `day` cannot be read, or has no targets.
    """
    rows = windows.target_rows(np.arange(len(windows)))
    days, counts = np.unique(day_of_rows(windows)[rows], return_counts=True)
    if day is None:
        return days[counts == counts.max()][-1]
    asked = _read_day(day, windows.timestamps is not None)
    if asked not in days:
        nearest = days[np.argmin(np.abs(days - asked))]
        raise ValueError(
            f"`day` is {asked}, which no window forecasts; expected one of "
            f"{len(days)} days from {days[0]} to {days[-1]}. The nearest is "
            f"{nearest}."
        )
    return asked


def _sensor_number(sensor, num_nodes, names):
    if isinstance(sensor, str):
        if sensor in names:
            return names.index(sensor)
        known = f"one of {len(names)} names" if names else "no names"
        raise ValueError(
            f"There is no sensor {sensor!r}; expected {known}, or a number "
            f"from 0 to {num_nodes - 1}.{did_you_mean(sensor, names)}"
        )
    if (
        isinstance(sensor, bool)
        or not isinstance(sensor, (int, np.integer))
        or not 0 <= sensor < num_nodes
    ):
        hint = "Numbers count from 0."
        if str(sensor) in names:
            hint = f"For the one of that name give the string {str(sensor)!r}."
        raise ValueError(
            f"There is no sensor number {sensor!r}; expected 0 to "
            f"{num_nodes - 1}, or a name. {hint}"
        )
    return int(sensor)


def _read_day(day, dated):
    if not dated:
        if isinstance(day, (int, np.integer)) and not isinstance(day, bool):
            return np.int64(day)
        raise ValueError(
            f"`day` is {day!r}, but the series has no timestamps; expected "
            "the number of a day, counted from 0."
        )
    if isinstance(day, (str, datetime.date, np.datetime64)):
        try:
            return np.datetime64(day).astype("datetime64[D]")
        except ValueError:
            pass
    raise ValueError(
        f"`day` is {day!r}; expected a date, such as '2012-06-29'."
    )
