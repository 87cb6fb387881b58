"""Intervals from the errors on validation."""

import numpy as np

from keras_stunet.evaluation.intervals.bounds import LEVELS
from keras_stunet.evaluation.intervals.bounds import Intervals
from keras_stunet.evaluation.intervals.bounds import span
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.quantiles import median_of

DAYS_BY_SENSOR = 20
_ENOUGH = 200  # errors of a sensor, for a quantile of its own
_LEAST = 0.05  # of the median sensor's error, so that none is taken for sure


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
    quantiles = getattr(model, "quantiles", None)
    made, target = _forecasts(model, windows, first)
    middle = median_of(made, quantiles)
    sigma = _sigma(np.abs(target - middle))  # (N, D)
    made, target = _forecasts(model, windows, second)
    by_sensor = _days(windows, second) >= DAYS_BY_SENSOR
    counts = np.isfinite(target).sum(axis=0)  # (horizon, N, D)
    if not counts.sum(axis=1).all():
        raise ValueError(
            "No reading of the second half of validation is present, so that "
            "there are no errors for intervals. Give validation more (`parts`)."
        )
    of_sensors = by_sensor & (counts >= _ENOUGH)
    if quantiles is None:
        errors = np.abs(target - made) / sigma  # (B, horizon, N, D)
        radius = _radii(errors, LEVELS, of_sensors)
    else:
        radius = np.concatenate(
            [
                _radii(
                    _beyond(target, made, quantiles, a) / sigma, [a], of_sensors
                )
                for a in LEVELS
            ]
        )
    fewest = int(counts.sum(axis=1).min())
    return Intervals(radius * sigma, by_sensor, fewest, quantiles)


def _radii(errors, levels, of_sensors):
    # (levels, horizon, N, D), from errors (B, horizon, N, D).
    radius = np.empty((len(levels), *errors.shape[1:]))
    for step in range(errors.shape[1]):
        for target in range(errors.shape[3]):
            found = errors[:, step, :, target]  # (B, N)
            radius[:, step, :, target] = _smallest(found, levels)[:, None]
            for node in np.flatnonzero(of_sensors[step, :, target]):
                own = _smallest(found[:, node], levels)
                radius[:, step, node, target] = own
    return radius


def _beyond(target, made, quantiles, level):
    # How far targets are beyond the quantiles, below 0 between them.
    low, high = span(made, quantiles, level)
    return np.maximum(low - target, target - high)  # (B, horizon, N, D)


def _forecasts(model, windows, indices):
    # (B, horizon, N, D Q) and targets, NaN where the reading is missing.
    found = []
    batches = predict_windows(model, windows, indices=indices, whole=True)
    for forecast, target, mask in batches:
        if not np.isfinite(forecast).all():
            raise ValueError(
                "The model forecasts NaN or infinity on validation; it has no "
                "intervals. Train again with a lower learning rate."
            )
        target = target.astype(np.float64)
        if mask is not None:
            target = np.where(mask, target, np.nan)
        found.append((forecast, target))
    return [np.concatenate(part) for part in zip(*found, strict=True)]


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


def _smallest(errors, levels):
    # The ceil((n + 1) level)-th smallest; infinity where there are too few.
    errors = np.sort(errors[np.isfinite(errors)], axis=None)
    places = np.ceil((len(errors) + 1) * np.asarray(levels) - 1e-9).astype(int)
    found = np.append(errors, np.inf)
    return found[np.minimum(places, len(errors) + 1) - 1]


def _days(windows, indices):
    rows = windows.target_rows(indices)
    if windows.timestamps is None:
        return len(np.unique(rows // windows.steps_per_day))
    return len(np.unique(windows.timestamps[rows].astype("datetime64[D]")))
