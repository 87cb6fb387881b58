"""Tables of text from csv files, whose faults have their line."""

import codecs
import dataclasses
import functools
import re
import unicodedata

import numpy as np

from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import read_unpacked
from keras_stunet.data.readers.tables import Table
from keras_stunet.messages import counted

_SPACES = b" \t\n\v\f\x1c\x1d\x1e\x1f"
_OTHER_SEPARATORS = (";", "\t", "|")


def read_csv(path, width=None, separator=",", decimal=".", quoted=True):
    """The table in a csv file, plain or packed.

    Args:
        path: The file: UTF-8 text.
        width: Number of cells in each line; by default that of the first.
        separator: Character between cells; `None` for the comma, or for the
            semicolon, tab or bar where the first line has that and no comma
            (or commas as decimal marks).
        decimal: Decimal mark of its numbers, which are returned with a point.
        quoted: Whether a comma is that, in quotes, where commas part the
            cells, too.

    Returns:
        A `Table` with the first line as its first row. Blank lines are left
        out.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is empty, damaged, no such text, has a line with
            fewer or more cells, or numbers with another decimal mark.
    """
    path = check_file(path)
    data = _text(path)
    closed = data.endswith(b"\n")
    data, lines, longest = _without_blank_lines(data)
    if not len(lines):
        raise ValueError(f"{path} is empty. Write it again, or copy it again.")
    first = data.partition(b"\n")[0]
    mark = (separator or _separator(first, decimal)).encode()
    cell, cells = _patterns(mark)
    if b'"' in data:
        for line, row in zip(lines, data.split(b"\n"), strict=False):
            if b'"' in row and not cells.fullmatch(row):
                raise ValueError(
                    f"{path}, line {line}: a quoted cell does not end before "
                    f"the next {_named(mark)} or the end of the line. Close "
                    "or remove the quote."
                )
    found = len(cell.findall(first))
    if found == 1 and re.search(rb"[,;\t|]", first):
        raise ValueError(
            f"{path}, line {lines[0]}: no {_named(mark)} in "
            f"{first.decode()[:60]!r}. Say what separates the cells "
            "(--separator)."
        )
    names = [str(at) for at in range(width or found)]
    columns, ragged = _columns(
        path, data, names, mark.decode(), max(1 << 20, 256 * longest)
    )
    if ragged:
        hint = "Correct the line."
        if found == 1 and not width:
            hint = "If the first line is a title, remove it."
        elif ragged.number == len(lines) and ragged.actual_columns < len(names):
            hint = (
                "It is the last line: the file may be cut off; copy it again."
            )
        raise ValueError(
            f"{path}, line {lines[ragged.number - 1]}: "
            f"{counted(ragged.actual_columns, 'cell')}; expected {len(names)}"
            f"{'' if width else ', as in the first line'}. {hint}"
        )
    table = Table(path, "line", lines, columns, closed)
    if decimal == "," and (quoted or mark != b","):
        return _with_points(table)
    return table


def _separator(line, decimal):
    if decimal == "," or b"," not in line:
        for mark in _OTHER_SEPARATORS:
            if mark.encode() in line:
                return mark
    return ","


def _named(mark):
    names = {b",": "comma", b";": "semicolon", b"\t": "tab", b" ": "space"}
    return names.get(mark, repr(mark.decode()))


@functools.cache
def _patterns(mark):
    """Of the start of a cell, and of a whole line of cells."""
    mark = re.escape(mark)
    cell = rb'(?:"(?:[^"]|"")*"|(?!")[^%s]*)' % mark
    return (
        re.compile(b"(?:^|%s)%s" % (mark, cell)),
        re.compile(b"%s(?:%s%s)*" % (cell, mark, cell)),
    )


def _with_points(table):
    """A table whose numbers had a decimal comma, with points.

    Raises:
        ValueError: If a number has a point, which may part thousands.
    """
    import pyarrow.compute as pc

    columns = []
    for at, cells in enumerate(table.columns):
        body = cells.slice(1)
        points = pc.index(
            pc.match_substring_regex(body, r"^\s*[+-]?[0-9]*\.[0-9]+\s*$"), True
        ).as_py()
        if points >= 0:
            raise ValueError(
                f"{table.body.place(points)}, column {at + 1}: "
                f"{body[points].as_py()[:40]!r} has a point, where the "
                "decimal mark was said to be a comma. Correct it, or say "
                "--decimal ."
            )
        columns.append(
            pc.replace_substring_regex(
                cells,
                r"^(\s*[+-]?[0-9]*),([0-9]+([eE][+-]?[0-9]+)?\s*)$",
                r"\1.\2",
            )
        )
    return dataclasses.replace(table, columns=columns)


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


def _columns(path, data, names, separator, block_size):
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
            pyarrow.csv.ParseOptions(
                delimiter=separator, invalid_row_handler=stop
            ),
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


def _text(path):
    data = read_unpacked(path)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        text = data.decode()
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
    if not data.isascii():
        # Some systems write an accent as a letter of its own: names of two
        # files would look the same and differ.
        data = unicodedata.normalize("NFC", text).encode()
    return data.removeprefix(codecs.BOM_UTF8)
