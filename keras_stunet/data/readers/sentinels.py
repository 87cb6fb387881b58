"""Numbers in place of missing readings: 0, -1, 99999."""

import numpy as np

from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

_HINT = "If they stand for missing readings, leave these cells empty"
_FEW = 0.05  # share of readings
_FAR = 20  # times what 90 % of the readings are within
_MANY = 4  # sensors that are hardly ever all 0 at once,
_RARE = 0.01  # where other readings are hardly ever 0: counts at night are
_FAR_GAP = 5  # times the widest gap among the lower half of a sensor's others
_LONG = 12  # steps without a break, and
_LONGER = 5  # times the second longest run,
_HALF = 0.5  # where most sensors have less of them


def warn_of_sentinels(names, values, source):
    """Warns of readings that look as if they stood for missing ones.

    These are negative ones, few or all the same, some far larger than all
    others, and zeros: rows in which each of four sensors or more has 0, where
    otherwise hardly one has; those of a sensor whose other readings are all
    far from 0; and a run of them in one sensor, far longer than its others,
    while most sensors have other readings.

    Args:
        names: The sensors.
        values: `(steps, N)` readings, NaN where missing.
        source: Where they come from, for messages.

    Example:
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn_of_sentinels(
    ...         ["a"], np.array([[-1.0], *[[60.0]] * 20]), "x.csv"
    ...     )
    >>> print(caught[0].message)
    x.csv: 1 reading below 0, the least -1, at 1 sensor: a. If they stand for
    missing readings, leave these cells empty (of a file: --missing -1).
    """
    names = np.asarray(names)
    present = ~np.isnan(values)
    size = np.where(present, np.abs(values), 0)
    usual = np.percentile(size[present], 90)

    def warn(found, what, number):
        sensors = names[found.any(axis=0)]
        warn_user(
            f"{source}: {counted(int(found.sum()), 'reading')} {what}, at "
            f"{counted(len(sensors), 'sensor')}: {listed(sensors)}. {_HINT} "
            f"(of a file: --missing {number:g})."
        )

    below = values < 0
    least = values[present].min()
    few = below.sum() <= _FEW * present.sum()
    alike = (values == least).sum() >= (1 - _FEW) * below.sum()
    if least < 0 and (few or alike):
        warn(below, f"below 0, the least {least:g}", least)
    far = size > _FAR * usual
    if usual > 0 and far.any():
        most = values.flat[size.argmax()]
        warn(
            far,
            f"far from all others, the farthest {most:g} where 90 % are "
            f"within {usual:.3g}",
            most,
        )
    zero = (values == 0) | ~present
    rows = zero.all(axis=1) & (present.sum(axis=1) >= _MANY)
    elsewhere = (values == 0)[~rows].sum() / max(present[~rows].sum(), 1)
    if rows.any() and not rows.all() and elsewhere < _RARE:
        warn_user(
            f"{source}: {counted(int(rows.sum()), 'row')} in which all "
            f"readings are 0. {_HINT} (of a file: --missing 0)."
        )
        return
    lonely, nearest = np.zeros(values.shape, bool), np.inf
    for at in np.flatnonzero((values == 0).any(axis=0)):
        others = values[(values[:, at] != 0) & present[:, at], at]
        if _is_far_from_zero(others):
            lonely[:, at] = values[:, at] == 0
            nearest = min(nearest, others.min())
    if lonely.any():
        warn(lonely, f"of 0, where the least other one is {nearest:g}", 0)
    runs = _long_runs((values == 0) & ~lonely, present)
    if runs.any():
        warn(
            runs,
            "of 0 without a break, where most sensors have others",
            0,
        )


def _is_far_from_zero(others):
    """Whether readings keep a distance from 0 that they keep nowhere else.

    Counts are as far from one another as from 0, and so is rain.
    """
    distinct = np.unique(others)
    if len(distinct) < 2 or distinct[0] <= 0:
        return False
    lower = distinct[distinct <= np.median(others)]
    gaps = np.diff(lower if len(lower) > 1 else distinct)
    return bool(distinct[0] > _FAR_GAP * gaps.max())


def _long_runs(zero, present):
    """Zeros of the one long run of a sensor, while most others have readings.

    Args:
        zero: `(steps, N)` booleans.
        present: `(steps, N)` booleans.
    """
    found = np.zeros(zero.shape, bool)
    if zero.shape[1] < _MANY:
        return found
    for at in np.flatnonzero(zero.sum(axis=0) >= _LONG):
        edge = np.diff(zero[:, at].astype(np.int8), prepend=0, append=0)
        starts, ends = np.flatnonzero(edge == 1), np.flatnonzero(edge == -1)
        lengths = np.sort(ends - starts)
        second = lengths[-2] if len(lengths) > 1 else 0
        if lengths[-1] < max(_LONG, _LONGER * second):
            continue
        longest = int((ends - starts).argmax())
        rows = slice(starts[longest], ends[longest])
        given = np.maximum(present[rows].sum(axis=0), 1)
        share = zero[rows].sum(axis=0) / given
        if np.median(np.delete(share, at)) < _HALF:
            found[rows, at] = True
    return found
