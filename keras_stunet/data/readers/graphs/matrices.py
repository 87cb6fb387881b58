"""Graphs written as a square matrix: ids, order and sense of the numbers."""

import numpy as np

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.tables import is_number
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user


def matrix_cells(table, node_ids):
    """The numbers of a matrix in a table, in the order of the sensors.

    The first line holds ids if there is one line more than columns; the
    first column does if there is one less. With as many lines as columns
    both hold ids if the first cell of all is empty or a word, else neither
    does and the order is that of the sensors.

    Args:
        table: A `Table`.
        node_ids: The sensors, in order.

    Returns:
        `(N, N)` float64, and the word over the ids: "" without one, `None`
        without ids.

    Raises:
        ValueError: If the table is not square, a cell is no number, or a
            sensor is missing.
    """
    path, first = table.path, table.head
    height, width = len(table), len(first)
    if abs(height - width) > 1:
        raise ValueError(
            f"{path} has {counted(height, table.unit)} of "
            f"{counted(width, 'cell')}; expected a square matrix, with or "
            "without a line and a column of ids. For a list of edges, write "
            "the headings from,to,distance or from,to,weight."
        )
    corner = first[0].strip()
    both = height == width and not is_number(corner)
    top, side = height > width or both, height < width or both
    across = [cell.strip() for cell in first[side:]] if top else None
    table = table.body if top else table
    down = None
    if side:
        down = [cell.strip() for cell in table.columns[0].to_pylist()]
    matrix, _ = table.numbers(range(side, width))
    bad = np.argwhere(np.isnan(matrix))
    if len(bad):
        row, column = map(int, bad[0])
        cell = table.columns[side + column][row].as_py()
        raise ValueError(
            f"{table.place(row)}, column {side + column + 1}: {cell[:40]!r} is "
            "no number. Write inf where there is no path, as a distance, and 0 "
            "where there is no edge, as a weight."
        )
    if both and _are_only_numbered(across, down, node_ids):
        warn_user(
            f"{path} numbers its sensors from 0, as pandas does without names; "
            "taken in the order of the readings."
        )
        across = down = None
    matrix = _ordered(path, matrix, across, down, list(node_ids))
    if across is None and down is None:
        return matrix, None
    return matrix, corner if both else ""


def _are_only_numbered(across, down, node_ids):
    numbers = [str(at) for at in range(len(node_ids))]
    return across == down == numbers and set(node_ids) != set(numbers)


def check_matrix(path, matrix, node_ids, kind):
    """Returns a matrix with a checked content and 0 as its diagonal.

    Distances of a sensor to itself that are infinite, not listed, stay so:
    see `from_arrays`.

    Args:
        path: The file, for messages.
        matrix: `(N, N)` float64 in the order of the sensors.
        node_ids: The sensors.
        kind: "distances" or "weights".

    Raises:
        ValueError: If an entry is NaN or negative, a weight infinite, or most
            distances are 0.
    """
    bad = np.isnan(matrix) | (matrix < 0)
    if kind == "weights":
        bad |= np.isinf(matrix)
    if bad.any():
        i, j = map(int, np.argwhere(bad)[0])
        hint = " These look like distances." if np.isinf(matrix[i, j]) else ""
        if kind == "distances" and matrix[i, j] < 0:
            hint = " Write inf where there is no path."
        raise ValueError(
            f"{path}: the {kind.removesuffix('s')} from {node_ids[i]!r} to "
            f"{node_ids[j]!r} is {matrix[i, j]:g}; expected numbers of 0 or "
            f"more. Correct it.{hint}"
        )
    off = ~np.eye(len(matrix), dtype=bool)
    own = np.diagonal(matrix)
    loops = (own > 0) & np.isfinite(own)
    if loops.any():
        warn_user(
            f"{path}: {counted(int(loops.sum()), 'entry')} of a sensor to "
            "itself; set to 0.".replace("entrys", "entries")
        )
    matrix = np.where(off | np.isinf(matrix), matrix, 0.0)
    zero = int((off & (matrix == 0)).sum())
    if kind == "distances" and zero:
        if 2 * zero > off.sum():
            raise ValueError(
                f"{path}: {zero:,} of {int(off.sum()):,} distances between "
                "two sensors are 0, which means one place. Write inf where "
                "there is no path; or are these weights?"
            )
        warn_user(
            f"{path}: {zero:,} distances between two sensors are 0; taken as "
            "one place. Write inf where there is no path; or are these "
            "weights (--graph-kind weights)?"
        )
    joined = (matrix > 0) if kind == "weights" else np.isfinite(matrix)
    warn_of_one_way(path, joined & off)
    return matrix


def warn_of_one_way(path, joined):
    """Warn of edges in one direction only.

    Args:
        path: The file, for messages.
        joined: `(N, N)` booleans, dense or sparse, without a diagonal.
    """
    edges = int(joined.sum())
    # Of these, the others have one back.
    one_way = edges - int((joined * joined.T).sum())
    if one_way:
        warn_user(
            f"{path}: {one_way:,} of {edges:,} edges have none in the other "
            "direction. Training takes these both ways, and of two "
            "directions the stronger one; DCRNN alone keeps directions."
        )


def _ordered(path, matrix, across, down, node_ids):
    if across is None and down is None:
        if len(matrix) != len(node_ids):
            raise ValueError(
                f"{path} is a matrix of {len(matrix)} sensors without their "
                f"ids, and the readings are of {len(node_ids)}. Expected the "
                "same, in the same order; or write the ids as first line and "
                "column, with the cell over them empty."
            )
        return matrix
    across = check_headings(path, across or down, "column")
    down = check_headings(path, down or across, "row")
    if sorted(across) != sorted(down):
        odd = sorted(set(across) ^ set(down))
        raise ValueError(
            f"{path}: the first line and the first column name different "
            f"sensors: {listed(odd)} in one only."
        )
    return pick(path, matrix, node_ids, down, "row", columns=across)


def pick(path, content, node_ids, ids, what, columns=None):
    """The rows (and columns) of the sensors, by name and in their order.

    Rows of other sensors are left out, with a warning.

    Args:
        path: The file, for messages.
        content: The array.
        node_ids: The sensors.
        ids: The sensors of the array's rows.
        what: What a row is, for messages.
        columns: The sensors of its columns, if it is a matrix.

    Raises:
        ValueError: If a sensor is not among them.
    """
    place = {name: at for at, name in enumerate(ids)}
    without = [name for name in node_ids if name not in place]
    if without:
        raise ValueError(
            f"{path} has no {what} for {len(without)} of {len(node_ids)} "
            f"sensors: {listed(without)}."
            f"{did_you_mean(without[0], sorted(set(place) - set(node_ids)))} "
            "Expected each sensor with readings, by the same name."
        )
    if len(place) > len(node_ids):
        other = sorted(set(place) - set(node_ids))
        warn_user(
            f"{path}: {counted(len(other), 'sensor')} without readings left "
            f"out: {listed(other)}."
        )
    content = content[[place[name] for name in node_ids]]
    if columns is None:
        return content
    place = {name: at for at, name in enumerate(columns)}
    return content[:, [place[name] for name in node_ids]]
