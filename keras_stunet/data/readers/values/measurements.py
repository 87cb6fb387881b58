"""Several measurements of each sensor, side by side in one wide table."""

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.messages import listed


def side_by_side(values, mask, measurements, node_ids, source):
    """The measurements of sensors as columns of one table.

    Args:
        values: `(steps, N, D)` readings, or a data frame with columns of two
            levels, measurement and sensor.
        mask: `None`, or an array of the shape of `values`.
        measurements: `(D,)` names, by default those of the data frame, or
            numbers.
        node_ids: `(N,)` names, by default those of the data frame, or numbers.
        source: Where the readings come from, for messages.

    Returns:
        Readings, an array or data frame `(steps, D N)`; the mask likewise; and
        what the columns are, an index of two levels, measurement and sensor.

    Raises:
        ValueError: If a measurement lacks a sensor that another has, there is
            a mask beside a data frame, or the names are not as many or not
            different.
    """
    if isinstance(values, pd.DataFrame):
        found = [_texts(values.columns.unique(level)) for level in (0, 1)]
        _check_whole(values.columns, found, source)
        if mask is not None:
            raise ValueError(
                f"{source}: `mask` is given beside a data frame of several "
                "measurements; which column is which is not known. Leave it "
                "out, and NaN in the cells of missing readings."
            )
        order = pd.MultiIndex.from_product(
            values.columns.unique(level) for level in (0, 1)
        )
        values = values[order]
    else:
        values = np.asarray(values)
        steps, sensors, count = values.shape
        own = ["reading"] if count == 1 else _texts(range(count))
        found = [own, _texts(range(sensors))]
        values = values.transpose(0, 2, 1).reshape(steps, -1)  # (steps, D N)
        if mask is not None:
            mask = np.asarray(mask)
            if mask.shape != (steps, sensors, count):
                raise ValueError(
                    f"{source}: `mask` has shape {mask.shape}; expected that "
                    f"of `values`, {(steps, sensors, count)}."
                )
            mask = mask.transpose(0, 2, 1).reshape(steps, -1)
    names = []
    for key, given, own in zip(
        ("measurements", "node_ids"),
        (measurements, node_ids),
        found,
        strict=True,
    ):
        given = own if given is None else _texts(given)
        if len(given) != len(own) or len(set(given)) < len(own) or "" in given:
            raise ValueError(
                f"{source}: `{key}` are {listed(given)}; expected "
                f"{len(own)} different names."
            )
        names.append(given)
    columns = pd.MultiIndex.from_product(names)
    if isinstance(values, pd.DataFrame):
        values = values.set_axis(labels(columns), axis=1)
    return values, mask, columns


def labels(columns):
    """A text for each column, for messages.

    Example:
    >>> labels(pd.MultiIndex.from_product([["flow", "speed"], ["a"]])).tolist()
    ['flow of a', 'speed of a']
    >>> labels(pd.Index(["a", "b"])).tolist()
    ['a', 'b']
    """
    if columns.nlevels == 1:
        return columns
    return pd.Index([f"{name} of {sensor}" for name, sensor in columns])


def sensors_of(columns):
    """The sensors of the columns of a frame of readings.

    Example:
    >>> both = pd.MultiIndex.from_product([["flow", "speed"], ["a", "b"]])
    >>> sensors_of(both).tolist()
    ['a', 'b']
    """
    return columns if columns.nlevels == 1 else columns.unique(1)


def with_measurements(source, frame, names):
    """A frame with the measurements that were said.

    Args:
        source: Where it comes from, for messages.
        frame: As `read_values` returns it.
        names: Those to choose, of several; or what its one is called; or none.

    Raises:
        ValueError: If one is not there, or one measurement has more names.
    """
    if not names:
        return frame
    if frame.columns.nlevels == 2:
        check_chosen(source, names, list(frame.columns.unique(0)))
        return frame[list(names)]
    if len(names) > 1:
        raise ValueError(
            f"{source} has one measurement of {len(frame.columns)} sensors, "
            f"and {len(names)} are said: {listed(names)}. Say one, or give "
            "a file of each: --values flow=FILE --values speed=FILE."
        )
    columns = pd.MultiIndex.from_product([names, frame.columns])
    return frame.set_axis(columns, axis=1)


def check_chosen(path, chosen, names):
    """Raise a ValueError unless all chosen measurements are there."""
    for name in chosen:
        if name not in names:
            raise ValueError(
                f"{path} has no measurement {name!r}, but {listed(names)}. "
                f"Say others (--measurements).{did_you_mean(name, names)}"
            )


def _texts(names):
    return [str(name).strip() for name in names]


def _check_whole(columns, found, source):
    there = {tuple(_texts(pair)) for pair in columns}
    for measurement in found[0]:
        lost = [s for s in found[1] if (measurement, s) not in there]
        if lost:
            raise ValueError(
                f"{source}: measurement {measurement!r} has no column for "
                f"sensor {listed(lost)}; expected one for each sensor that "
                "another has. Leave its cells empty where nothing was read."
            )
    if len(columns) > len(there):
        raise ValueError(
            f"{source}: two columns have the same measurement and sensor. "
            "Remove one of them."
        )
