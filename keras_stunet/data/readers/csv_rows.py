"""Strict reading of csv text: each fault is an error with its line."""

import csv
import gzip
import io
import math
import re
import zlib
from pathlib import Path

_GZIP_MAGIC = b"\x1f\x8b"
MISSING = {"", "nan", "na", "n/a", "#n/a", "<na>", "null", "none"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf(inity)?")


def csv_rows(path):
    """The lines of a csv file, plain or gzipped, as lists of cells.

    Args:
        path: The file: UTF-8 text, comma-separated.

    Yields:
        The number of a line, counted from 1, and its cells. Blank lines are
        left out. All have as many cells as the first.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is empty, damaged, no such text, or has a line with
            fewer or more cells than the first.
    """
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    width, before = None, 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ValueError(
                f"{path}, line {before + 1}: {error}. Check the quotes; a "
                "quoted cell must end before the next comma."
            ) from error
        line, before = before + 1, reader.line_num
        if cells is None:
            break
        if before > line:
            raise ValueError(
                f"{path}, line {line}: a quoted cell goes on in line "
                f"{line + 1}. Close or remove the quote."
            )
        if not any(map(str.strip, cells)) and len(cells) < 2:
            continue
        if width is None:
            width = len(cells)
            _check_separator(path, line, cells)
        if len(cells) != width:
            _refuse_ragged(path, line, len(cells), width, text)
        yield line, cells
    if width is None:
        raise _empty(path)


def check_file(path):
    """Returns a path after a check that a file is there.

    Args:
        path: The file.

    Raises:
        OSError: If there is none, or a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f"{path} is a folder; expected a file. Name the file in it."
        )
    if not path.exists():
        raise FileNotFoundError(
            f"There is no file {path}. Check the name and the folder."
        )
    return path


def numbers(cells, missing_allowed=True):
    """The numbers of some cells, NaN where one is missing.

    Missing is an empty cell or one of NaN, NA, N/A, null and none, in any
    case. `inf` is a number.

    Args:
        cells: Strings.
        missing_allowed: Whether missing counts as a number.

    Returns:
        A list of floats, and the position of the first cell that is no
        number; `None` if there is none.

    Example:
    >>> numbers(["1", "", "2.5"])
    ([1.0, nan, 2.5], None)
    >>> numbers(["1", "fast"])[1]
    1
    """
    joined = "".join(cells)
    # float() also takes 1_000 and digits of other scripts.
    if missing_allowed and joined.isascii() and "_" not in joined:
        try:
            return [float(c) if c else math.nan for c in cells], None
        except ValueError:
            pass
    found = []
    for at, cell in enumerate(cells):
        cell = cell.strip().lower()
        if missing_allowed and cell in MISSING:
            found.append(math.nan)
        elif cell.isascii() and _NUMBER.fullmatch(cell):
            found.append(float(cell))
        else:
            return found, at
    return found, None


def is_number(cell):
    """Whether a cell holds a number that is not missing.

    Example:
    >>> is_number("716939"), is_number(""), is_number("DM-3.1")
    (True, False, False)
    """
    return numbers([cell], missing_allowed=False)[1] is None


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
    path = check_file(path)
    data = path.read_bytes()
    if data.startswith(_GZIP_MAGIC):
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(
                f"{path}: the gzip data are damaged or cut off ({error}). "
                "Copy the file again."
            ) from error
    if not data.strip():
        raise _empty(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line}: byte {data[error.start]:#04x} is no UTF-8 "
            "text. Save the table as csv with the encoding UTF-8."
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(
            f"{path}, line {line}: a zero byte. This is no text, or a damaged "
            "one. Save the table as csv, or copy the file again."
        )
    return text


def _empty(path):
    return ValueError(f"{path} is empty. Write it again, or copy it again.")


def _check_separator(path, line, cells):
    if len(cells) == 1 and any(mark in cells[0] for mark in ";\t|"):
        raise ValueError(
            f"{path}, line {line}: no comma in {cells[0][:60]!r}. Separate "
            "the cells by commas, and write decimals with a point."
        )


def _refuse_ragged(path, line, found, width, text):
    last = len(text.rstrip().replace("\r\n", "\n").split("\n"))
    cut = ""
    if line >= last and found < width:
        cut = " It is the last line: the file may be cut off; copy it again."
    raise ValueError(
        f"{path}, line {line}: {found} cells; expected {width}, as in the "
        f"first line.{cut or ' Mend the line.'}"
    )
