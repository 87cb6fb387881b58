"""How sure a forecast is: split-conformal intervals for any model.

On windows that the model was not fitted to, the absolute errors of a horizon
step, in units of each sensor's own error `sigma_i`, are sorted. With `n` of
them the interval of level `a` around a forecast `f` is

    f +- sigma_i q,   q the ceil((n + 1) a)-th smallest of |y - f| / sigma_i

(Papadopoulos et al. 2002; Lei et al. 2018; `sigma` as in their locally
weighted form, from windows that do not enter `q`.) It holds a share `a` of the
readings, on average over all of them, as far as later errors are exchangeable
with these: not for each sensor, hour or kind of day by itself, and not after
the data have changed. From `DAYS_BY_SENSOR` days on a sensor with enough
errors has a `q` of its own.
"""

import dataclasses
import math
from pathlib import Path

import numpy as np

from keras_stunet.evaluation.scoring import by_target
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.files import atomic_write

LEVELS = np.arange(1, 100) / 100
FIGURES = ("coverage", "width", "interval_score", "weighted_interval_score")
DAYS_BY_SENSOR = 20
# Central intervals of the weighted interval score, beside the forecast as the
# median.
SCORED = (0.2, 0.4, 0.6, 0.8, 0.9, 0.95)
_ENOUGH = 200  # errors of a sensor, for a quantile of its own
_LEAST = 0.05  # of the median sensor's error, so that none is taken for sure


@dataclasses.dataclass(frozen=True, eq=False)
class Intervals:
    """Half-widths of intervals around the forecasts of one model.

    Attributes:
        radius: `(99, horizon, N, D)` in the units of the data, by `LEVELS`;
            infinity where there were too few errors for a level.
        by_sensor: Whether sensors have quantiles of their own.
        errors: Number of errors, over all sensors, of the step with fewest.
    """

    radius: np.ndarray
    by_sensor: bool
    errors: int

    def bounds(self, forecast, level):
        """Lower and upper bounds of forecasts `(..., horizon, N, D)`.

        Args:
            forecast: In the units of the data.
            level: Share of the readings to hold, from 0.01 to 0.99; in
                between the next hundredth.

        Raises:
            ValueError: If the level is out of range, or there were too few
                errors for it.
        """
        radius = self.half_width(level)
        return forecast - radius, forecast + radius

    def reach(self, level):
        """Whether there were errors enough for a level."""
        return bool(np.isfinite(self._radius(level)).all())

    def half_width(self, level):
        """Half of the width of intervals, `(horizon, N, D)`.

        Args:
            level: As in `bounds`.

        Raises:
            ValueError: As `bounds`.
        """
        radius = self._radius(level)
        if not np.isfinite(radius).all():
            raise ValueError(
                f"An interval of level {level:g} needs more errors than the "
                f"{self.errors} of validation. Ask for a lower level, or give "
                "validation more windows (`parts`)."
            )
        return radius

    def _radius(self, level):
        check_level(level)
        return self.radius[math.ceil(level * 100 - 1e-9) - 1]

    def save(self, path):
        """Write them to an `.npz` file, atomically."""
        with atomic_write(Path(path)) as temporary:
            np.savez_compressed(
                temporary,
                radius=self.radius.astype(np.float32),
                by_sensor=self.by_sensor,
                errors=self.errors,
            )

    @classmethod
    def load(cls, path):
        """Read a file of `save`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as saved:
                return cls(
                    saved["radius"].astype(np.float64),
                    bool(saved["by_sensor"]),
                    int(saved["errors"]),
                )
        except FileNotFoundError:
            raise
        except Exception as error:  # by where it is damaged: a dozen kinds
            raise ValueError(
                f"{path} is no whole file of intervals ({error}). Delete it: "
                "it is made anew from the data of the run."
            ) from error


def calibrate(model, windows):
    """Intervals from the errors on validation, its second half.

    Validation chose the epoch, so that errors on it are a little too small:
    its first half gives the sensors' `sigma` alone. The halves are of windows
    in order of time.

    Args:
        model: As in `predict_windows`.
        windows: The validation `Windows`.

    Returns:
        `Intervals`.

    Raises:
        ValueError: If a half of the windows has no errors.
    """
    half = len(windows) // 2
    first, second = np.arange(half), np.arange(half, len(windows))
    if not half:
        raise ValueError(
            f"Intervals need two windows of validation or more; there are "
            f"{len(windows)}. Give validation more (`parts`)."
        )
    sigma = _sigma(_errors(model, windows, first))  # (N, D)
    errors = _errors(model, windows, second) / sigma  # (B, horizon, N, D)
    by_sensor = _days(windows, second) >= DAYS_BY_SENSOR
    counts = np.isfinite(errors).sum(axis=0)  # (horizon, N, D)
    if not counts.sum(axis=1).all():
        raise ValueError(
            "No reading of the second half of validation is present, so that "
            "there are no errors for intervals. Give validation more (`parts`)."
        )
    radius = np.empty((len(LEVELS), *errors.shape[1:]))
    for step in range(errors.shape[1]):
        for target in range(errors.shape[3]):
            found = errors[:, step, :, target]  # (B, N)
            radius[:, step, :, target] = _quantiles(found)[:, None]
            if by_sensor:
                for node in np.flatnonzero(counts[step, :, target] >= _ENOUGH):
                    own = _quantiles(found[:, node])
                    radius[:, step, node, target] = own
    fewest = int(counts.sum(axis=1).min())
    return Intervals(radius * sigma, by_sensor, fewest)


def score_intervals(intervals, model, windows, level, steps):
    """Coverage, width and scores of intervals, by horizon step.

    The interval score of level `a = 1 - e` is

        upper - lower + 2/e (lower - y)+ + 2/e (y - upper)+

    and the weighted interval score the mean of those of `SCORED`, each times
    `e / 2`, and half the absolute error, over `len(SCORED) + 1/2` (Gneiting
    and Raftery 2007; Bracher et al. 2021). Both are in the units of the data,
    the smaller the better.

    Args:
        intervals: `Intervals`.
        model: As in `predict_windows`.
        windows: The `Windows` to score.
        level: Of coverage, width and interval score.
        steps: Horizon steps, counted from 1, and `"all"`.

    Returns:
        `{step: {"coverage", "width", "interval_score",
        "weighted_interval_score"}}`, over all present readings; of several
        targets, whose units differ, `{target: ...}` of these.
    """
    check_level(level)
    sums = [{step: np.zeros(5) for step in steps} for _ in windows.targets]
    for forecast, target, mask in predict_windows(model, windows):
        forecast = forecast.astype(np.float64)
        target = target.astype(np.float64)
        present = np.ones(target.shape, bool) if mask is None else mask != 0
        low, high = intervals.bounds(forecast, level)
        figures = np.stack(
            [
                np.where(np.isnan(forecast), np.nan, 1.0)
                * ((low <= target) & (target <= high)),
                high - low,
                interval_score(target, low, high, level),
                _weighted(intervals, forecast, target),
                np.ones(target.shape),
            ]
        )  # (5, B, horizon, N, D)
        for number, of_target in enumerate(sums):
            for step in steps:
                at = slice(None) if step == "all" else slice(step - 1, step)
                chosen = present[:, at, :, number]
                of_step = figures[:, :, at, :, number]
                of_target[step] += of_step[:, chosen].sum(axis=1)
    return by_target(windows, [_means(of_target) for of_target in sums])


def _means(sums):
    found = {}
    for step, row in sums.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            means = row[:4] / row[4]
        found[step] = dict(zip(FIGURES, means.tolist(), strict=True))
    return found


def interval_score(y, lower, upper, level):
    """The interval score of each reading, see `score_intervals`.

    Example:
    >>> float(interval_score(np.float64(12), 8.0, 10.0, 0.8))  # 2 + 10 * 2
    22.0
    """
    outside = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
    return upper - lower + 2 / (1 - level) * outside


def check_level(level):
    """Raise unless a level is a share from 0.01 to 0.99.

    Raises:
        ValueError: If not.
    """
    number = isinstance(level, (int, float)) and not isinstance(level, bool)
    if not number or not 0.01 <= level <= 0.99:
        raise ValueError(
            f"`level` is {level!r}; expected a share of the readings from "
            "0.01 to 0.99, such as 0.8."
        )


def _weighted(intervals, forecast, target):
    total = np.abs(target - forecast) / 2
    for level in SCORED:
        low, high = intervals.bounds(forecast, level)
        score = interval_score(target, low, high, level)
        total = total + (1 - level) / 2 * score
    return total / (len(SCORED) + 0.5)


def _errors(model, windows, indices):
    # `(B, horizon, N, D)`; NaN where the reading is missing.
    found = []
    batches = predict_windows(model, windows, indices=indices)
    for forecast, target, mask in batches:
        error = np.abs(target.astype(np.float64) - forecast)
        if not np.isfinite(forecast).all():
            raise ValueError(
                "The model forecasts NaN or infinity on validation; it has no "
                "intervals. Train again with a lower learning rate."
            )
        found.append(error if mask is None else np.where(mask, error, np.nan))
    return np.concatenate(found)


def _sigma(errors):
    # Mean absolute error of each sensor and target, `(N, D)`.
    present = np.isfinite(errors)
    counts = present.sum(axis=(0, 1))
    sums = np.where(present, errors, 0).sum(axis=(0, 1))
    sigma = sums / np.maximum(counts, 1)
    usual = np.array(
        [
            np.median(column[count > 0]) if (count > 0).any() else 1.0
            for column, count in zip(sigma.T, counts.T, strict=True)
        ]
    )
    usual = np.where(usual > 0, usual, 1.0)
    sigma = np.where(counts > 0, sigma, usual)
    return np.maximum(sigma, _LEAST * usual)


def _quantiles(errors):
    # Of each level; infinity where there are too few errors.
    errors = np.sort(errors[np.isfinite(errors)], axis=None)
    places = np.ceil((len(errors) + 1) * LEVELS - 1e-9).astype(int)
    found = np.append(errors, np.inf)
    return found[np.minimum(places, len(errors) + 1) - 1]


def _days(windows, indices):
    rows = windows.target_rows(indices)
    if windows.timestamps is None:
        return len(np.unique(rows // windows.steps_per_day))
    return len(np.unique(windows.timestamps[rows].astype("datetime64[D]")))
