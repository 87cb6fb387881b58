"""Mean and standard deviation of the training readings, by which models scale.

All of it comes from the rows that training windows cover, each row once; no
reading of another row enters.
"""

import numpy as np

from keras_stunet.checks import check_choice

SCALES = ("all", "sensor")
_NEAR_CONSTANT = 1 / 100  # of the deviation of the median sensor
_APART = 1 / 2  # of how readings vary around their sensor's mean


def find_scale(series, rows, scale="all"):
    """Mean and standard deviation of each measurement, in original units.

    Population values (ddof 0), computed in float64 from present readings.

    With `scale="sensor"` each sensor has its own. A sensor without a reading
    takes the mean of all; it, and one that hardly varies (less than a
    hundredth of the median sensor), takes the deviation of the median sensor
    among those that vary: divided by its own, a later reading that differs
    would be as large as one likes.

    Args:
        series: A `Series`.
        rows: Rows of the training part.
        scale: `"all"` or `"sensor"`.

    Returns:
        Two numbers for one measurement, else two arrays `(D,)`; with
        `scale="sensor"` two arrays `(N, D)`.

    Raises:
        ValueError: If a measurement has no reading there, or no spread.
    """
    check_choice("scale", scale, SCALES)
    shape = (series.num_steps, series.num_nodes, series.num_measurements)
    values = series.values.reshape(shape)
    mask = None if series.mask is None else series.mask.reshape(shape)
    found = []
    for at, name in enumerate(series.measurement_names):
        what = repr(series.name)
        if series.num_measurements > 1:
            what += f", measurement {name!r},"
        readings = values[..., at][rows]  # (R, N)
        present = None if mask is None else mask[..., at][rows]
        pair = _of_all(readings, present, what)
        if scale == "sensor":
            pair = _by_sensor(readings, present, pair[0], what)
        found.append(pair)
    if scale == "all" and len(found) == 1:
        return found[0]
    mean, std = (np.stack(part, axis=-1) for part in zip(*found, strict=True))
    return mean, std


def suggested_scale(series, rows, targets=(0,)):
    """`"sensor"` for sensors of different size, else `"all"`.

    They are where their means, of one of the targets, have a standard
    deviation of more than half of the readings' own around their sensor's
    mean (its root mean square over the sensors).

    Args:
        series: A `Series`.
        rows: Rows of the training part.
        targets: Numbers of the measurements that are forecast.
    """
    shape = (series.num_steps, series.num_nodes, series.num_measurements)
    for at in targets:
        readings = series.values.reshape(shape)[..., at][rows]  # (R, N)
        present = None
        if series.mask is not None:
            present = series.mask.reshape(shape)[..., at][rows]
        mean, std, there = _of_each(readings, present)
        within = np.sqrt(np.square(std[there]).mean()) if there.any() else 0
        if within > 0 and mean[there].std() > _APART * within:
            return "sensor"
    return "all"


def filled(series, mean):
    """The readings, with the mean where one is missing.

    Args:
        series: A `Series`.
        mean: From `find_scale`: of all, or each sensor's own.

    Returns:
        An array of the shape of `series.values`.
    """
    if series.mask is None:
        return series.values
    if np.ndim(mean) == 2 and series.values.ndim == 2:
        mean = mean[:, 0]
    return np.where(series.mask, series.values, np.float32(mean))


def _of_all(readings, present, what):
    rows = len(readings)
    if present is not None:
        readings = readings[present]
    if readings.size == 0:
        raise ValueError(
            f"{what} has no present reading in its {rows} training rows. Give "
            "other `parts`, or check `mask` (True means present)."
        )
    mean = float(readings.mean(dtype=np.float64))
    std = float(readings.std(dtype=np.float64))
    if _is_nothing(std, mean):
        _raise_no_spread(what, f"equal {mean:g}: their standard deviation is 0")
    return mean, std


def _of_each(readings, present):
    # Mean and deviation of each sensor, and whether it has a reading: (N,).
    if present is None:
        present = np.ones(readings.shape, bool)
    readings = readings.astype(np.float64)
    count = np.maximum(present.sum(axis=0), 1)
    mean = np.sum(readings, axis=0, where=present) / count
    square = np.square(readings - mean)
    std = np.sqrt(np.sum(square, axis=0, where=present) / count)
    return mean, std, present.any(axis=0)


def _by_sensor(readings, present, mean_of_all, what):
    mean, std, there = _of_each(readings, present)
    mean = np.where(there, mean, mean_of_all)
    varies = ~_is_nothing(std, mean)
    if not varies.any():
        _raise_no_spread(what, "of a sensor are all the same, sensor by sensor")
    median = np.median(std[varies])
    return mean, np.where(std < _NEAR_CONSTANT * median, median, std)


def _is_nothing(std, mean):
    # A constant series can leave a rounding error instead of zero.
    return std <= 1e-12 * np.maximum(1.0, np.abs(mean))


def _raise_no_spread(what, found):
    raise ValueError(
        f"All present training readings of {what} {found} and nothing can be "
        "scaled by it. Check the readings and the mask."
    )
