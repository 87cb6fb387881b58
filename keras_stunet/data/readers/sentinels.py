"""Numbers in place of missing readings: 0, -1, 99999."""

import numpy as np

from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

_HINT = "If they stand for missing readings, leave these cells empty."
_FEW = 0.05  # share of readings
_FAR = 20  # times what 90 % of the readings are within
_MANY = 4  # sensors that are hardly ever all 0 at once,
_RARE = 0.01  # where other readings are hardly ever 0: counts at night are


def warn_of_sentinels(names, values, source):
    """Warns of readings that look as if they stood for missing ones.

    These are negative ones, few or all the same, some far larger than all
    others, and rows in which each of four sensors or more has 0, where
    otherwise hardly one has.

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
    x.csv: 1 reading below 0, the least -1, of 1 sensor: a. If they stand for
    missing readings, leave these cells empty.
    """
    names = np.asarray(names)
    present = ~np.isnan(values)
    size = np.where(present, np.abs(values), 0)
    usual = np.percentile(size[present], 90)

    def warn(found, what):
        sensors = names[found.any(axis=0)]
        warn_user(
            f"{source}: {counted(int(found.sum()), 'reading')} {what}, of "
            f"{counted(len(sensors), 'sensor')}: {listed(sensors)}. {_HINT}"
        )

    below = values < 0
    least = values[present].min()
    few = below.sum() <= _FEW * present.sum()
    alike = (values == least).sum() >= (1 - _FEW) * below.sum()
    if least < 0 and (few or alike):
        warn(below, f"below 0, the least {least:g}")
    far = size > _FAR * usual
    if usual > 0 and far.any():
        warn(
            far,
            f"far from all others, the farthest {values.flat[size.argmax()]:g} "
            f"where 90 % are within {usual:.3g}",
        )
    zero = (values == 0) | ~present
    rows = zero.all(axis=1) & (present.sum(axis=1) >= _MANY)
    elsewhere = (values == 0)[~rows].sum() / max(present[~rows].sum(), 1)
    if rows.any() and not rows.all() and elsewhere < _RARE:
        warn_user(
            f"{source}: {counted(int(rows.sum()), 'row')} in which all "
            f"readings are 0. {_HINT}"
        )
