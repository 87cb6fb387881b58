"""Which rows of a series are in which window, and when they are."""

import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.data.calendar import SECONDS_PER_DAY
from keras_stunet.data.calendar import seconds_of_day
from keras_stunet.data.calendar import weekday
from keras_stunet.data.protocols import window_length
from keras_stunet.steps import minutes_per_step


class WindowRows:
    """Rows of windows of `history` input and `horizon` target steps.

    Args:
        starts: `(windows,)` integers, the first row of every window.
        history: input steps of a window.
        horizon: target steps of a window.
        num_steps: rows of the series.
        timestamps: `(steps,)` datetime64 local times, or `None`.
        steps_per_day: times of day that rows are told apart by: rows per
            day, where steps divide a day.

    Raises:
        ValueError: if a window leaves the series, or there is not a time for
            each row.
    """

    def __init__(
        self, starts, history, horizon, num_steps, timestamps, steps_per_day
    ):
        length = window_length(history, horizon)
        check_count("steps_per_day", steps_per_day, 1)
        self.history = int(history)
        self.horizon = int(horizon)
        self.steps_per_day = int(steps_per_day)
        self.num_steps = num_steps
        self.starts = _checked_starts(starts, length, num_steps)
        self.timestamps = None
        if timestamps is not None:
            self.timestamps = np.asarray(timestamps, dtype="datetime64[s]")
            if self.timestamps.shape != (num_steps,):
                raise ValueError(
                    f"`timestamps` has shape {self.timestamps.shape}; "
                    f"expected {(num_steps,)}, one per row."
                )

    def __len__(self):
        return len(self.starts)

    @property
    def minutes_per_step(self):
        """Minutes from a row to the next, as `keras_stunet.steps` has them."""
        if self.timestamps is None or len(self.timestamps) < 2:
            return 24 * 60 / self.steps_per_day
        return minutes_per_step(self.timestamps)

    def input_rows(self, indices):
        """Rows of the series that are inputs of windows: `(B, history)`."""
        return self._first_rows(indices) + np.arange(self.history)

    def target_rows(self, indices):
        """Rows of the series that are targets of windows: `(B, horizon)`."""
        first = self._first_rows(indices) + self.history
        return first + np.arange(self.horizon)

    def covered_rows(self):
        """Rows that lie in at least one window, in order, each once."""
        return covered_rows(
            self.starts, self.history + self.horizon, self.num_steps
        )

    def slots(self, rows):
        """Time of day of `rows`, as integers in `[0, steps_per_day)`.

        Without timestamps, row 0 is midnight and no time is left out.
        """
        rows = np.asarray(rows)
        if self.timestamps is None:
            return rows % self.steps_per_day
        seconds = seconds_of_day(self.timestamps[rows])
        return seconds * self.steps_per_day // SECONDS_PER_DAY

    def weekdays(self, rows):
        """Day of the week of `rows`, Monday 0 to Sunday 6.

        Raises:
            ValueError: if there are no timestamps.
        """
        if self.timestamps is None:
            raise ValueError(
                "The day of the week needs timestamps, and the series has "
                "none. Give `Series(timestamps=...)`."
            )
        return weekday(self.timestamps[np.asarray(rows)])

    def _first_rows(self, indices):
        indices = np.asarray(indices)
        if indices.size == 0:
            indices = indices.astype(np.int64)
        if indices.ndim != 1 or indices.dtype.kind not in "iu":
            raise IndexError(
                f"`indices` has shape {indices.shape} and dtype "
                f"{indices.dtype}; expected one axis of integers."
            )
        if indices.size and not (
            0 <= indices.min() and indices.max() < len(self)
        ):
            raise IndexError(
                f"`indices` runs from {indices.min()} to {indices.max()}; "
                f"expected 0 to {len(self) - 1}, for {len(self)} windows."
            )
        return self.starts[indices][:, None]  # (B, 1)


def covered_rows(starts, length, num_steps):
    """Rows that windows of `length` rows from `starts` cover, each once."""
    change = np.zeros(num_steps + 1, dtype=np.int64)
    np.add.at(change, starts, 1)
    np.add.at(change, starts + length, -1)
    return np.flatnonzero(np.cumsum(change))


def _checked_starts(starts, length, num_steps):
    starts = np.asarray(starts)
    if starts.ndim != 1 or starts.size == 0 or starts.dtype.kind not in "iu":
        raise ValueError(
            f"`starts` has shape {starts.shape} and dtype {starts.dtype}; "
            "expected one axis of integers, at least one."
        )
    if starts.min() < 0 or starts.max() + length > num_steps:
        raise ValueError(
            f"`starts` runs from {starts.min()} to {starts.max()}; windows "
            f"of {length} steps in a series of {num_steps} start at 0 to "
            f"{num_steps - length}."
        )
    return starts.astype(np.int64)
