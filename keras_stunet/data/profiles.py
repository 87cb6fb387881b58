"""What is usual at a sensor at a time of day: known before the day begins."""

import dataclasses

import numpy as np

from keras_stunet.data.day_grid import FEWEST_LEFT
from keras_stunet.data.day_grid import days_of
from keras_stunet.data.day_grid import filled_in
from keras_stunet.data.day_grid import overall
from keras_stunet.data.day_grid import place_of
from keras_stunet.data.day_grid import shifted
from keras_stunet.data.day_grid import trimmed_mean
from keras_stunet.messages import counted
from keras_stunet.messages import warn_user

FEWEST_DAYS = 3  # of training that make a profile


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
        _, kind, slot = place_of(timestamps, self.steps_per_day)
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
    days = days_of(readings, present, timestamps, steps_per_day)
    if len(days.grid) < FEWEST_DAYS:
        warn_user(
            f"The training part has {counted(len(days.grid), 'day')}; a usual "
            f"reading by time of day takes {FEWEST_DAYS}: the model does "
            "without."
        )
        return None
    table = np.concatenate([trimmed_mean(grid)() for grid in days.kinds()])
    _warn_of_empty_slots(table)
    table = filled_in(table, overall(days.grid))
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
    days = days_of(readings, present, timestamps, steps_per_day)
    *shape, measurements = days.grid.shape
    shape = (len(spans), *shape, 2 * measurements)
    result = np.empty(shape, np.float32)
    for found, (before, after) in zip(result, spans, strict=True):
        for kind in np.unique(days.kind):
            of_kind = np.flatnonzero(days.kind == kind)
            place = np.full(len(days.grid), -1)
            place[of_kind] = np.arange(len(of_kind))
            left = [
                shifted(days.grid, place, of_kind, offset)
                for offset in range(-before, after + 1)
            ]
            found[of_kind] = trimmed_mean(days.grid[of_kind], len(left))(left)
    result = filled_in(result, overall(days.grid))
    return result[:, days.day, days.slot]  # (spans, rows, N, 2 D)


def _warn_of_empty_slots(table):
    empty = np.isnan(table).any(axis=(0, 3))  # (S, N)
    if empty.any():
        slots = counted(int(empty.any(axis=1).sum()), "time")
        warn_user(
            f"{slots} of day have fewer than {FEWEST_LEFT} training days at "
            f"some of the sensors ({empty.mean():.1%} of all): what is usual "
            "there is filled in from the times beside them."
        )
