"""Covariates and what sensors are, from data frames."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.covariate_columns import checked_columns
from keras_stunet.data.readers.tables import names_sensors
from keras_stunet.data.readers.times.timestamps import read_times
from keras_stunet.data.readers.values.rows import UTC_OFFSET
from keras_stunet.messages import counted
from keras_stunet.messages import listed

# Attribute of a frame of covariates: where it comes from, for messages.
SOURCE = "source"
_LARGEST = float(np.finfo("float32").max)


def covariate_frame(frame, source="`covariates`", place=None):
    """A data frame of covariates as `read_covariates` returns it, checked.

    Args:
        frame: A row a time, with timestamps as its index and a column of
            numbers or text for each covariate; or with an index of times and
            sensors; or with columns of two levels, covariate and sensor.
        source: Where it comes from, for messages.
        place: `place(row)` says where a row is, for messages; by default its
            time.

    Raises:
        ValueError: If it is no data frame, rows are not dated or twice there,
            two columns have one name, a sensor has no row at a time, or a
            number is not known.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(
            f"{source} is a {type(frame).__name__}; expected a data frame, a "
            "row a time with its timestamp as index and a column for each "
            "covariate."
        )
    keys, names = frame.index, frame.columns
    offset = frame.attrs.get(UTC_OFFSET)
    source = frame.attrs.get(SOURCE, source)
    place = place or (lambda row: f"{source}, {listed([keys[row]])}")
    by_sensor = keys.nlevels == 2
    times = keys.get_level_values(0) if by_sensor else keys
    if not isinstance(times, pd.DatetimeIndex) or times.hasnans:
        raise ValueError(
            f"{source}: the rows are not all dated; expected a timestamp "
            "each, such as 2024-03-01 08:05, as the index."
        )
    if keys.has_duplicates:
        at = int(np.argmax(keys.duplicated()))
        raise ValueError(
            f"{place(at)}: {listed([keys[at]])} was there before; expected "
            "one row of it."
        )
    if names.has_duplicates:
        raise ValueError(
            f"{source}: there are two columns "
            f"{names[names.duplicated()][0]!r}; expected a name of its own "
            "for each."
        )
    if times.tz is not None:
        times, offset = read_times(times, source)
    times = pd.DatetimeIndex(times, name="time")
    columns = {
        at: known_column(frame.iloc[:, at], name, place)
        for at, name in enumerate(names)
    }
    if by_sensor:
        sensors = keys.get_level_values(1).astype(str)
        keys = pd.MultiIndex.from_arrays([times, sensors])
        frame = pd.DataFrame(columns, keys).set_axis(names.astype(str), axis=1)
        frame = frame.unstack()
        _check_whole(frame, source)
    else:
        frame = pd.DataFrame(columns, times).set_axis(_texts(names), axis=1)
    frame = frame.sort_index()
    frame.attrs |= {UTC_OFFSET: offset, SOURCE: source}
    return frame


def static_columns(frame, node_ids, source="`static`", place=None):
    """What sensors are, in their order.

    Args:
        frame: A data frame whose index, or a column called sensor, names the
            sensors, with a column of numbers or text for each of what they
            are; or `{name: (N,) array}` in the order of the sensors.
        node_ids: `(N,)` names of the sensors.
        source: Where it comes from, for messages.
        place: As in `covariate_frame`.

    Returns:
        `{name: (N,) array}`.

    Raises:
        ValueError: If a sensor is unknown, twice there or without a row, or
            a number is not known.
    """
    if isinstance(frame, Mapping):
        if not are_labelled(frame, source):
            shape = (len(node_ids),)
            return checked_columns(frame, [shape], source) or {}
        found = {}
        for name, column in frame.items():
            column = pd.concat({name: column}, axis=1)
            found |= static_columns(column, node_ids, source)
        return found
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(
            f"{source} is a {type(frame).__name__}; expected a data frame, a "
            "row a sensor, or a dict of an array for each name."
        )
    if isinstance(frame.index, pd.RangeIndex):
        naming = [x for x in frame.columns if names_sensors(str(x))]
        frame = frame.set_index(naming) if len(naming) == 1 else frame
    place = place or (lambda row: f"{source}, row {row}")
    named = [str(name).strip() for name in frame.index]
    found = {name: at for at, name in enumerate(named)}
    node_ids = [str(name) for name in node_ids]
    if len(found) < len(named):
        at = next(i for i, name in enumerate(named) if found[name] != i)
        raise ValueError(
            f"{source}: the sensor {named[at]!r} has two rows; expected one."
        )
    for at, name in enumerate(named):
        if name not in node_ids:
            raise ValueError(
                f"{place(at)}: the readings have no sensor {name!r}."
                f"{did_you_mean(name, node_ids)} Expected rows of their "
                f"sensors: {listed(node_ids)}."
            )
    lacking = [name for name in node_ids if name not in found]
    if lacking:
        raise ValueError(
            f"{source} has no row of {counted(len(lacking), 'sensor')}: "
            f"{listed(lacking)}. Expected one of each."
        )
    order = [found[name] for name in node_ids]
    return {
        str(name): known_column(frame.iloc[:, at], name, place)[order]
        for at, name in enumerate(frame.columns)
    }


def known_column(column, name, place):
    """A column as numbers or as text, after a check that all are known.

    Args:
        column: A `pandas.Series`; a missing cell of text is empty text.
        name: Of the column, for messages.
        place: `place(row)` says where a row is.

    Returns:
        `(rows,)` float64 or text.

    Raises:
        ValueError: If a number is missing or not finite, text and numbers
            are mixed, or they are neither.
    """
    if isinstance(name, tuple):
        name = f"{name[0]} of {name[1]}"
    if not pd.api.types.is_numeric_dtype(column.dtype):
        cells = column.to_numpy(object)
        there = ~pd.isna(cells)
        texts = np.array([isinstance(x, str) for x in cells], bool)
        if (texts == there).all():
            return np.where(there, cells, "").astype(str)
        if texts.any() or column.dtype.kind == "M":
            at = int(np.argmax(there & ~texts))
            raise ValueError(
                f"{place(at)}: {name!r} is {cells[at]!r:.40}; expected text as "
                "elsewhere, or numbers in all rows."
            )
    values = pd.to_numeric(column, errors="coerce")
    values = values.to_numpy("float64", na_value=np.nan)
    bad = ~(abs(values) <= _LARGEST)  # or NaN
    if bad.any():
        row = int(np.argmax(bad))
        found = "missing" if np.isnan(values[row]) else f"{values[row]:g}"
        raise ValueError(
            f"{place(row)}: {name!r} is {found}; expected a finite number "
            "in each row. What is only known of the past is a measurement, "
            "and not a covariate."
        )
    return values


def are_labelled(columns, what):
    """Whether all columns of a dict are of pandas, which name their rows.

    Raises:
        ValueError: If only some are.
    """
    if not isinstance(columns, Mapping):
        return False
    found = [isinstance(x, (pd.Series, pd.DataFrame)) for x in columns.values()]
    if any(found) and not all(found):
        raise ValueError(
            f"{what}: some are of pandas, which name their rows, and others "
            "arrays, which do not; expected one of both."
        )
    return any(found)


def _check_whole(frame, source):
    lacking = frame.isna().to_numpy()
    if lacking.any():
        row, column = np.argwhere(lacking)[0]
        raise ValueError(
            f"{source}: {frame.columns[column][1]!r} has no row at "
            f"{frame.index[row]}; expected one of each sensor at each "
            "time of the file."
        )


def _texts(names):
    if names.nlevels == 1:
        return names.astype(str)
    pairs = [tuple(str(part) for part in name) for name in names]
    return pd.MultiIndex.from_tuples(pairs)
