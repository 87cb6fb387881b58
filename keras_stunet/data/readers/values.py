"""Readings of sensors over time from csv, parquet and npz files."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.array_files import read_arrays
from keras_stunet.data.readers.edge_lists import is_edge_list
from keras_stunet.data.readers.long_rows import UNORDERED
from keras_stunet.data.readers.long_rows import UTC_OFFSET
from keras_stunet.data.readers.long_rows import check_finite
from keras_stunet.data.readers.long_rows import check_wide
from keras_stunet.data.readers.long_rows import is_long
from keras_stunet.data.readers.long_rows import wide_from_long
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.tables import read_csv
from keras_stunet.data.readers.tables import read_parquet
from keras_stunet.data.readers.timestamps import read_times
from keras_stunet.data.series import Series


def read_values(path):
    """Reads readings of sensors over time from a file.

    - `.csv`, also gzipped, wide: a first line of headings, the sensors' from
      the second column on; then a line for each time: the time and a reading
      of each sensor.
    - The same, long: three columns of time, sensor and reading. Three columns
      are long if the second is called sensor, station, detector or node
      (also with `_id`) or id, or if none of its cells is a number; else they
      are wide, of two sensors.
    - `.parquet`: the same tables; a wide one may have its times as index.
    - `.npz`: `values` `(steps, N)`, `timestamps` `(steps,)`, and optionally
      `node_ids` `(N,)` (else 0, 1, ...) and `mask` `(steps, N)`, true where
      a reading is present; or a `Series` that was saved.

    A reading is missing where the cell is empty, NaN, NA, null or none.
    Times are written year first, with or without a UTC offset; seconds since
    1970 are refused. Wide rows keep their order, and gaps and repetitions
    stay: `time_grid` takes care of these. Long rows come in order of time,
    and the sensors in that of the file.

    Args:
        path: The file.

    Returns:
        A float64 data frame: a row a time (`DatetimeIndex` without time
        zone), a column a sensor (its id as text), NaN where missing.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged or no such table; says the line.
    """
    path = check_file(path)
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return _from_csv(path)
    if name.endswith(".parquet"):
        return _from_parquet(path)
    if name.endswith(".npz"):
        return _from_npz(path)
    raise ValueError(
        f"{path} is no .csv, .csv.gz, .parquet or .npz file; expected the "
        "readings in one of these. Save it as one, such as with pandas' "
        "`to_csv`."
    )


def _from_csv(path):
    table = read_csv(path)
    headings = table.head
    if len(headings) < 2:
        raise ValueError(
            f"{path}, line 1: one column, {headings[0][:40]!r}; expected times "
            "and a column for each sensor, separated by commas."
        )
    if is_edge_list(headings):
        raise ValueError(
            f"{path}, line 1: these are the headings of an edge list; expected "
            "readings. Are the files of readings and of the graph swapped?"
        )
    table = table.body
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
    first = 2 if long else 1
    values, bad = table.numbers(range(first, len(headings)))
    if bad.any():
        row, column = map(int, np.argwhere(bad)[0])
        cell = table.columns[first + column][row].as_py()
        if long:
            sensor = table.columns[1][row].as_py().strip()
            _raise_text(table.place(row), sensor, cell)
        _raise_text(table.place(row), sensors[column], cell, len(sensors))
    times = table.columns[0].to_pylist()
    if not long:
        return _wide(path, times, values, sensors, table.place)
    codes, sensors = pd.factorize(
        np.array([cell.strip() for cell in table.columns[1].to_pylist()], "O")
    )
    return wide_from_long(
        path, times, codes, list(sensors), values[:, 0], table.place
    )


def _from_parquet(path):
    table = read_parquet(path)
    if not isinstance(table.index, pd.RangeIndex):
        table = table.reset_index()
    headings = [str(name) for name in table.columns]
    if len(headings) < 2 or not len(table):
        raise ValueError(
            f"{path} has {len(headings)} columns and {len(table)} rows; "
            "expected times and a column for each sensor, a row a time."
        )
    times = table.iloc[:, 0]

    def place(row):
        return f"{path}, row {row + 1}"

    if len(headings) == 3:
        second = table.iloc[:, 1].map(str)
        if is_long(headings[1], second):
            codes, sensors = pd.factorize(second)
            values = _column(path, headings[2], table.iloc[:, 2])
            return wide_from_long(
                path, times, codes, list(sensors), values, place
            )
    check_wide(path, headings)
    sensors = check_headings(path, headings[1:], "sensor")
    values = np.stack(
        [
            _column(path, name, table.iloc[:, at])
            for at, name in enumerate(sensors, 1)
        ],
        axis=1,
    )
    return _wide(path, times, values, sensors, place)


def _from_npz(path):
    arrays = read_arrays(path)
    if "format" in arrays:
        arrays = vars(Series.load(path))
        arrays = {key: a for key, a in arrays.items() if a is not None}
    for key in ("values", "timestamps"):
        if key not in arrays:
            raise ValueError(
                f"{path} has no {key!r}, but {', '.join(arrays) or 'nothing'}; "
                "expected `values`, `timestamps` and, if they have names, "
                "`node_ids`. Save them with `numpy.savez`."
            )
    values, mask = arrays["values"], arrays.get("mask")
    if values.dtype.kind not in "iuf" or values.ndim != 2 or not values.size:
        raise ValueError(
            f"{path}: `values` has shape {values.shape} and dtype "
            f"{values.dtype}; expected numbers (steps, sensors)."
        )
    values = values.astype("float64")
    steps, n = values.shape
    ids = arrays.get("node_ids", np.arange(n))
    for key, found, shape in (
        ("timestamps", arrays["timestamps"], (steps,)),
        ("node_ids", ids, (n,)),
        ("mask", mask, (steps, n)),
    ):
        if found is not None and found.shape != shape:
            raise ValueError(
                f"{path}: `{key}` has shape {found.shape}; expected {shape}, "
                f"for `values` has {(steps, n)}."
            )
    if mask is not None:
        if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
            raise ValueError(
                f"{path}: `mask` has dtype {mask.dtype} and other entries "
                "than 0 and 1; expected true where a reading is present."
            )
        values[~mask.astype(bool)] = np.nan
    if ids.dtype.kind not in "iuU":
        raise ValueError(
            f"{path}: `node_ids` has dtype {ids.dtype}; expected text."
        )
    sensors = check_headings(path, ids.astype(str).tolist(), "sensor")
    frame = _wide(
        path,
        arrays["timestamps"],
        values,
        sensors,
        lambda row: f"{path}, row {row}",
    )
    if "utc_offset" in arrays:  # of a `Series`
        frame.attrs[UTC_OFFSET] = arrays["utc_offset"]
    return frame


def _wide(path, times, values, sensors, place):
    check_finite(
        values,
        lambda row, column: f"{place(row)}, sensor {sensors[column]!r}",
    )
    times, offset = read_times(times, path, place)
    index = pd.DatetimeIndex(times)
    if len(sensors) == 2 and 2 * index.nunique() <= len(index):
        raise ValueError(
            f"{path}: most times occur more than once, as in a long file of "
            "times, sensors and readings. Call its second column `sensor`; "
            "or give one row for each time."
        )
    frame = pd.DataFrame(values, index, sensors)
    frame.attrs |= {UTC_OFFSET: offset, UNORDERED: False}
    return frame


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
        hint = "Write decimals with a point."
    raise ValueError(
        f"{place}, sensor {sensor!r}: {cell[:40]!r} is no number. {hint}"
    )
