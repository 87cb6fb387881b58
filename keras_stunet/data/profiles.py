"""What is usual at a sensor at a time of day: known before the day begins."""

import dataclasses
from typing import NamedTuple

import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.data.calendar import SECONDS_PER_DAY
from keras_stunet.messages import counted
from keras_stunet.messages import warn_user

FEWEST_DAYS = 3  # of training that make a profile
FEWEST_WEEKS = 3  # with a weekend in them, for one of its own
FEWEST_LEFT = 2  # days that a mean is taken over
TRIMMED = 0.1  # share of the days left out at each end
SMOOTHED = 450  # seconds to either side that a day is smoothed over


@dataclasses.dataclass(frozen=True)
class Profile:
    """Usual reading and spread of each sensor by time of day.

    The usual reading of a sensor at a time of day is the mean over the
    training days of that kind without the least and the greatest tenth of
    them; the spread is the range of the days that are left. Each day is first
    smoothed over the readings within 450 seconds, of the same day.

    Args:
        table: `(kinds, steps_per_day, N, 2 D)` float32, in original units:
            the usual readings of the D measurements, then their spreads. One
            kind for all days, or two: Monday to Friday, and the weekend.

    Raises:
        ValueError: if the table has another shape or is not finite.
    """

    table: np.ndarray

    def __post_init__(self):
        table = np.asarray(self.table, dtype=np.float32)
        fits = table.ndim == 4 and len(table) in (1, 2)
        if not fits or table.shape[-1] % 2:
            raise ValueError(
                f"`table` has shape {table.shape}; expected (kinds, "
                "steps_per_day, N, 2 D), of one or two kinds of days."
            )
        if not np.isfinite(table).all():
            raise ValueError(
                "`table` holds NaN or infinity; expected a usual reading and "
                "a spread for each time of day. `fit_profile` fills gaps."
            )
        object.__setattr__(self, "table", table)

    @property
    def steps_per_day(self):
        """Number of times of day."""
        return self.table.shape[1]

    def at(self, timestamps):
        """Usual reading and spread at times, of the past or to come.

        Args:
            timestamps: `(steps,)` datetime64 local times.

        Returns:
            `(steps, N, 2 D)` float32.
        """
        _, kind, slot = _calendar(timestamps, self.steps_per_day)
        return self.table[kind if len(self.table) > 1 else 0, slot]


def fit_profile(readings, present, timestamps, steps_per_day):
    """Fit a profile on the rows of the training part.

    Args:
        readings: `(rows, N, D)` readings in original units.
        present: Booleans of the same shape, `True` = present; or `None`.
        timestamps: `(rows,)` datetime64 local times; or `None`.
        steps_per_day: times of day.

    Returns:
        A `Profile`; or `None`, with a warning, without timestamps or with
        fewer than three days. Weekends have a profile of their own where both
        they and the other days come in at least three weeks. A time of day
        without two days is filled from those beside it, with a warning.

    Raises:
        ValueError: if shapes disagree.
    """
    if timestamps is None:
        warn_user(
            "The series has no timestamps, so there is no usual reading by "
            "time of day: the model does without."
        )
        return None
    days = _days(readings, present, timestamps, steps_per_day)
    if len(days.grid) < FEWEST_DAYS:
        warn_user(
            f"The training part has {counted(len(days.grid), 'day')}; a usual "
            f"reading by time of day takes {FEWEST_DAYS}: the model does "
            "without."
        )
        return None
    table = np.concatenate([_middle(grid)() for grid in days.kinds()])
    _warn_of_empty_slots(table)
    table = _filled(table, _overall(days.grid))
    return Profile(table)


def profiles_without(readings, present, timestamps, steps_per_day, spans):
    """What each training row finds usual when days around it are left out.

    In training a window must not see its own days in the profile: what it is
    to forecast would be a part of it, as it never is later. So for a row on
    day d and a span `(before, after)`, the days `d - before` to `d + after`
    of those that the rows have are left out.

    Args:
        readings: As in `fit_profile`.
        present: As in `fit_profile`.
        timestamps: As in `fit_profile`; at least three days.
        steps_per_day: As in `fit_profile`.
        spans: Pairs of whole numbers of days.

    Returns:
        `(len(spans), rows, N, 2 D)` float32, as `Profile.at` gives them. Where
        fewer than two days are left, the times beside it stand in; where they
        have none either, the mean of all readings and their deviation: what
        the scaler knows.
    """
    days = _days(readings, present, timestamps, steps_per_day)
    *shape, measurements = days.grid.shape
    shape = (len(spans), *shape, 2 * measurements)
    result = np.empty(shape, np.float32)
    for found, (before, after) in zip(result, spans, strict=True):
        for kind in np.unique(days.kind):
            of_kind = np.flatnonzero(days.kind == kind)
            place = np.full(len(days.grid), -1)
            place[of_kind] = np.arange(len(of_kind))
            left = [
                _shifted(days.grid, place, of_kind, offset)
                for offset in range(-before, after + 1)
            ]
            found[of_kind] = _middle(days.grid[of_kind], len(left))(left)
    result = _filled(result, _overall(days.grid))
    return result[:, days.day, days.slot]  # (spans, rows, N, 2 D)


class UsualRows(NamedTuple):
    """What is usual at each row of a series, as windows over it see it.

    Attributes:
        values: `(V, rows, N, 2 D)` float32 usual readings and spreads, in V
            variants.
        day: `(rows,)` int64, the day of each row, counted; all zeros where
            no day is left out.
        variant: `(K, K)` int64. A row that is `before` days later than the
            first of its window, and `after` days earlier than the last one,
            has variant `[before, after]`.
    """

    values: np.ndarray
    day: np.ndarray
    variant: np.ndarray

    def variants(self, rows):
        """The variant of each row of windows, `(B, T)`, by NumPy or JAX."""
        day = self.day[rows]
        return self.variant[day - day[:, :1], day[:, -1:] - day]

    def check(self, starts, length, values):
        """Raise unless windows of `length` rows from `starts` are covered.

        Raises:
            ValueError: if they are not.
        """
        nodes, width = values.shape[1], 2 * (values[0, 0].size)
        end = starts.max() + length
        fits = self.values.shape[2:] == (nodes, width)
        if not fits or self.values.shape[1] < end:
            raise ValueError(
                f"`usual` has values of shape {self.values.shape}; expected "
                f"(variants, rows, {nodes}, {width}), of at least {end} rows."
            )


def usual_rows(profile, timestamps):
    """What a profile says of each row; no day is left out.

    Args:
        profile: A `Profile`.
        timestamps: `(rows,)` datetime64 local times.

    Returns:
        `UsualRows`.
    """
    zeros = np.zeros(len(timestamps), np.int64)
    values = profile.at(timestamps)[None]
    return UsualRows(values, zeros, np.zeros((1, 1), np.int64))


def usual_rows_without(
    readings, present, timestamps, steps_per_day, rows, starts, length
):
    """The same for training windows, less the days that a window touches.

    Args:
        readings: `(steps, N, D)` readings.
        present: Booleans of the same shape, or `None`.
        timestamps: `(steps,)` datetime64 local times.
        steps_per_day: Times of day.
        rows: The rows of the training part.
        starts: First rows of the training windows.
        length: Rows of a window.

    Returns:
        `UsualRows`.
    """
    dates = np.asarray(timestamps, "datetime64[D]")
    _, day = np.unique(dates, return_inverse=True)
    reach = np.unique(day[starts + length - 1] - day[starts])
    spans = [(n, int(m) - n) for m in reach for n in range(m + 1)]
    found = profiles_without(
        readings[rows],
        None if present is None else present[rows],
        timestamps[rows],
        steps_per_day,
        spans,
    )
    values = np.zeros((len(spans), rows[-1] + 1, *found.shape[2:]), np.float32)
    values[:, rows] = found
    most = int(reach.max()) + 1
    variant = np.zeros((most, most), np.int64)
    for place, span in enumerate(spans):
        variant[span] = place
    return UsualRows(values, day, variant)


@dataclasses.dataclass(frozen=True)
class _Days:
    grid: np.ndarray  # (days, S, N, D), smoothed, NaN where nothing is present
    kind: np.ndarray  # (days,)
    day: np.ndarray  # (rows,), the place of a row in the grid
    slot: np.ndarray  # (rows,)

    def kinds(self):
        """The days of each kind."""
        return [self.grid[self.kind == kind] for kind in np.unique(self.kind)]


def _days(readings, present, timestamps, steps_per_day):
    readings = np.asarray(readings, dtype=np.float32)
    check_count("steps_per_day", steps_per_day, 1)
    if len(timestamps) != len(readings):
        raise ValueError(
            f"`timestamps` has {len(timestamps)} entries and `readings` "
            f"{len(readings)} rows; expected one a row."
        )
    date, kind, slot = _calendar(timestamps, steps_per_day)
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
    return _Days(_smooth(grid), kind, day, slot)


def _calendar(timestamps, steps_per_day):
    # Date, kind (0: Monday to Friday, 1: weekend) and time of day of rows.
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


def _middle(grid, most_left_out=0):
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


def _shifted(grid, place, of_kind, offset):
    # Of each day of one kind, the day `offset` later, if it is of that kind.
    other = of_kind + offset
    inside = (other >= 0) & (other < len(grid))
    other = np.where(inside, other, 0)
    inside &= place[other] >= 0
    shape = (-1,) + (1,) * (grid.ndim - 1)
    return np.where(inside.reshape(shape), grid[other], np.nan)


def _overall(grid):
    # The means of all readings of the measurements, then their deviations.
    axes = (0, 1, 2)
    return np.concatenate([np.nanmean(grid, axes), np.nanstd(grid, axes)])


def _filled(table, overall):
    # (..., S, N, 2 D): in the place of NaN what the times of day beside have.
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


def _warn_of_empty_slots(table):
    empty = np.isnan(table).any(axis=(0, 3))  # (S, N)
    if empty.any():
        slots = counted(int(empty.any(axis=1).sum()), "time")
        warn_user(
            f"{slots} of day have fewer than {FEWEST_LEFT} training days at "
            f"some of the sensors ({empty.mean():.1%} of all): what is usual "
            "there is filled in from the times beside them."
        )
