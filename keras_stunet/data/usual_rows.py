"""What is usual at each row of a series, as windows over it see it."""

from typing import NamedTuple

import numpy as np

from keras_stunet.data.profiles import profiles_without


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
