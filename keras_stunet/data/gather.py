"""How windows are gathered from a series: by rows, all features in order."""

from typing import NamedTuple

import numpy as np


class SeriesArrays(NamedTuple):
    """The arrays that windows are gathered from.

    Attributes:
        values: `(steps, N)` or `(steps, N, D)` readings.
        mask: Booleans of the same shape, or `None`.
        known: `(steps, 1, C + E)` or `(steps, N, C + E)`, C calendar features
            and E covariates; or `None`.
        static: `(N, S)` what sensors are, or `None`.
        usual: `UsualRows`, or `None`.
    """

    values: np.ndarray
    mask: np.ndarray | None = None
    known: np.ndarray | None = None
    static: np.ndarray | None = None
    usual: tuple | None = None


class WindowForm(NamedTuple):
    """What windows hold of these.

    Attributes:
        history: Input steps.
        horizon: Target steps.
        targets: Numbers of the measurements to forecast.
        mask_channel: Whether presence is an input feature.
        future: Whether what is known of the steps ahead is a second input.
        shifted: Number E of covariates whose values `horizon` steps later
            stand in the history.
    """

    history: int
    horizon: int
    targets: tuple
    mask_channel: bool = False
    future: bool = False
    shifted: int = 0


def gather_windows(xp, series, form, input_rows, target_rows):
    """Batches of windows, by NumPy or by `jax.numpy`.

    Args:
        xp: The module of arrays, `numpy` or `jax.numpy`.
        series: `SeriesArrays`.
        form: A `WindowForm`.
        input_rows: `(B, history)` rows of the series.
        target_rows: `(B, horizon)` rows of the series.

    Returns:
        What `Windows.gather` describes.
    """
    values, mask, usual = series.values, series.mask, series.usual
    x = by_measurement(values[input_rows], values)  # (B, history, N, D)
    nodes = x.shape[2]
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

    def known_of(rows, count=None):
        extra = series.known[rows]  # (B, T, 1 or N, C + E)
        extra = extra if count is None else extra[..., -count:]
        shape = (*extra.shape[:2], nodes, extra.shape[3])
        return xp.broadcast_to(extra, shape)

    features = [x]
    if series.known is not None:
        features.append(known_of(input_rows))
    if form.shifted:
        features.append(known_of(input_rows + form.horizon, form.shifted))
    if series.static is not None:
        shape = (*x.shape[:3], series.static.shape[-1])
        features.append(xp.broadcast_to(series.static, shape))
    if form.mask_channel:
        features.append(
            xp.ones_like(x) if mask is None else present.astype(xp.float32)
        )
    if usual is not None:
        features.append(before)
    x = xp.concatenate(features, axis=-1)  # (B, history, N, F)
    if form.future:
        future = [] if series.known is None else [known_of(target_rows)]
        future += [] if usual is None else [ahead]
        x = x, xp.concatenate(future, axis=-1)  # (B, horizon, N, _)

    def target_of(array):  # (B, horizon, N, targets)
        rows = by_measurement(array[target_rows], values)
        return chosen(rows, form.targets)

    y = target_of(values)
    if mask is None:
        return x, y
    return x, y, target_of(mask).astype(xp.float32)


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
