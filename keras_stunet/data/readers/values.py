"""Readings of sensors over time from csv, parquet, npz and npy files."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.edge_lists import is_edge_list
from keras_stunet.data.readers.file_form import FileForm
from keras_stunet.data.readers.long_rows import check_wide
from keras_stunet.data.readers.long_rows import is_long
from keras_stunet.data.readers.long_rows import wide_from_long
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import unpacked_name
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.tables import read_parquet
from keras_stunet.data.readers.time_columns import time_first
from keras_stunet.data.readers.time_columns import without_times
from keras_stunet.data.readers.value_arrays import read_value_arrays
from keras_stunet.data.readers.wide_rows import wide_rows

TEXT = (".csv", ".txt", ".tsv")


def read_values(path, **form):
    """Reads readings of sensors over time from a file.

    - `.csv` (or `.txt`, `.tsv`), wide: a first line of headings, the sensors'
      from the second column on; then a line for each time: the time and a
      reading of each sensor. Date and time of day may be two columns. A row
      number before the time, as pandas writes it, is left out; where headings
      are missing, sensors are numbered from 0.
    - The same, long: three columns of time, sensor and reading. Three columns
      are long if the second is called sensor, station, detector or node
      (also with `_id`) or id, or if none of its cells is a number; else they
      are wide, of two sensors.
    - The same without times, with `start` and `interval`: a column a sensor,
      with or without headings.
    - `.parquet`: the same tables; a wide one may have its times as index.
    - `.npz`: `values` (or `data`) `(steps, N)` or `(steps, N, 1)`,
      `timestamps` `(steps,)` or `start` and `interval`, and optionally
      `node_ids` `(N,)` (else 0, 1, ...) and `mask` `(steps, N)`, true where
      a reading is present; or a `Series` that was saved. `.npy`: `values`
      alone.
    - Any of these gzipped (`.gz`) or as the one file in a `.zip`.

    A reading is missing where the cell is empty, NaN, NA, null or none, or
    holds a number in `missing`. How times may be written is said at
    `keras_stunet.data.readers.timestamps.read_times`. Wide rows keep their
    order, and gaps and repetitions stay: `time_grid` takes care of these.
    Long rows come in order of time, and the sensors in that of the file.

    Args:
        path: The file.
        **form: What the file does not say itself, the arguments of
            `FileForm`: `start`, `interval`, `separator`, `decimal`,
            `date_format`, `missing`.

    Returns:
        A float64 data frame: a row a time (`DatetimeIndex` without time
        zone), a column a sensor (its id as text), NaN where missing.

    Raises:
        OSError: If the file cannot be opened.
        TypeError: If `form` has another argument.
        ValueError: If it is damaged or no such table; says the line.
    """
    form = FileForm(**form)
    path = check_file(path)
    name = unpacked_name(path)
    if name.endswith(TEXT):
        frame = _from_csv(path, form)
    elif name.endswith(".parquet"):
        frame = _from_parquet(path, form)
    elif name.endswith((".npz", ".npy")):
        frame = read_value_arrays(path, form)
    else:
        raise ValueError(
            f"{path} is no .csv, .parquet, .npz or .npy file, nor one of "
            "these in a .gz or .zip; expected the readings in one of these. "
            "Save it as one, such as with pandas' `to_csv`."
        )
    if not form.missing:
        return frame
    values = form.without_missing(frame.to_numpy())
    known = pd.DataFrame(values, frame.index, frame.columns)
    known.attrs |= frame.attrs
    return known


def _from_csv(path, form):
    table = read_csv(path, separator=form.separator, decimal=form.decimal)
    if is_edge_list(table.head):
        raise ValueError(
            f"{path}, line 1: these are the headings of an edge list; expected "
            "readings. Are the files of readings and of the graph swapped?"
        )
    if form.untimed:
        table = without_times(table, form)
        headings, body = table.head, table.body
        sensors = check_headings(path, headings, "sensor")
        values = _numbers(body, range(len(headings)), sensors)
        return wide_rows(path, None, values, sensors, body.place, form)
    table = time_first(table, form)
    headings, table = table.head, table.body
    long = len(headings) == 3 and is_long(
        headings[1], table.columns[1].to_pylist()
    )
    if not long:
        check_wide(path, headings)
        sensors = check_headings(path, headings[1:], "sensor")
    if not len(table):
        raise ValueError(
            f"{path} has headings and no readings; expected rows below them."
        )
    times = table.columns[0].to_pylist()
    if not long:
        values = _numbers(table, range(1, len(headings)), sensors)
        return wide_rows(path, times, values, sensors, table.place, form)
    named = np.array(
        [cell.strip() for cell in table.columns[1].to_pylist()], "O"
    )
    values = _numbers(table, [2], named, long=True)
    codes, sensors = pd.factorize(named)
    return wide_from_long(
        path, times, codes, list(sensors), values[:, 0], table.place, form
    )


def _numbers(table, columns, sensors, long=False):
    """The readings; `sensors` are those of columns, or of rows if long."""
    values, bad = table.numbers(columns)
    if bad.any():
        row, column = map(int, np.argwhere(bad)[0])
        sensor = sensors[row if long else column]
        cell = table.columns[columns[column]][row].as_py()
        width = 0 if long else len(sensors)
        _raise_text(table.place(row), sensor, cell, width)
    return values


def _from_parquet(path, form):
    table = read_parquet(path)
    if form.untimed:
        if not isinstance(table.index, pd.RangeIndex):
            raise ValueError(
                f"{path} has an index of its own, {table.index[:1].tolist()}; "
                "expected none with `start` and `interval`. If it holds the "
                "times, leave these out."
            )
    elif not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index()
    headings = [str(name) for name in table.columns]
    first = 0 if form.untimed else 1
    if len(headings) <= first or not len(table):
        raise ValueError(
            f"{path} has {len(headings)} columns and {len(table)} rows; "
            "expected times and a column for each sensor, a row a time."
        )
    times = None if form.untimed else table.iloc[:, 0]

    def place(row):
        return f"{path}, row {row + 1}"

    if len(headings) == 3 and not form.untimed:
        second = table.iloc[:, 1].map(str)
        if is_long(headings[1], second):
            codes, sensors = pd.factorize(second)
            values = _column(path, headings[2], table.iloc[:, 2])
            return wide_from_long(
                path, times, codes, list(sensors), values, place, form
            )
    if not form.untimed:
        check_wide(path, headings)
    sensors = check_headings(path, headings[first:], "sensor")
    values = np.stack(
        [
            _column(path, name, table.iloc[:, at])
            for at, name in enumerate(sensors, first)
        ],
        axis=1,
    )
    return wide_rows(path, times, values, sensors, place, form)


def _column(path, name, column):
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
    try:
        if kind not in "iufO":
            raise TypeError(f"it has dtype {column.dtype}")
        if any(isinstance(cell, (str, bool)) for cell in column[:1]):
            raise TypeError("it holds text")
        return column.to_numpy("float64", na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: column {name!r} holds no readings: {error}. Expected "
            "numbers; convert it with `pandas.to_numeric` first."
        ) from error


def _raise_text(place, sensor, cell, sensors=0):
    hint = "Correct it, or leave the cell empty where nothing was read."
    if sensors == 2:
        hint += " If the file is long, call its second column `sensor`."
    if cell.count(",") == 1:
        hint = "If the comma is its decimal mark, say so: --decimal ,"
    raise ValueError(
        f"{place}, sensor {sensor!r}: {cell[:40]!r} is no number. {hint}"
    )
