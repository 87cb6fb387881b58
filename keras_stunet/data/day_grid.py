"""Readings by day and time of day, and the mean of the middle of the days."""

import dataclasses

import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.data.calendar import SECONDS_PER_DAY

FEWEST_WEEKS = 3  # with a weekend in them, for a kind of its own
FEWEST_LEFT = 2  # days that a mean is taken over
TRIMMED = 0.1  # share of the days left out at each end
SMOOTHED = 450  # seconds to either side that a day is smoothed over


@dataclasses.dataclass(frozen=True)
class Days:
    """Readings of whole days.

    Attributes:
        grid: `(days, S, N, D)` smoothed readings, NaN where none is present.
        kind: `(days,)` 0, or 1 for a weekend with a profile of its own.
        day: `(rows,)` the place of each row in the grid.
        slot: `(rows,)` its time of day.
    """

    grid: np.ndarray
    kind: np.ndarray
    day: np.ndarray
    slot: np.ndarray

    def kinds(self):
        """The days of each kind."""
        return [self.grid[self.kind == kind] for kind in np.unique(self.kind)]


def days_of(readings, present, timestamps, steps_per_day):
    """Rows as `Days`; arguments as in `profiles.fit_profile`.

    Raises:
        ValueError: if there is not a time for each row.
    """
    readings = np.asarray(readings, dtype=np.float32)
    check_count("steps_per_day", steps_per_day, 1)
    if len(timestamps) != len(readings):
        raise ValueError(
            f"`timestamps` has {len(timestamps)} entries and `readings` "
            f"{len(readings)} rows; expected one a row."
        )
    date, kind, slot = place_of(timestamps, steps_per_day)
    dates, first, day = np.unique(date, return_index=True, return_inverse=True)
    grid = np.full(
        (len(dates), steps_per_day, *readings.shape[1:]), np.nan, np.float32
    )
    if present is not None:
        readings = np.where(present, readings, np.nan)
    grid[day, slot] = readings
    kind, week = kind[first], (dates.astype(np.int64) + 3) // 7
    weeks = [len(np.unique(week[kind == one])) for one in (0, 1)]
    if min(weeks) < FEWEST_WEEKS:
        kind = np.zeros_like(kind)
    return Days(_smooth(grid), kind, day, slot)


def place_of(timestamps, steps_per_day):
    """Date, kind (0: Monday to Friday, 1: weekend), time of day of rows."""
    timestamps = np.asarray(timestamps, dtype="datetime64[s]")
    date = timestamps.astype("datetime64[D]")
    seconds = (timestamps - date).astype(np.int64)
    weekday = (date.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    slot = seconds * steps_per_day // SECONDS_PER_DAY
    return date, (weekday >= 5).astype(np.int64), slot


def _smooth(grid):
    # Mean of the present readings within SMOOTHED, on the same day.
    reach = SMOOTHED * grid.shape[1] // SECONDS_PER_DAY
    total, count = np.zeros(grid.shape), np.zeros(grid.shape)
    for offset in range(-reach, reach + 1):
        to = slice(max(0, offset), grid.shape[1] + min(0, offset))
        source = slice(max(0, -offset), grid.shape[1] + min(0, -offset))
        there = grid[:, source]
        total[:, to] += np.nan_to_num(there)
        count[:, to] += ~np.isnan(there)
    return np.where(count, total / np.maximum(count, 1), np.nan)


def trimmed_mean(grid, most_left_out=0):
    """The mean of the middle of some days, less days that are left out.

    The days are sorted once. To leave a value v out of the sum T of the
    middle ones, between the least L and the greatest H, takes no more:

        T - clip(v, L, H)

    which is the sum that the others have when as many at each end are left
    out as before. What L and H then are is found likewise.
    """
    ordered = np.sort(grid, axis=0)  # (days, ...), NaN last
    count = (~np.isnan(grid)).sum(axis=0)  # (...)
    trimmed = (TRIMMED * count).astype(np.int64)
    sums = np.cumsum(np.nan_to_num(ordered), axis=0)
    sums = np.concatenate([np.zeros_like(sums[:1]), sums])

    def take(array, at):
        at = np.clip(at, 0, len(array) - 1)[None]
        return np.take_along_axis(array, at, axis=0)[0]

    total = take(sums, count - trimmed) - take(sums, trimmed)
    ends = range(most_left_out + 1)
    least = np.stack([take(ordered, trimmed + j) for j in ends])
    most = np.stack([take(ordered, count - 1 - trimmed - j) for j in ends])

    def without(left_out=()):
        # (ends, days, ...), of one day where none is left out
        L, H = least[:, None], most[:, None]
        T, n = total[None], count[None]
        for v in left_out:
            there = ~np.isnan(v)
            T = T - np.where(there, np.clip(v, L[0], H[0]), 0)
            n = n - there
            L = np.where(there & (v <= L[:-1]), L[1:], L[:-1])
            H = np.where(there & (v >= H[:-1]), H[1:], H[:-1])
        kept = n - 2 * trimmed
        enough = (n >= FEWEST_LEFT) & (kept >= 1)
        mean = np.where(enough, T / np.maximum(kept, 1), np.nan)
        spread = np.where(enough, H[0] - L[0], np.nan)
        return np.concatenate([mean, spread], axis=-1)  # (days, S, N, 2 D)

    return without


def shifted(grid, place, of_kind, offset):
    """Of each day of one kind, the day `offset` later, if of that kind."""
    other = of_kind + offset
    inside = (other >= 0) & (other < len(grid))
    other = np.where(inside, other, 0)
    inside &= place[other] >= 0
    shape = (-1,) + (1,) * (grid.ndim - 1)
    return np.where(inside.reshape(shape), grid[other], np.nan)


def overall(grid):
    """Means of all readings of the measurements, then their deviations."""
    axes = (0, 1, 2)
    return np.concatenate([np.nanmean(grid, axes), np.nanstd(grid, axes)])


def filled_in(table, overall):
    """`(..., S, N, 2 D)`, for NaN what the times of day beside it have."""
    empty = np.isnan(table)
    if not empty.any():
        return table
    table = table.copy()
    slots = np.arange(table.shape[-3])
    columns = np.moveaxis(table, -3, -1)  # a view, (..., N, 2 D, S)
    for at in zip(*np.nonzero(empty.any(axis=-3)), strict=True):
        column = columns[at]
        gap = np.isnan(column)
        if gap.all():
            column[:] = overall[at[-1]]
            continue
        column[gap] = np.interp(
            slots[gap], slots[~gap], column[~gap], period=len(slots)
        )
    return table
