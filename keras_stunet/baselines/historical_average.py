"""Historical average: what is usual at this time of day."""

import numpy as np

from keras_stunet.baselines.checks import check_fitted
from keras_stunet.baselines.checks import check_windows
from keras_stunet.baselines.readings import training_readings


class HistoricalAverage:
    """Mean of the training days at the time of day of the target.

    For node `n` and time-of-day slot `s`, with present training rows
    `R(s) = {t : slot(t) = s}`, the forecast of any target row in slot `s` is
    `mean over t in R(s) of values[t, n]`. With `weekly=True` the slots are
    pairs of weekday and time of day.

    The recent past does not enter, so the forecast is the same at every
    horizon. On PeMSD7(M), fitted on the 34 training days, it scores MAE 4.01,
    RMSE 7.20 and MAPE 10.61 % at step 6 of windows of 12 + 6: the published
    row of Yu, Yin and Zhu (IJCAI 2018).

    A slot that no present training reading of a node falls into takes the
    first of these that exists: the node's mean at that time of day (only with
    `weekly`), the mean of all the node's training readings, the mean of all
    training readings.

    Args:
        weekly: whether to tell weekdays apart, which needs timestamps.
    """

    def __init__(self, weekly=False):
        if not isinstance(weekly, bool):
            raise ValueError(f"`weekly` is {weekly!r}; expected True or False.")
        self.weekly = weekly
        self.fitted_on = None

    def fit(self, windows):
        """Average over all rows that `windows` cover, each row once.

        Args:
            windows: the training `Windows`.

        Returns:
            The baseline itself.

        Raises:
            ValueError: if nothing is present, or `weekly` is asked for
                without timestamps.
        """
        check_windows(windows)
        tables = [
            self._table(windows, *training_readings(windows, target))
            for target in range(len(windows.targets))
        ]
        self.table = np.stack(tables, axis=-1)  # (slots, N, D_out)
        self.fitted_on = {
            "steps_per_day": windows.steps_per_day,
            "num_nodes": windows.num_nodes,
            "targets": windows.targets,
        }
        return self

    def predict(self, windows, indices=None):
        """Forecast the targets of windows.

        Args:
            windows: `Windows` of the same sensors.
            indices: `(B,)` integers, by default all windows.

        Returns:
            `(B, horizon, N, D_out)` float32, in original units.

        Raises:
            ValueError: if the baseline is not fitted, or for windows with
                other sensors or another number of steps per day.
        """
        check_fitted(self, windows, self.fitted_on)
        if indices is None:
            indices = np.arange(len(windows))
        rows = windows.target_rows(indices)  # (B, horizon)
        slots = windows.slots(rows)
        if self.weekly:
            slots = windows.weekdays(rows) * windows.steps_per_day + slots
        return self.table[slots].astype(np.float32)  # (B, horizon, N, D_out)

    def _table(self, windows, rows, readings, present):
        per_day = windows.steps_per_day
        day_slots = windows.slots(rows)
        table = _means(readings, present, day_slots, per_day)
        node = _means(readings, present, np.zeros_like(rows), 1)
        node = np.where(np.isnan(node), readings[present].mean(), node)
        table = np.where(np.isnan(table), node, table)  # (per_day, N)
        if self.weekly:
            slots = windows.weekdays(rows) * per_day + day_slots
            week = _means(readings, present, slots, 7 * per_day)
            daily = np.tile(table, (7, 1))
            table = np.where(np.isnan(week), daily, week)  # (7 * per_day, N)
        return table


def _means(readings, present, slots, num_slots):
    """Masked mean of each slot and node, NaN where nothing is present."""
    total = np.zeros((num_slots, readings.shape[1]))
    count = np.zeros_like(total)
    np.add.at(total, slots, np.where(present, readings, 0.0))
    np.add.at(count, slots, present)
    empty = count == 0
    return np.where(empty, np.nan, total / np.where(empty, 1.0, count))
