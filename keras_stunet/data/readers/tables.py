"""Tables of text: each fault has its line."""

import dataclasses
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import read_unpacked

# Headings of columns that name sensors.
SENSOR_WORDS = {"sensor", "station", "detector", "node", "site", "id"}
SENSOR_WORDS |= {f"{word}_id" for word in SENSOR_WORDS}
MISSING = ("", "nan", "-nan", "na", "n/a", "#n/a", "<na>", "null", "none")
_NUMBER = r"^[+-]?(([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?|inf(inity)?)$"


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


def read_parquet(path):
    """The data frame of a parquet file.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, or something else.
    """
    path = check_file(path)
    content = read_unpacked(path)
    try:
        return pd.read_parquet(io.BytesIO(content))
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


def names_sensors(heading):
    """Whether a heading says that its column names sensors.

    Example:
    >>> names_sensors("Station ID"), names_sensors("speed")
    (True, False)
    """
    heading = heading.strip().lower().replace(" ", "_").replace("-", "_")
    return heading in SENSOR_WORDS


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
