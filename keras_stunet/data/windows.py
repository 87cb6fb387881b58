"""Windows over a series, gathered by index and never all at once."""

import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.data.calendar import calendar_columns
from keras_stunet.data.calendar import checked_calendar
from keras_stunet.data.features import feature_names
from keras_stunet.data.features import future_names
from keras_stunet.data.gather import SeriesArrays
from keras_stunet.data.gather import WindowForm
from keras_stunet.data.gather import by_measurement
from keras_stunet.data.gather import chosen
from keras_stunet.data.gather import gather_windows
from keras_stunet.data.window_rows import WindowRows


class Windows(WindowRows):
    """Windows of `history` input and `horizon` target steps over one series.

    Window `i` covers rows `starts[i]` to `starts[i] + history + horizon - 1`.
    Only the series is held in memory; `gather` builds the batch that is asked
    for.

    Features of an input, in this order: the reading (original units), or all
    D measurements; those named in `calendar`; the covariates, and where there
    is no second input those of `horizon` steps later; what the sensors are;
    with `mask_channel` the 0/1 presence of each measurement; and with `usual`
    the usual reading of each, then the spread of each, by time of day.

    - `"time_of_day"`: part of the day gone by, in [0, 1).
    - `"day_of_week"`: Monday 0, Tuesday 1/7 ... Sunday 6/7, in [0, 1).

    With `usual`, and with covariates that are to be `future`, a window has a
    second input, what is known in advance of its target steps: the calendar,
    covariates, usual readings and spreads.

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
        covariates: `CovariateRows` of these rows, or `None`.

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
        covariates=None,
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
        super().__init__(
            *(starts, history, horizon, len(self.values)),
            *(timestamps, steps_per_day),
        )
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
        self.calendar = checked_calendar(calendar, self.timestamps)
        self.usual, self.covariates = usual, covariates
        if usual is not None:
            usual.check(self.starts, history + horizon, self.values)
        if covariates is not None:
            covariates.check(*self.values.shape[:2])
        self.arrays = SeriesArrays(
            self.values, self.mask, self._known(), self._static(), usual
        )
        names = self.covariate_names
        future = usual is not None or bool(names and covariates.future)
        self.form = WindowForm(
            self.history,
            self.horizon,
            self.targets,
            self.mask_channel,
            future,
            0 if future else len(names),
        )

    @property
    def num_nodes(self):
        """Number of sensors `N`."""
        return self.values.shape[1]

    @property
    def num_measurements(self):
        """Number of measurements `D`, all of them inputs."""
        return 1 if self.values.ndim == 2 else self.values.shape[2]

    @property
    def covariate_names(self):
        """Names of the E covariates."""
        return () if self.covariates is None else self.covariates.names

    @property
    def static_names(self):
        """Names of the S features that say what a sensor is."""
        return () if self.covariates is None else self.covariates.static_names

    @property
    def num_features(self):
        """Number of input features `F`."""
        return len(self.feature_names)

    @property
    def feature_names(self):
        """Names of the F input features of the history."""
        return feature_names(
            self.measurement_names,
            self.calendar,
            self.covariate_names,
            self.static_names,
            mask_channel=self.mask_channel,
            usual=self.usual is not None,
            future=self.form.future,
        )

    @property
    def num_future_features(self):
        """Number of features of the second input; 0 where there is none."""
        return len(self.future_names)

    @property
    def future_names(self):
        """Names of the features of the second input."""
        if not self.form.future:
            return []
        return future_names(
            self.measurement_names,
            self.calendar,
            self.covariate_names,
            usual=self.usual is not None,
        )

    def gather(self, indices):
        """Build the windows at `indices`.

        Args:
            indices: `(B,)` integers in `[0, len(self))`.

        Returns:
            `(x, y)`, or `(x, y, mask)` if the series has a mask: `x` of shape
            `(B, history, N, F)`, `y` and `mask` of shape `(B, horizon, N,
            targets)`, all float32. Readings are in original units. Missing
            ones hold the fill value in `x` and `y`; `mask` is 0 there and 1
            elsewhere. Where there is a second input, `x` is a pair of it and
            of `future` `(B, horizon, N, num_future_features)`.

        Raises:
            IndexError: if an index is not an integer or out of range.
        """
        return gather_windows(
            np,
            self.arrays,
            self.form,
            self.input_rows(indices),
            self.target_rows(indices),
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

    def _known(self):
        # (steps, 1 or N, C + E)
        parts = []
        if self.calendar:
            columns = calendar_columns(self.calendar, self.timestamps)
            parts.append(columns[:, None])  # (steps, 1, C)
        if self.covariate_names:
            parts.append(self.covariates.values)
        if not parts:
            return None
        nodes = max(part.shape[1] for part in parts)
        parts = [np.repeat(x, nodes // x.shape[1], axis=1) for x in parts]
        return np.concatenate(parts, axis=-1)

    def _static(self):
        return self.covariates.static if self.static_names else None
