"""Published tables of numbers: of a known size, without a gap."""

import numpy as np

from keras_stunet.data.readers.csv_files import read_csv


def read_numbers(path, num_rows, num_columns, what):
    """Reads a csv of non-negative, finite numbers; see `check_numbers`."""
    table = read_csv(path, num_columns)
    return check_numbers(table, num_rows, what)


def check_numbers(table, num_rows, what, *, highest=np.inf):
    """The non-negative, finite numbers of a whole table.

    Args:
        table: A `Table` of `read_csv` that holds numbers only.
        num_rows: Number of rows the table must have.
        what: What a number is, for messages, for example "speed in mph".
        highest: Highest number that is accepted.

    Returns:
        float32 `(num_rows, columns)`.

    Raises:
        ValueError: If the table is anything else; the message names the file
            and, where one is at fault, line and column, counted from 1.
    """
    path, lines, width = table.path, table.lines, len(table.columns)
    values, _ = table.numbers(range(width))
    with np.errstate(over="ignore"):  # Too big for float32 becomes inf.
        values = values.astype(np.float32)
    # False for NaN, which text is too.
    good = (values >= 0) & (values <= highest) & (values < np.inf)
    if not good.all():
        row, column = map(int, np.argwhere(~good)[0])
        wanted = "a finite number, 0 or more"
        if highest < np.inf:
            wanted = f"a number from 0 to {highest:g}"
        cell = table.columns[column][row].as_py().strip()[:40]
        raise ValueError(
            f"{table.place(row)}, column {column + 1}: {cell!r} is no {what} "
            f"({wanted}). Correct the cell or get the file again; the table "
            "holds numbers only, without header and row names."
        )
    if len(table) > num_rows:
        raise ValueError(
            f"{path}: more than the expected {num_rows} rows. Remove the lines "
            f"from line {lines[num_rows]} on, or check that this is the right "
            "file."
        )
    if len(table) < num_rows:
        end = f"ends after line {lines[-1]}" if len(lines) else "ends at once"
        raise ValueError(
            f"{path}: {end}, with {len(table)} rows of numbers; expected "
            f"{num_rows}. The file was probably cut off: get it again."
        )
    check_closed(table)
    return values


def check_closed(table):
    """Raises a ValueError if the last line of a `Table` has no line end."""
    if not table.closed:
        raise ValueError(
            f"{table.path}: line {table.lines[-1]} does not end with a line "
            "break, so its last number may be cut off. Get the file again, or "
            "add the line break if the number is whole."
        )
