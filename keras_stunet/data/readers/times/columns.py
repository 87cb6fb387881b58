"""Which column of a table holds the times, and whether it has headings."""

import dataclasses

import numpy as np

from keras_stunet.data.readers.tables import MISSING
from keras_stunet.data.readers.tables import is_number
from keras_stunet.data.readers.tables import names_sensors
from keras_stunet.data.readers.times.parts import places_of_parts
from keras_stunet.data.readers.times.parts import with_joined_parts
from keras_stunet.data.readers.times.written import CLOCK
from keras_stunet.data.readers.times.written import DATE
from keras_stunet.data.readers.times.written import is_time
from keras_stunet.messages import warn_user

_FEW = 20  # rows that are looked at
# Headings of a column that numbers the rows.
_ROW_WORDS = {"", "index", "unnamed: 0", "no", "no.", "row", "#"}


def time_first(table, form):
    """A table with headings, and with the times as its first column.

    A column that numbers the rows is left out, date and time of day in two
    columns are joined, and so are year, month, day and hour; the time may
    stand behind the sensor; and where there are no headings sensors are
    numbered from 0. The first and the last are said in a warning.

    Args:
        table: A `Table` of readings.
        form: A `FileForm`.

    Raises:
        ValueError: If no column holds times, or another than the first does.
    """
    path = table.path
    if len(table.columns) < 2:
        raise ValueError(
            f"{path}, line {table.lines[0]}: one column, "
            f"{table.head[0][:40]!r}; expected times and a column for each "
            "sensor, separated by commas. If there are no times, say when the "
            "rows begin (--start, --interval)."
        )
    headed = not _is_row(table, form)
    rows = table.body if headed else table
    if headed and _are_times(table.head[1:]):
        raise ValueError(
            f"{path}, line {table.lines[0]}: the headings are times, so that "
            "each row is a sensor; expected a row a time. Turn the table "
            "(`DataFrame.T`)."
        )
    word = table.head[0].strip().lower() if headed else ""
    parts = places_of_parts(table.head) if headed else {}
    numbered = len(table.columns) > 2 and word in _ROW_WORDS
    timed = parts or (numbered and _has_times(rows, 1, form))
    if numbered and timed and _numbers_rows(rows):
        warn_user(f"{path}: the first column numbers the rows; left out.")
        table = dataclasses.replace(table, columns=table.columns[1:])
        rows = table.body if headed else table
        parts = {part: at - 1 for part, at in parts.items()}
    if parts and not _has_times(rows, 0, form):
        table = with_joined_parts(table, parts)
        rows = table.body
    elif len(table.columns) > 2 and _is_split(rows):
        table = _joined(table, headed)
        rows = table.body if headed else table
    if headed and names_sensors(table.head[0]) and _has_times(rows, 1, form):
        sensors, times, *others = table.columns
        columns = [times, sensors, *others]
        table = dataclasses.replace(table, columns=columns)
        rows = table.body
    if not _has_times(rows, 0, form):
        _raise_without_times(table, rows, form)
    if not headed:
        table = _numbered(table, first=1)
    return table


def without_times(table, form):
    """A table of readings alone, with headings.

    Args:
        table: A `Table` of readings, in order of time.
        form: A `FileForm`.

    Raises:
        ValueError: If its first column holds times.
    """
    path, head = table.path, [cell.strip() for cell in table.head]
    body = table.body
    if _has_times(body, 0, form):
        raise ValueError(
            f"{body.place(0)}: {body.columns[0][0].as_py()[:40]!r} is a time. "
            "A file with times of its own needs no --start and --interval; "
            "leave them out."
        )
    if head[0] == "" and len(head) > 1 and _numbers_rows(body):
        warn_user(f"{path}: the first column numbers the rows; left out.")
        return dataclasses.replace(table, columns=table.columns[1:])
    if not all(_is_reading(cell) for cell in head):
        return table
    numbered = head == [str(at) for at in range(len(head))]
    whole = all(cell.isdecimal() for cell in head)
    if whole and len(set(head)) == len(head) and len(body):
        readings, _ = body.numbers(range(len(head)))
        # Ids are far from readings: road segments have six digits, say.
        most = np.nanmax(readings, initial=-np.inf)
        if numbered or (len(head) > 1 and min(map(int, head)) > most):
            warn_user(
                f"{path}: the numbers in the first line are taken as names "
                "of the sensors."
            )
            return table
    return _numbered(table)


def _is_row(table, form):
    """Whether the first line holds a time and readings, and no headings."""
    first = [cell.strip() for cell in table.head]
    at = 0
    if is_number(first[0]) and is_time(first[1], form.date_format):
        at = 1  # behind a number of the row
    if not is_time(first[at], form.date_format):
        return False
    below = table.body
    if not len(below):
        return any(map(_is_reading, first[at + 1 :]))
    return _has_times(below, at, form)


def _numbered(table, first=0):
    """A table with headings: "time", where it is first, and 0, 1, ..."""
    import pyarrow as pa

    warn_user(
        f"{table.path}: there are no headings; the sensors are numbered from 0 "
        "in the order of the columns."
    )
    names = ["time"] * first + list(map(str, range(len(table.columns) - first)))
    columns = [
        pa.concat_arrays([pa.array([name], cells.type), cells])
        for name, cells in zip(names, table.columns, strict=True)
    ]
    return dataclasses.replace(
        table, lines=np.append(0, table.lines), columns=columns
    )


def _joined(table, headed):
    """A table whose first two columns, date and time of day, are one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    date, clock, *others = table.columns
    times = pc.binary_join_element_wise(
        pc.utf8_trim_whitespace(date),
        pc.utf8_trim_whitespace(clock),
        pa.scalar(" ", date.type),
    )
    if headed:
        times = pa.concat_arrays([date.slice(0, 1), times.slice(1)])
    return dataclasses.replace(table, columns=[times, *others])


def _is_split(rows):
    date, clock = _cells(rows, 0), _cells(rows, 1)
    return bool(date) and all(
        DATE.match(day) and CLOCK.match(time)
        for day, time in zip(date, clock, strict=True)
    )


def _numbers_rows(rows):
    numbers, _ = rows.numbers([0])
    steps = np.arange(len(rows))
    return len(rows) > 0 and (numbers[:, 0] == numbers[0, 0] + steps).all()


def _are_times(cells):
    return len(cells) > 1 and all(
        is_time(cell) and not is_number(cell) for cell in cells
    )


def _has_times(rows, column, form):
    return any(is_time(cell, form.date_format) for cell in _cells(rows, column))


def _cells(rows, column):
    cells = rows.columns[column].slice(0, _FEW).to_pylist()
    return [cell.strip() for cell in cells]


def _is_reading(cell):
    return is_number(cell) or cell.strip().lower() in MISSING


def _raise_without_times(table, rows, form):
    for at in range(1, len(table.columns)):
        if _has_times(rows, at, form):
            raise ValueError(
                f"{table.path}: column {at + 1}, {table.head[at]!r}, holds "
                "the times; expected them in the first one. Move it there."
            )
    first = _cells(rows, 0)
    # Text is refused with its row, where times are read.
    if first and all(map(_is_reading, first)):
        raise ValueError(
            f"{rows.place(0)}: no column holds times; the first cell is "
            f"{first[0][:40]!r}. If the rows follow one another, say when "
            "they begin: --start '2024-03-01 00:00' --interval 5min (in "
            "Python `start` and `interval`). Else write the time of each row "
            "in the first column, such as 2024-03-01 08:05."
        )
