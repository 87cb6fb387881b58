"""Where the errors are: by horizon step, by time of day, by node."""

import numpy as np

from keras_stunet.evaluation.scoring import by_target
from keras_stunet.evaluation.scoring import one_target
from keras_stunet.evaluation.scoring import predict_windows


class ErrorProfile:
    """Mean absolute errors by horizon step, time of day and node.

    With the set `M` of present targets, each mean is

        sum over M' of |target - forecast| / size of M'

    where `M'` is the part of `M` at one step, slot of the day or node. Sums
    and counts are kept in float64 from batch to batch, never the forecasts.

    NaN in a forecast at a present target makes the means that it belongs to
    NaN, and no other; entries that the mask excludes do not matter, whatever
    they hold; where nothing is present the mean is NaN.

    Args:
        horizon: Number of forecast steps.
        steps_per_day: Number of slots of a day.
        num_nodes: Number of sensors.
        minutes_per_step: Of the horizon, by default those of a slot.

    Example:
    >>> profile = ErrorProfile(horizon=2, steps_per_day=24, num_nodes=1)
    >>> target = np.array([60.0, 50.0]).reshape(1, 2, 1, 1)
    >>> profile.update(target + 3.0, target, slots=[[8, 9]])
    >>> profile.by_step.tolist(), float(profile.by_slot[9]), profile.mae
    ([3.0, 3.0], 3.0, 3.0)
    """

    def __init__(
        self, horizon, steps_per_day, num_nodes, minutes_per_step=None
    ):
        self.steps_per_day = steps_per_day
        self.minutes_per_step = minutes_per_step or 24 * 60 / steps_per_day
        self._sums = np.zeros((horizon, steps_per_day))
        self._counts = np.zeros((horizon, steps_per_day))
        # By step and node: absolute and squared errors, and their number.
        self._node_sums = np.zeros((horizon, num_nodes))
        self._node_squares = np.zeros((horizon, num_nodes))
        self._node_counts = np.zeros((horizon, num_nodes))

    def update(self, forecast, target, slots, mask=None):
        """Add a batch.

        Args:
            forecast: `(B, horizon, N, 1)`, in original units.
            target: The same.
            slots: `(B, horizon)` integers, the slot of the day of each
                target, from 0 to `steps_per_day - 1`.
            mask: `None`, or an array like `target`, 0 = missing.

        Raises:
            ValueError: If the shapes do not fit one another or the profile,
                or a slot is out of range.
        """
        forecast, target = np.asarray(forecast), np.asarray(target)
        slots = np.asarray(slots)
        horizon, num_nodes = self._node_sums.shape
        expected = (len(slots), horizon, num_nodes, 1)
        given = {"forecast": forecast, "target": target}
        given |= {} if mask is None else {"mask": np.asarray(mask)}
        for name, array in given.items():
            _check_shape(name, array, expected)
        _check_shape("slots", slots, expected[:2])
        if slots.size and not 0 <= slots.min() <= slots.max() < (
            self.steps_per_day
        ):
            raise ValueError(
                f"`slots` runs from {slots.min()} to {slots.max()}; expected "
                f"0 to {self.steps_per_day - 1}. Take them from "
                "`windows.slots(rows)`."
            )
        present = np.ones(expected[:3], dtype=bool)
        if mask is not None:
            present = given["mask"][..., 0].astype(bool)
        # Missing entries are put aside first: they may hold NaN.
        error = np.abs(
            np.subtract(target, forecast, dtype=np.float64)[..., 0],
            where=present,
            out=np.zeros(expected[:3]),
        )  # (B, horizon, N)
        self._node_sums += error.sum(axis=0)
        self._node_squares += np.square(error).sum(axis=0)
        self._node_counts += present.sum(axis=0)
        place = slots + np.arange(horizon) * self.steps_per_day  # flat index
        for table, entries in ((self._sums, error), (self._counts, present)):
            table += np.bincount(
                place.ravel(),
                weights=entries.sum(axis=2).ravel(),
                minlength=table.size,
            ).reshape(table.shape)

    @property
    def by_step(self):
        """`(horizon,)` MAE of each step."""
        return _mean(self._sums.sum(axis=1), self._counts.sum(axis=1))

    @property
    def by_slot(self):
        """`(steps_per_day,)` MAE of the targets at each time of day."""
        return _mean(self._sums.sum(axis=0), self._counts.sum(axis=0))

    @property
    def by_node(self):
        """`(N,)` MAE of each sensor."""
        return _mean(self._node_sums.sum(axis=0), self._node_counts.sum(axis=0))

    def rows(self, node_ids=None):
        """MAE, RMSE and number of present targets by sensor and step.

        Args:
            node_ids: Names of the sensors, by default their numbers.

        Returns:
            Dicts of `sensor`, `step`, `minutes`, `mae`, `rmse` and `count`;
            where nothing is present the errors are empty.
        """
        horizon, num_nodes = self._node_sums.shape
        names = range(num_nodes) if node_ids is None else node_ids
        mae = _mean(self._node_sums, self._node_counts)
        rmse = np.sqrt(_mean(self._node_squares, self._node_counts))
        minutes = self.minutes_per_step
        rows = []
        for node, name in enumerate(names):
            for step in range(horizon):
                count = int(self._node_counts[step, node])
                errors = {"mae": mae[step, node], "rmse": rmse[step, node]}
                rows.append(
                    {
                        "sensor": name,
                        "step": step + 1,
                        "minutes": f"{(step + 1) * minutes:g}",
                        **{
                            key: f"{error:.6g}" if count else ""
                            for key, error in errors.items()
                        },
                        "count": count,
                    }
                )
        return rows

    @property
    def mae(self):
        """MAE of all, a float."""
        return float(_mean(self._sums.sum(), self._counts.sum()))

    @property
    def comparable_slots(self):
        """`(steps_per_day,)` whether a time of day has all its steps.

        Windows that stop at midnight reach the first minutes of the day with
        their first steps only and the last minutes with their last steps
        only. Such times have another mix of steps and look easier, or
        harder, than they are. Those marked here have targets at the largest
        number of steps that any time of the day has.
        """
        steps = (self._counts > 0).sum(axis=0)
        return (steps == steps.max()) & (steps > 0)


def profile_errors(model, windows, batch_size=50):
    """Forecast all windows once and profile the errors.

    No more than one batch of forecasts is held.

    Args:
        model: As in `predict_windows`.
        windows: A `Windows`.
        batch_size: Windows a batch.

    Returns:
        An `ErrorProfile`; of several targets `{target: ErrorProfile}`.
    """
    sizes = windows.horizon, windows.steps_per_day, windows.num_nodes
    minutes = windows.minutes_per_step
    profiles = [ErrorProfile(*sizes, minutes) for _ in windows.targets]
    done = 0
    for batch in predict_windows(model, windows, batch_size):
        indices = np.arange(done, done + len(batch[0]))
        slots = windows.slots(windows.target_rows(indices))
        for at, profile in enumerate(profiles):
            forecast, target, mask = one_target(batch, at)
            profile.update(forecast, target, slots, mask)
        done += len(indices)
    return by_target(windows, profiles)


def _mean(total, count):
    with np.errstate(invalid="ignore"):
        return np.divide(total, count)  # 0 / 0 is NaN


def _check_shape(name, array, expected):
    if array.shape != expected:
        raise ValueError(
            f"`{name}` has shape {array.shape}; expected {expected}, for "
            "(batch, horizon, nodes, 1) with one row of `slots` a window. "
            "Give what `predict_windows` and `windows.slots` return."
        )
