"""Files of covariates, and of what sensors are."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.covariate_frames import SOURCE
from keras_stunet.data.readers.covariate_frames import covariate_frame
from keras_stunet.data.readers.covariate_frames import known_column
from keras_stunet.data.readers.covariate_frames import static_columns
from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import unpacked_name
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.tables import names_sensors
from keras_stunet.data.readers.tables import read_parquet
from keras_stunet.data.readers.tables import text_table
from keras_stunet.data.readers.times.timestamps import read_times
from keras_stunet.data.readers.values.file_form import FileForm
from keras_stunet.data.readers.values.long_rows import UTC_OFFSET
from keras_stunet.messages import counted


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
    by_sensor = len(headings) > 2 and names_sensors(headings[1])
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
    keys = pd.DatetimeIndex(times, name="time")
    if by_sensor:
        keys = pd.MultiIndex.from_arrays([keys, _cells(rows, 1)])
    frame = pd.DataFrame(columns, keys)
    frame.attrs |= {UTC_OFFSET: offset, SOURCE: str(path)}
    return covariate_frame(frame, place=rows.place)


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
    places = [at for at, name in enumerate(headings) if names_sensors(name)]
    if len(places) != 1 or len(headings) < 2:
        raise ValueError(
            f"{path} has the headings {', '.join(headings)}; expected one "
            "called sensor, and others that say what a sensor is."
        )
    named = _cells(rows, places[0]).tolist()
    others = [at for at in range(len(headings)) if at != places[0]]
    names = check_headings(path, [headings[at] for at in others], "column")
    columns = {
        name: _column(rows, at, name)
        for at, name in zip(others, names, strict=True)
    }
    frame = pd.DataFrame(columns, named)
    return static_columns(frame, node_ids, path, rows.place)


def _form(form):
    known = {"separator", "decimal", "date_format"}
    return FileForm(**{key: x for key, x in form.items() if key in known})


def _table(path, form):
    name = unpacked_name(path)
    if name.endswith(".parquet"):
        return text_table(path, read_parquet(path))
    return read_csv(path, separator=form.separator, decimal=form.decimal)


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
    return known_column(pd.Series(values), name, rows.place)
