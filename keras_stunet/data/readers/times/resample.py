"""From rows as they were written to rows a fixed interval apart."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.times.intervals import DAY
from keras_stunet.data.readers.times.intervals import HOUR
from keras_stunet.data.readers.times.intervals import SECOND
from keras_stunet.data.readers.times.intervals import check_one_rate
from keras_stunet.data.readers.times.intervals import find_interval
from keras_stunet.data.readers.times.intervals import find_phase
from keras_stunet.data.readers.times.intervals import say
from keras_stunet.data.readers.times.intervals import say_interval
from keras_stunet.data.readers.times.timestamps import local_times
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.steps import MONTH
from keras_stunet.steps import describe_step
from keras_stunet.steps import months_apart
from keras_stunet.steps import steps_between
from keras_stunet.steps import time_after

# Filled rows per given row, at most (readings of office hours only need 3),
# and so many more that a short series may have any gap.
_MOST_FILLED = 4
_FEW_FILLED = 1000
# Months and hours in which clocks go forward somewhere, always on a Sunday.
_SPRING_MONTHS = (3, 4, 9, 10)
_SPRING_HOURS = (0, HOUR, 2 * HOUR, 3 * HOUR)


def time_grid(frame, source="the readings"):
    """Puts rows on a regular grid of times; warns of whatever it does.

    The interval is the most common one, of any length; or calendar months,
    where the times are so. Where no interval is common, because the times are
    some seconds off, it is the nearest part of a day or whole minute.

    - Rows out of order are sorted.
    - Rows of the same time are merged where their readings agree.
    - Times up to a quarter of the interval off the grid are moved onto it.
    - Missing rows are filled with NaN, except whole days between midnight
      and midnight (weekends, say) at steps that divide a day: these stay left
      out.

    Args:
        frame: A row a time, a column a sensor, NaN where a reading is
            missing; the index a `DatetimeIndex`.
        source: Where the rows come from, for messages.

    Returns:
        A data frame with the same columns. Its index has whole seconds and
        no time zone, and increases strictly.

    Raises:
        ValueError: If rows of the same time differ, a long part of the rows
            has another interval, times are off the grid, the interval is no
            whole number of seconds, or nearly all rows would be filled ones.

    Example:
    >>> clock = ["2024-03-01 08:00", "2024-03-01 08:05", "2024-03-01 08:10"]
    >>> frame = pd.DataFrame({"a": [61.0, 60, 58]}, pd.DatetimeIndex(clock))
    >>> time_grid(frame)["a"].tolist()
    [61.0, 60.0, 58.0]
    """
    times = local_times(frame.index, source).astype("int64")
    values = frame.to_numpy("float64")
    if not len(times):
        raise ValueError(f"{source} has no rows; expected one for each time.")
    order = np.argsort(times, kind="stable")
    late = int((np.diff(times) < 0).sum())
    times, values = times[order], values[order]
    distinct = np.unique(times)
    interval = find_interval(distinct, source)
    names = frame.columns
    times, values = _merged(times, values, names, interval, source)
    if late:
        warn_user(
            f"{source}: the rows are not in order of time ({late:,} times one "
            "is earlier than the row before it); sorted."
        )
    months = months_apart(times.astype("datetime64[us]"))
    if months:
        times, values = _filled_months(times, values, months, source)
    elif interval:
        check_one_rate(times, interval, source)
        times = _on_grid(times, interval, source)
        times, values = _merged(times, values, names, interval, source)
        times, values = _filled(times, values, interval, source)
    seconds = (times // SECOND).astype("datetime64[s]")
    return pd.DataFrame(values, pd.DatetimeIndex(seconds), names)


def _merged(times, values, names, interval, source):
    starts = np.flatnonzero(np.diff(times, prepend=times[0] - 1))
    if len(starts) == len(times):
        return times, values
    # fmin and fmax pass over NaN: a reading beats a missing one.
    least = np.fmin.reduceat(values, starts)
    most = np.fmax.reduceat(values, starts)
    different = least < most
    repeated = times[starts][np.diff(starts, append=len(times)) > 1]
    if different.any():
        row, column = np.argwhere(different)[0]
        raise ValueError(
            f"{source}: sensor {names[column]!r} has both "
            f"{least[row, column]:g} and {most[row, column]:g} at "
            f"{say(times[starts[row]])}; expected one reading for a time."
            + _repetition_hint(repeated, interval)
        )
    warn_user(
        f"{source}: {counted(len(repeated), 'time')} occurred more than once "
        f"with equal readings, the first {say(repeated[0])}; merged."
    )
    return times[starts], most


def _repetition_hint(repeated, interval):
    # Runs of repeated times: the hour that clocks go back over is one.
    runs = np.split(repeated, np.flatnonzero(np.diff(repeated) > interval) + 1)
    if interval and all(len(run) * interval == HOUR for run in runs):
        return (
            f" Exactly the hour from {say(repeated[0])} is repeated, as when "
            "clocks go back from summer time. Write the times with their UTC "
            "offsets (2024-11-03 01:05-07:00), or in UTC."
        )
    return (
        f" {counted(len(repeated), 'time')} occurred more than once. Keep one "
        "row of each, or average them first."
    )


def _on_grid(times, interval, source):
    phase = find_phase(times, interval)
    moved = (times - phase + interval // 2) // interval * interval + phase
    off = abs(times - moved)
    if (off > interval / 4).any():
        bad = times[off > interval / 4]
        months = ""
        if interval >= 28 * DAY:
            months = " Date months by the same day of each, such as the first."
        raise ValueError(
            f"{source}: {counted(len(bad), 'time')} lie between the steps of "
            f"{say_interval(interval)} that most rows keep: "
            f"{listed(map(say, bad), 3)}. Expected times up to a quarter of "
            "that off. Correct or remove these rows, or average the readings "
            f"over regular steps first.{months}"
        )
    if off.any():
        warn_user(
            f"{source}: {counted(int((off > 0).sum()), 'time')} are up to "
            f"{off.max() / SECOND:g} s off the steps of "
            f"{say_interval(interval)}; moved onto them."
        )
    return moved


def _filled(times, values, interval, source):
    missing = np.diff(times) // interval - 1  # rows after each but the last
    before, after = times[:-1] + interval, times[1:]  # the gap's two ends
    # Rows of a day and more have gaps of rows.
    whole = (missing > 0) & (interval < DAY) & (DAY % interval == 0)
    whole &= (times[:-1] // DAY < before // DAY) & (
        (after - interval) // DAY < after // DAY
    )
    if whole.any():
        days = int((missing[whole] * interval).sum() // DAY)
        warn_user(
            f"{source}: {counted(days, 'whole day')} between the first and "
            f"the last row, the first {say(before[whole][0])[:10]}, have no "
            "rows and stay left out, as weekends do in PeMSD7. To have them "
            "as missing readings, write them with empty cells."
        )
    fill = np.where(whole, 0, missing)
    if not fill.any():
        return times, values
    longest = int(fill.argmax())
    gap = f"from {say(before[longest])} to {say(after[longest] - interval)}"
    if fill.sum() > _MOST_FILLED * len(times) + _FEW_FILLED:
        raise ValueError(
            f"{source}: {counted(int(fill.sum()), 'row')} are missing between "
            f"{len(times):,} present ones, at steps of "
            f"{say_interval(interval)}; the longest gap is {gap}. Check "
            "the times there, or cut the file at the gap."
        )
    warn_user(
        f"{source}: {counted(int(fill.sum()), 'missing row')} in "
        f"{counted(int((fill > 0).sum()), 'gap')} filled as missing readings; "
        f"the longest gap is {gap}.{_spring_hint(before, fill, interval)}"
    )
    place = np.arange(len(times)) + np.append(0, np.cumsum(fill))
    grid = np.full((place[-1] + 1, values.shape[1]), np.nan)
    grid[place] = values
    rows = np.arange(len(grid))
    last = np.searchsorted(place, rows, side="right") - 1
    return times[last] + (rows - place[last]) * interval, grid


def _filled_months(times, values, months, source):
    """Rows of each step of so many months, NaN where there was none."""
    dates = times.astype("datetime64[us]")
    minutes = months * MONTH
    place = steps_between(dates[0], dates, minutes)
    later = time_after(np.full(len(dates), dates[0]), minutes, place)
    if (later != dates).any() or len(np.unique(place)) < len(place):
        bad = times[np.argmax(later != dates)]
        raise ValueError(
            f"{source}: most rows are {describe_step(minutes)} apart, and "
            f"{say(bad)} lies between. Expected one rate: correct or remove "
            "the row."
        )
    fill = np.diff(place) - 1
    if not fill.any():
        return times, values
    if fill.sum() > _MOST_FILLED * len(times) + _FEW_FILLED:
        raise ValueError(
            f"{source}: {counted(int(fill.sum()), 'row')} are missing between "
            f"{len(times):,} present ones, at steps of "
            f"{describe_step(minutes)}. Cut the file at the gap."
        )
    at = int(fill.argmax())
    warn_user(
        f"{source}: {counted(int(fill.sum()), 'missing row')} in "
        f"{counted(int((fill > 0).sum()), 'gap')} filled as missing readings; "
        f"the longest gap is after {say(times[at])}."
    )
    rows = np.arange(place[-1] + 1)
    grid = np.full((len(rows), values.shape[1]), np.nan)
    grid[place] = values
    every = time_after(np.full(len(rows), dates[0]), minutes, rows)
    return every.astype("int64"), grid


def _spring_hint(before, fill, interval):
    starts = before[fill * interval == HOUR]
    dates = pd.DatetimeIndex(starts.astype("datetime64[us]"))
    fits = (starts // DAY + 3) % 7 == 6  # 1970-01-01 was a Thursday
    fits &= dates.month.isin(_SPRING_MONTHS)
    fits &= np.isin(starts % DAY, _SPRING_HOURS)
    if not fits.any():
        return ""
    found = listed(say(start) for start in starts[fits])
    return (
        f" The hour from {found} looks like the one that clocks skip in spring."
    )
