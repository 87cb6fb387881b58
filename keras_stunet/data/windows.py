"""Windows over a series, gathered by index and never all at once."""

import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.checks import did_you_mean
from keras_stunet.data.gather import by_measurement
from keras_stunet.data.gather import chosen
from keras_stunet.data.gather import feature_names
from keras_stunet.data.gather import gather_windows
from keras_stunet.data.protocols import window_length
from keras_stunet.steps import minutes_per_step

CALENDAR = ("time_of_day", "day_of_week")
SECONDS_PER_DAY = 86_400


class Windows:
    """Windows of `history` input and `horizon` target steps over one series.

    Window `i` covers rows `starts[i]` to `starts[i] + history + horizon - 1`.
    Only the series is held in memory; `gather` builds the batch that is asked
    for.

    Features of an input, in this order: the reading (original units), or all
    D measurements; those named in `calendar`; with `mask_channel` the 0/1
    presence of each measurement; and with `usual` the usual reading of each,
    then the spread of each, by time of day.

    - `"time_of_day"`: part of the day gone by, in [0, 1).
    - `"day_of_week"`: Monday 0, Tuesday 1/7 ... Sunday 6/7, in [0, 1).

    With `usual` a window has a second input, what is known in advance of its
    target steps: the calendar, usual readings and spreads.

    Args:
        values: `(steps, N)` or `(steps, N, D)` float32 readings, finite.
            Missing ones are to be filled beforehand, as `make_windows` does.
        mask: booleans of the shape of `values`, `True` = present; or `None`.
        starts: `(windows,)` integers, the first row of every window.
        history: input steps of a window.
        horizon: target steps of a window.
        timestamps: `(steps,)` datetime64 local times; needed by `calendar`.
        steps_per_day: times of day that rows are told apart by: rows per
            day, where steps divide a day.
        calendar: names of the calendar features to append, or `()`.
        mask_channel: whether to append the presence of each input reading as
            a feature (all ones for a series without a mask).
        targets: numbers of the measurements to forecast, by default the
            first.
        measurements: `(D,)` names of the measurements, by default numbers.
        usual: `UsualRows` of these rows, or `None`. A missing input is then
            what is usual, in the place of the fill value.

    Raises:
        ValueError: if shapes disagree, readings are not finite, a window
            leaves the series, a target is not there, or `calendar` cannot be
            had.

    Example:
    >>> windows = Windows(np.arange(10.0)[:, None], None, [0, 3], 4, 2)
    >>> x, y = windows.gather([1])
    >>> x.shape, y.shape
    ((1, 4, 1, 1), (1, 2, 1, 1))
    >>> x.ravel().tolist(), y.ravel().tolist()
    ([3.0, 4.0, 5.0, 6.0], [7.0, 8.0])
    """

    def __init__(
        self,
        values,
        mask,
        starts,
        history,
        horizon,
        timestamps=None,
        steps_per_day=288,
        calendar=(),
        mask_channel=False,
        targets=(0,),
        measurements=None,
        usual=None,
    ):
        self.values = np.asarray(values, dtype=np.float32)
        if self.values.ndim not in (2, 3):
            raise ValueError(
                f"`values` has shape {self.values.shape}; expected "
                "(steps, nodes) or (steps, nodes, measurements)."
            )
        if not np.isfinite(self.values).all():
            raise ValueError(
                "`values` holds NaN or infinity; expected missing readings "
                "to be filled. `make_windows` fills them with the training "
                "mean."
            )
        length = window_length(history, horizon)
        check_count("steps_per_day", steps_per_day, 1)
        self.history = int(history)
        self.horizon = int(horizon)
        self.steps_per_day = int(steps_per_day)
        self.mask_channel = bool(mask_channel)
        self.mask = None if mask is None else np.asarray(mask, dtype=bool)
        if mask is not None and self.mask.shape != self.values.shape:
            raise ValueError(
                f"`mask` has shape {self.mask.shape}; expected that of "
                f"`values`, {self.values.shape}."
            )
        self.targets = self._checked_targets(targets)
        names = range(self.num_measurements)
        names = names if measurements is None else measurements
        self.target_names = tuple(str(names[i]) for i in self.targets)
        if measurements is None and self.num_measurements == 1:
            names = ["reading"]
        self.measurement_names = tuple(map(str, names))
        self.starts = _checked_starts(starts, length, len(self.values))
        self.timestamps = None
        if timestamps is not None:
            self.timestamps = np.asarray(timestamps, dtype="datetime64[s]")
            if self.timestamps.shape != self.values.shape[:1]:
                raise ValueError(
                    f"`timestamps` has shape {self.timestamps.shape}; "
                    f"expected {self.values.shape[:1]}, one per row."
                )
        self.calendar = _checked_calendar(calendar, self.timestamps)
        self.calendar_features = self._calendar_features()  # (steps, C)
        self.usual = usual
        if usual is not None:
            usual.check(self.starts, length, self.values)

    def __len__(self):
        return len(self.starts)

    @property
    def num_nodes(self):
        """Number of sensors `N`."""
        return self.values.shape[1]

    @property
    def num_measurements(self):
        """Number of measurements `D`, all of them inputs."""
        return 1 if self.values.ndim == 2 else self.values.shape[2]

    @property
    def minutes_per_step(self):
        """Minutes from a row to the next, as `keras_stunet.steps` has them."""
        if self.timestamps is None or len(self.timestamps) < 2:
            return 24 * 60 / self.steps_per_day
        return minutes_per_step(self.timestamps)

    @property
    def num_features(self):
        """Number of input features `F`."""
        kinds = 1 + self.mask_channel + 2 * (self.usual is not None)
        return self.num_measurements * kinds + len(self.calendar)

    @property
    def feature_names(self):
        """Names of the F input features of the history."""
        return feature_names(
            self.measurement_names,
            self.calendar,
            self.mask_channel,
            self.usual is not None,
        )

    @property
    def num_future_features(self):
        """Number of features that are known in advance; 0 without `usual`."""
        if self.usual is None:
            return 0
        return len(self.calendar) + 2 * self.num_measurements

    def gather(self, indices):
        """Build the windows at `indices`.

        Args:
            indices: `(B,)` integers in `[0, len(self))`.

        Returns:
            `(x, y)`, or `(x, y, mask)` if the series has a mask: `x` of shape
            `(B, history, N, F)`, `y` and `mask` of shape `(B, horizon, N,
            targets)`, all float32. Readings are in original units. Missing
            ones hold the fill value in `x` and `y`; `mask` is 0 there and 1
            elsewhere. With `usual`, `x` is a pair of it and of `future`
            `(B, horizon, N, C + 2 D)`.

        Raises:
            IndexError: if an index is not an integer or out of range.
        """
        return gather_windows(
            np,
            self.values,
            self.mask,
            self.calendar_features,
            self.input_rows(indices),
            self.target_rows(indices),
            self.mask_channel,
            self.targets,
            self.usual,
        )

    def targets_of(self, readings):
        """The targets among readings, `(..., N)` or `(..., N, D)`.

        Args:
            readings: Rows of `values`, or of the mask.

        Returns:
            `(..., N, targets)`.
        """
        readings = by_measurement(readings, self.values)
        return chosen(readings, self.targets)

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
            self.starts, self.history + self.horizon, len(self.values)
        )

    def slots(self, rows):
        """Time of day of `rows`, as integers in `[0, steps_per_day)`.

        Without timestamps, row 0 is midnight and no time is left out.
        """
        rows = np.asarray(rows)
        if self.timestamps is None:
            return rows % self.steps_per_day
        seconds = _seconds_of_day(self.timestamps[rows])
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
        return _weekday(self.timestamps[np.asarray(rows)])

    def _checked_targets(self, targets):
        count = self.num_measurements
        targets = tuple(check_count("targets", i, 0) for i in targets)
        once = len({*targets}) == len(targets) > 0
        if not once or max(targets) >= count:
            raise ValueError(
                f"`targets` is {targets}; expected numbers of measurements "
                f"from 0 to {count - 1}, each at most once and at least one."
            )
        return targets

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

    def _calendar_features(self):
        if not self.calendar:
            return None
        make = {
            "time_of_day": lambda t: _seconds_of_day(t) / SECONDS_PER_DAY,
            "day_of_week": lambda t: _weekday(t) / 7,
        }
        columns = [make[name](self.timestamps) for name in self.calendar]
        return np.stack(columns, axis=-1).astype(np.float32)


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


def _checked_calendar(calendar, timestamps):
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


def _seconds_of_day(timestamps):
    midnight = timestamps.astype("datetime64[D]")
    return (timestamps - midnight).astype("timedelta64[s]").astype(np.int64)


def _weekday(timestamps):
    days = timestamps.astype("datetime64[D]").astype(np.int64)
    return (days + 3) % 7  # 1970-01-01, day 0, was a Thursday
