"""How windows are gathered from a series: by rows, all features in order."""

import numpy as np


def gather_windows(
    xp,
    values,
    mask,
    calendar,
    input_rows,
    target_rows,
    mask_channel,
    targets,
    usual=None,
):
    """Batches of windows, by NumPy or by `jax.numpy`.

    Args:
        xp: The module of arrays, `numpy` or `jax.numpy`.
        values: `(steps, N)` or `(steps, N, D)` readings.
        mask: Booleans of the same shape, or `None`.
        calendar: `(steps, C)` calendar features, or `None`.
        input_rows: `(B, history)` rows of the series.
        target_rows: `(B, horizon)` rows of the series.
        mask_channel: Whether presence is an input feature.
        targets: Numbers of the measurements to forecast.
        usual: `UsualRows`, or `None`.

    Returns:
        What `Windows.gather` describes.
    """
    x = by_measurement(values[input_rows], values)  # (B, history, N, D)
    present = None
    if mask is not None:
        present = by_measurement(mask[input_rows], values)
    before = ahead = None
    if usual is not None:
        rows = xp.concatenate([input_rows, target_rows], axis=1)
        known = usual.values[usual.variants(rows), rows]  # (B, T, N, 2 D)
        history = input_rows.shape[1]
        before, ahead = known[:, :history], known[:, history:]
        if present is not None:
            x = xp.where(present, x, before[..., : x.shape[-1]])

    def calendar_of(rows):
        extra = calendar[rows][:, :, None, :]
        shape = (*extra.shape[:2], x.shape[2], extra.shape[3])
        return xp.broadcast_to(extra, shape)  # (..., N, C)

    features = [x]
    if calendar is not None:
        features.append(calendar_of(input_rows))
    if mask_channel:
        features.append(
            xp.ones_like(x) if mask is None else present.astype(xp.float32)
        )
    if usual is not None:
        features.append(before)
        future = [ahead]
        if calendar is not None:
            future.insert(0, calendar_of(target_rows))
        future = xp.concatenate(future, axis=-1)  # (B, horizon, N, C + 2 D)
    x = xp.concatenate(features, axis=-1)  # (B, history, N, F)
    if usual is not None:
        x = x, future

    def target_of(array):  # (B, horizon, N, targets)
        rows = by_measurement(array[target_rows], values)
        return chosen(rows, targets)

    y = target_of(values)
    if mask is None:
        return x, y
    return x, y, target_of(mask).astype(xp.float32)


def feature_names(measurements, calendar, mask_channel=False, usual=False):
    """Names of the input features of a history, in their order.

    Args:
        measurements: Names of the measurements.
        calendar: Names of the calendar features.
        mask_channel: Whether presence is among them.
        usual: Whether usual readings and spreads are.
    """
    kinds = ["present"] * bool(mask_channel)
    kinds += ["usual", "spread"] * bool(usual)
    rest = [f"{name} {kind}" for kind in kinds for name in measurements]
    return [*measurements, *calendar, *rest]


def by_measurement(rows, values):
    """Rows of a series with an axis of measurements, also where it has none.

    Args:
        rows: `(..., N)` or `(..., N, D)`.
        values: The series, `(steps, N)` or `(steps, N, D)`.

    Returns:
        `(..., N, D)`.
    """
    return rows[..., None] if values.ndim == 2 else rows


def chosen(readings, targets):
    """The measurements `targets` of readings `(..., D)`, in their order."""
    if targets == tuple(range(readings.shape[-1])):
        return readings
    return readings[..., np.array(targets)]
