"""Readings in columns, of a csv or a parquet file, beside their times."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.graphs.edge_lists import is_edge_list
from keras_stunet.data.readers.opening import unpacked_name
from keras_stunet.data.readers.tables import MISSING
from keras_stunet.data.readers.tables import is_number
from keras_stunet.data.readers.tables import read_parquet
from keras_stunet.data.readers.times.columns import time_first
from keras_stunet.data.readers.times.columns import without_times
from keras_stunet.data.readers.times.parts import times_of_frame
from keras_stunet.data.readers.values.measurements import labels

TEXT = (".csv", ".txt", ".tsv")


def is_sheet(path):
    """Whether a file is a table, by its name."""
    return unpacked_name(path).endswith((*TEXT, ".parquet"))


def read_sheet(path, form):
    """The sheet in a csv or parquet file.

    Args:
        path: The file.
        form: A `FileForm`.

    Returns:
        A `TextSheet` or a `FrameSheet`.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, has no times and `form` has no start,
            or holds an edge list or no readings.
    """
    if unpacked_name(path).endswith(".parquet"):
        return FrameSheet(path, read_parquet(path), form.untimed)
    table = read_csv(path, separator=form.separator, decimal=form.decimal)
    if is_edge_list(table.head):
        raise ValueError(
            f"{path}, line 1: these are the headings of an edge list; expected "
            "readings. Are the files of readings and of the graph swapped?"
        )
    table = (without_times if form.untimed else time_first)(table, form)
    return TextSheet(table, timed=not form.untimed)


class TextSheet:
    """A csv file.

    Attributes:
        path: The file.
        times: The time of each row, `None` for a file without.
        headings: Of the other columns.
        levels: Those in two levels, measurement and sensor; a csv has none.
    """

    levels = None

    def __init__(self, table, timed):
        self.path = table.path
        self.headings = [name.strip() for name in table.head[int(timed) :]]
        body = table.body
        self._body, self._first = body, int(timed)
        self.times = body.columns[0].to_pylist() if timed else None

    def __len__(self):
        return len(self._body)

    def place(self, row):
        """Where a row is, for messages."""
        return self._body.place(row)

    def texts(self, at):
        """The cells of a column as text, without spaces around them."""
        cells = self._body.columns[self._first + at].to_pylist()
        return [cell.strip() for cell in cells]

    def is_text(self, at):
        """Whether no cell of a column is a number, and some is no gap."""
        import pyarrow.compute as pc

        distinct = pc.unique(self._body.columns[self._first + at]).to_pylist()
        return _is_text(distinct)

    def numbers(self, columns, named, hint=""):
        """The readings in some columns.

        Args:
            columns: Positions of C headings.
            named: `named(row, i)` says what column `columns[i]` holds in a
                row, for messages.
            hint: What else to do about text, for messages.

        Returns:
            `(rows, C)` float64, NaN where missing.

        Raises:
            ValueError: If a cell is no number.
        """
        columns = [self._first + at for at in columns]
        values, bad = self._body.numbers(columns)
        if bad.any():
            row, column = map(int, np.argwhere(bad)[0])
            cell = self._body.columns[columns[column]][row].as_py()
            todo = "Correct it, or leave the cell empty where nothing was read."
            if cell.count(",") == 1:
                todo = "If the comma is its decimal mark, say so: --decimal ,"
            elif len(columns) > 1:
                todo += hint
            raise ValueError(
                f"{self.place(row)}, {named(row, column)}: {cell[:40]!r} is no "
                f"number. {todo}"
            )
        return values


class FrameSheet:
    """A parquet file, which has types; see `TextSheet`."""

    def __init__(self, path, frame, untimed):
        self.path = path
        if untimed and not isinstance(frame.index, pd.RangeIndex):
            raise ValueError(
                f"{path} has an index of its own, {frame.index[:1].tolist()}; "
                "expected none with `start` and `interval`. If it holds the "
                "times, leave these out."
            )
        self.times, self._frame = None, frame
        if not untimed:
            self.times, self._frame = times_of_frame(path, frame)
        columns, self.levels = self._frame.columns, None
        if columns.nlevels == 2:
            self.levels = columns
        self.headings = [str(name).strip() for name in labels(columns)]
        if not self.headings or not len(frame):
            raise ValueError(
                f"{path} has {len(frame.columns)} columns and {len(frame)} "
                "rows; expected times and a column for each sensor, a row a "
                "time."
            )

    def __len__(self):
        return len(self._frame)

    def place(self, row):
        """Where a row is, for messages."""
        return f"{self.path}, row {row + 1}"

    def texts(self, at):
        """The cells of a column as text."""
        return [str(cell).strip() for cell in self._frame.iloc[:, at].tolist()]

    def is_text(self, at):
        """Whether a column holds text and no number."""
        column = self._frame.iloc[:, at]
        kind = getattr(column.dtype, "kind", "O")
        if kind not in "OU":
            return False
        return _is_text([str(cell) for cell in column.dropna().unique()])

    def numbers(self, columns, named, hint=""):
        """The readings in some columns, see `TextSheet.numbers`."""
        found = [self._column(at) for at in columns]
        return np.stack(found, axis=1)  # (rows, C)

    def _column(self, at):
        column, name = self._frame.iloc[:, at], self.headings[at]
        kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
        try:
            if kind not in "iufO":
                raise TypeError(f"it has dtype {column.dtype}")
            if any(isinstance(cell, (str, bool)) for cell in column[:1]):
                raise TypeError("it holds text")
            return column.to_numpy("float64", na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{self.path}: column {name!r} holds no readings: {error}. "
                "Expected numbers; convert it with `pandas.to_numeric` first."
            ) from error


def _is_text(cells):
    cells = [cell.strip() for cell in cells]
    named = [cell for cell in cells if cell.lower() not in MISSING]
    return bool(named) and not any(map(is_number, named))
