"""Files of covariates, and of what sensors are."""

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import unpacked_name
from keras_stunet.data.readers.tables import SENSOR_WORDS
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.tables import read_parquet
from keras_stunet.data.readers.tables import text_table
from keras_stunet.data.readers.times.timestamps import read_times
from keras_stunet.data.readers.values.file_form import FileForm
from keras_stunet.data.readers.values.rows import UTC_OFFSET
from keras_stunet.messages import counted
from keras_stunet.messages import listed

# Attribute of a frame that was read: the file.
SOURCE = "source"
_LARGEST = float(np.finfo("float32").max)


def read_covariates(path, text=(), **form):
    """What is known in advance, from a csv or parquet file.

    Its first column holds times, as `read_values` takes them; the others a
    covariate each: numbers, or text if one of its cells is none or all are
    empty. A second column that is called
    sensor (or station, detector, node, also with `_id`, or id) makes it a
    table by time and sensor. A row holds until the next one is due: hourly
    values may go with readings of five minutes.

    Args:
        path: The file.
        text: Names of columns that are text, whatever their cells look like.
        **form: What it does not say itself: `separator`, `decimal` and
            `date_format` of `FileForm`.

    Returns:
        A data frame in order of time: the `DatetimeIndex` has no time zone
        (its offset is in `attrs`), and the columns are covariates, or two
        levels, covariate and sensor.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged or no such table; says the line.
    """
    path, form = check_file(path), _form(form)
    table = _table(path, form)
    headings, rows = table.head, table.body
    by_sensor = len(headings) > 2 and _is_sensor(headings[1])
    first = 2 if by_sensor else 1
    names = check_headings(path, headings[first:], "column")
    if not names or not len(rows):
        raise ValueError(
            f"{path} has {counted(len(headings), 'column')} and "
            f"{counted(len(rows), 'row')}; expected times, a column for each "
            "covariate, and a row a time."
        )
    written = rows.columns[0].to_pylist()
    times, offset = read_times(written, path, rows.place, form.date_format)
    columns = {
        name: _cells(rows, at) if name in text else _column(rows, at, name)
        for at, name in enumerate(names, first)
    }
    index = [pd.DatetimeIndex(times, name="time")]
    if by_sensor:
        index.append(_cells(rows, 1))
    keys = pd.MultiIndex.from_arrays(index) if by_sensor else index[0]
    twice = keys.duplicated()
    if twice.any():
        at = int(np.argmax(twice))
        raise ValueError(
            f"{rows.place(at)}: {listed([keys[at]])} was there before; "
            "expected one row of it."
        )
    frame = pd.DataFrame(columns, keys)
    if by_sensor:
        frame = frame.unstack()
        lacking = frame.isna()
        if lacking.to_numpy().any():
            row, column = np.argwhere(lacking.to_numpy())[0]
            raise ValueError(
                f"{path}: {frame.columns[column][1]!r} has no row at "
                f"{frame.index[row]}; expected one of each sensor at each "
                "time of the file."
            )
    frame = frame.sort_index()
    frame.attrs |= {UTC_OFFSET: offset, SOURCE: str(path)}
    return frame


def read_static(path, node_ids, **form):
    """What sensors are, from a csv or parquet file.

    Args:
        path: The file: a column that is called sensor (or station, detector,
            node, also with `_id`, or id), and others of numbers or text.
        node_ids: `(N,)` names of the sensors.
        **form: As in `read_covariates`.

    Returns:
        `{name: (N,) array}`.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, a sensor is unknown, twice there or
            without a row.
    """
    path = check_file(path)
    table = _table(path, _form(form))
    headings, rows = table.head, table.body
    places = [at for at, name in enumerate(headings) if _is_sensor(name)]
    if len(places) != 1 or len(headings) < 2:
        raise ValueError(
            f"{path} has the headings {', '.join(headings)}; expected one "
            "called sensor, and others that say what a sensor is."
        )
    named = _cells(rows, places[0]).tolist()
    place = {name: at for at, name in enumerate(named)}
    node_ids = [str(name) for name in node_ids]
    if len(place) < len(named):
        at = next(i for i, name in enumerate(named) if place[name] != i)
        raise ValueError(
            f"{path}: the sensor {named[at]!r} has two rows; expected one."
        )
    for at, name in enumerate(named):
        if name not in node_ids:
            raise ValueError(
                f"{rows.place(at)}: the readings have no sensor {name!r}."
                f"{did_you_mean(name, node_ids)} Expected rows of their "
                f"sensors: {listed(node_ids)}."
            )
    lacking = [name for name in node_ids if name not in place]
    if lacking:
        raise ValueError(
            f"{path} has no row of {counted(len(lacking), 'sensor')}: "
            f"{listed(lacking)}. Expected one of each."
        )
    order = [place[name] for name in node_ids]
    others = [at for at in range(len(headings)) if at != places[0]]
    names = check_headings(path, [headings[at] for at in others], "column")
    return {
        name: _column(rows, at, name)[order]
        for at, name in zip(others, names, strict=True)
    }


def _form(form):
    known = {"separator", "decimal", "date_format"}
    return FileForm(**{key: x for key, x in form.items() if key in known})


def _table(path, form):
    name = unpacked_name(path)
    if name.endswith(".parquet"):
        return text_table(path, read_parquet(path))
    return read_csv(path, separator=form.separator, decimal=form.decimal)


def _is_sensor(heading):
    return heading.strip().lower() in SENSOR_WORDS


def _cells(rows, at):
    return np.array([x.strip() for x in rows.columns[at].to_pylist()], str)


def _column(rows, at, name):
    """A column of numbers; of text if a cell is none, or all are empty."""
    values, bad = rows.numbers([at])
    if bad.any():
        return _cells(rows, at)
    values = values[:, 0]
    if np.isnan(values).all():
        return _cells(rows, at)
    bad = ~(abs(values) <= _LARGEST)  # or NaN
    if bad.any():
        row = int(np.argmax(bad))
        found = "missing" if np.isnan(values[row]) else f"{values[row]:g}"
        raise ValueError(
            f"{rows.place(row)}: {name!r} is {found}; expected a finite number "
            "in each row. What is only known of the past is a measurement, "
            "and not a covariate."
        )
    return values
