"""Tables of text from csv and parquet files: each fault has its line."""

import codecs
import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import read_unpacked
from keras_stunet.messages import counted

MISSING = ("", "nan", "-nan", "na", "n/a", "#n/a", "<na>", "null", "none")
_NUMBER = r"^[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|inf(inity)?)$"
_CELL = rb'(?:"(?:[^"]|"")*"|(?!")[^,]*)'
_CELLS = re.compile(_CELL + b"(?:," + _CELL + b")*")
_SPACES = b" \t\n\v\f\x1c\x1d\x1e\x1f"


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """The cells of a file as text.

    Attributes:
        path: The file.
        unit: What a row is called, "line" or "row".
        lines: `(rows,)` the number of each row in the file.
        columns: The cells, a `pyarrow` array of text for each column.
        closed: Whether the last line has a line end.
    """

    path: Path
    unit: str
    lines: np.ndarray
    columns: list
    closed: bool = True

    def __len__(self):
        return len(self.lines)

    @property
    def head(self):
        """The cells of the first row."""
        return [column[0].as_py() for column in self.columns]

    @property
    def body(self):
        """The table below the first row."""
        columns = [column.slice(1) for column in self.columns]
        return dataclasses.replace(self, lines=self.lines[1:], columns=columns)

    def rows(self):
        """The number in the file and the cells of each row."""
        cells = [column.to_pylist() for column in self.columns]
        return zip(self.lines.tolist(), zip(*cells, strict=True), strict=True)

    def place(self, row):
        """Where a row is, for messages."""
        return f"{self.path}, {self.unit} {self.lines[row]}"

    def numbers(self, columns):
        """The numbers in some columns.

        Missing is an empty cell or one of NaN, NA, N/A, null and none, in
        any case. `inf` is a number.

        Args:
            columns: Positions of C columns.

        Returns:
            `(rows, C)` float64, NaN where one is missing or no number; and
            `(rows, C)` booleans, true where a cell is no number.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = [self.columns[at] for at in columns]
        shape = len(columns), len(self)
        if 0 in shape:
            return np.empty(shape[::-1]), np.zeros(shape[::-1], bool)
        cells = pa.concat_arrays(columns)
        bad = np.zeros(shape, bool)
        try:
            found = pc.if_else(pc.equal(cells, ""), None, cells)
            found = found.cast("float64")
            odd = pc.any(pc.is_nan(found)).as_py()  # such as nan(0x8)
        except pa.ArrowInvalid:
            odd = True
        if odd:
            cells = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
            missing = pc.is_in(cells, pa.array(MISSING, cells.type))
            number = pc.match_substring_regex(cells, _NUMBER)
            found = pc.if_else(number, cells, None).cast("float64")
            bad = pc.invert(pc.or_(number, missing))
            bad = bad.to_numpy(zero_copy_only=False).reshape(shape)
        found = found.to_numpy(zero_copy_only=False).reshape(shape)
        return np.ascontiguousarray(found.T), bad.T


def read_csv(path, width=None):
    """The table in a csv file, plain or gzipped.

    Args:
        path: The file: UTF-8 text, comma-separated.
        width: Number of cells in each line; by default that of the first.

    Returns:
        A `Table` with the first line as its first row. Blank lines are left
        out.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is empty, damaged, no such text, or has a line with
            fewer or more cells.
    """
    path = check_file(path)
    data = _text(path)
    closed = data.endswith(b"\n")
    data, lines, longest = _without_blank_lines(data)
    if not len(lines):
        raise ValueError(f"{path} is empty. Write it again, or copy it again.")
    if b'"' in data:
        for line, row in zip(lines, data.split(b"\n"), strict=False):
            if b'"' in row and not _CELLS.fullmatch(row):
                raise ValueError(
                    f"{path}, line {line}: a quoted cell does not end before "
                    "the next comma or the end of the line. Close or remove "
                    "the quote."
                )
    first = data.partition(b"\n")[0]
    found = len(re.findall(b"(?:^|,)" + _CELL, first))
    if found == 1 and re.search(rb"[;\t|]", first):
        raise ValueError(
            f"{path}, line {lines[0]}: no comma in {first.decode()[:60]!r}. "
            "Separate the cells by commas, and write decimals with a point."
        )
    names = [str(at) for at in range(width or found)]
    columns, ragged = _columns(path, data, names, max(1 << 20, 256 * longest))
    if ragged:
        hint = "Correct the line."
        if ragged.number == len(lines) and ragged.actual_columns < len(names):
            hint = (
                "It is the last line: the file may be cut off; copy it again."
            )
        raise ValueError(
            f"{path}, line {lines[ragged.number - 1]}: "
            f"{counted(ragged.actual_columns, 'cell')}; expected {len(names)}"
            f"{'' if width else ', as in the first line'}. {hint}"
        )
    return Table(path, "line", lines, columns, closed)


def _without_blank_lines(data):
    """The text, the numbers of its lines and the bytes of the longest."""
    letters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    starts = np.append(0, ends[:-1] + 1)
    blank = starts == ends
    spaced = starts[~blank]
    spaced = spaced[np.isin(letters[spaced], list(_SPACES))]
    for at in np.searchsorted(starts, spaced):
        blank[at] = not data[starts[at] : ends[at]].strip(_SPACES)
    if blank.any():
        rows = zip(data.split(b"\n"), blank, strict=False)
        data = b"\n".join(row for row, empty in rows if not empty)
    lines = np.flatnonzero(~blank) + 1
    return data, lines, int((ends - starts).max(initial=0))


def _columns(path, data, names, block_size):
    import pyarrow as pa
    import pyarrow.csv

    ragged = []

    def stop(row):
        ragged.append(row)
        return "error"

    try:
        table = pyarrow.csv.read_csv(
            pa.py_buffer(data),
            # Rows have numbers in one thread only. Blocks of few rows cost
            # much time, of a part of one an error.
            pyarrow.csv.ReadOptions(
                use_threads=False, column_names=names, block_size=block_size
            ),
            pyarrow.csv.ParseOptions(invalid_row_handler=stop),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string())
            ),
        )
    except pa.ArrowInvalid as error:
        if ragged:
            return [], ragged[0]
        raise ValueError(
            f"{path} could not be read as csv: {error}. Save it as csv again."
        ) from error
    return [column.combine_chunks() for column in table.columns], None


def read_parquet(path):
    """The data frame of a parquet file.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, or something else.
    """
    path = check_file(path)
    try:
        with path.open("rb") as file:
            return pd.read_parquet(file)
    except Exception as error:
        raise ValueError(
            f"{path} could not be read as parquet: {error}. Write it with "
            "`DataFrame.to_parquet`, or copy it again."
        ) from error


def text_table(path, frame):
    """A `Table` of a data frame, with its headings as first row."""
    import pyarrow as pa

    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(names="")
    # str of a float is exact; str of None and NaN are missing cells.
    columns = [
        pa.array(
            [str(name), *map(str, frame.iloc[:, at].tolist())],
            pa.large_string(),
        )
        for at, name in enumerate(frame.columns)
    ]
    return Table(path, "row", np.arange(len(frame) + 1), columns)


def is_number(cell):
    """Whether a cell holds a number that is not missing.

    Example:
    >>> is_number("716939"), is_number(""), is_number("DM-3.1")
    (True, False, False)
    """
    return re.match(_NUMBER, cell.strip().lower()) is not None


def check_headings(path, headings, what):
    """Returns headings without surrounding spaces, after a check.

    Args:
        path: File, for messages.
        headings: The headings.
        what: What a heading names, for messages.

    Raises:
        ValueError: If one is empty or occurs twice.
    """
    headings = [heading.strip() for heading in headings]
    seen = {}
    for at, heading in enumerate(headings, 1):
        if not heading:
            raise ValueError(
                f"{path}: the heading of {what} {at} is empty. Name each in "
                "the first line; remove a comma too many."
            )
        if heading in seen:
            raise ValueError(
                f"{path}: {what}s {seen[heading]} and {at} are both called "
                f"{heading!r}. Rename or remove one of them."
            )
        seen[heading] = at
    return headings


def _text(path):
    data = read_unpacked(path)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line}: byte {data[error.start]:#04x} is no UTF-8 "
            "text. Save the table as csv with the encoding UTF-8."
        ) from error
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise ValueError(
            f"{path}, line {line}: a zero byte. This is no text, or a damaged "
            "one. Save the table as csv, or copy the file again."
        )
    return data.removeprefix(codecs.BOM_UTF8)
