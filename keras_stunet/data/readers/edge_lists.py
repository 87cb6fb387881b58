"""Graphs written as a list of edges: from, to, distance or weight."""

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import did_you_mean
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

FROM_WORDS = {"from", "source", "src", "origin"}
TO_WORDS = {"to", "target", "dst", "destination"}
KIND_WORDS = {
    "distances": {"distance", "distances", "dist", "cost", "length"},
    "weights": {"weight", "weights", "w"},
}


def is_edge_list(headings):
    """Whether headings are those of an edge list.

    Example:
    >>> is_edge_list(["From", "to", "cost"]), is_edge_list(["", "a", "b"])
    (True, False)
    """
    words = [heading.strip().lower() for heading in headings]
    return len(words) > 1 and words[0] in FROM_WORDS and words[1] in TO_WORDS


def heading_kind(heading):
    """What a heading says about numbers: distances, weights, or `None`.

    Example:
    >>> heading_kind("cost"), heading_kind("Weight"), heading_kind("x")
    ('distances', 'weights', None)
    """
    for kind, words in KIND_WORDS.items():
        if heading.strip().lower() in words:
            return kind
    return None


def edge_matrix(table, node_ids, kind):
    """The matrix of an edge list.

    Edges of sensors without readings are left out, edges from a sensor to
    itself dropped and repeated equal ones merged, each with a warning;
    another one says how many pairs have an edge in one direction only, and
    these stay so.

    Args:
        table: A `Table` of three columns, without headings.
        node_ids: The sensors, in order.
        kind: "distances" or "weights".

    Returns:
        `(N, N)` `csr_array`: entry `(i, j)` is the edge from `i` to `j`. A
        distance may be 0 and is stored.

    Raises:
        ValueError: If no edge joins two of the sensors, the number of one is
            missing, infinite, negative or a weight of 0, or two equal edges
            differ.
    """
    index = {name: at for at, name in enumerate(node_ids)}
    edges, loops, repeats, strange = {}, 0, 0, {}
    numbers = table.numbers([2])[0].ravel().tolist()
    for (line, cells), number in zip(table.rows(), numbers, strict=True):
        names = [cell.strip() for cell in cells[:2]]
        unknown = [name for name in names if name not in index]
        if unknown:
            strange |= dict.fromkeys(unknown)
            continue
        ends = [index[name] for name in names]
        place = f"{table.path}, {table.unit} {line}"
        _check_number(number, cells[2], kind, ends[0] == ends[1], place)
        if ends[0] == ends[1]:
            loops += 1
            continue
        known, before = edges.setdefault(tuple(ends), (number, line))
        if known != number:
            raise ValueError(
                f"{place}: the edge from {names[0]!r} to {names[1]!r} has "
                f"{number:g}, and {known:g} in {table.unit} {before}. Keep "
                "one of them."
            )
        repeats += before != line
    if not edges:
        found = ""
        if strange:
            found = f" Those it names have none: {listed(strange)}."
            found += did_you_mean(next(iter(strange)), index)
        raise ValueError(
            f"{table.path} lists no edge between two sensors with readings; "
            f"expected at least one.{found}"
        )
    if strange:
        warn_user(
            f"{table.path}: edges of {counted(len(strange), 'sensor')} "
            f"without readings left out: {listed(strange)}."
        )
    _warn_of_edges(table.path, edges, loops, repeats)
    rows, columns = np.array(list(edges)).T
    data = np.array([number for number, _ in edges.values()])
    return sp.csr_array((data, (rows, columns)), (len(index), len(index)))


def _check_number(number, cell, kind, loop, place):
    if np.isnan(number):
        raise ValueError(
            f"{place}: {cell[:40]!r} is no number; expected the "
            f"{kind.removesuffix('s')} of the edge. Correct it, or remove the "
            "edge."
        )
    least = "more than 0" if kind == "weights" else "0 or more"
    low = number <= 0 if kind == "weights" else number < 0
    if (low and not (loop and number == 0)) or np.isinf(number):
        raise ValueError(
            f"{place}: the {kind.removesuffix('s')} is {number:g}; expected "
            f"a finite one, {least}. Correct it; where there is no edge, "
            "remove the row."
        )


def _warn_of_edges(path, edges, loops, repeats):
    if loops:
        warn_user(
            f"{path}: {counted(loops, 'edge')} from a sensor to itself; "
            "dropped."
        )
    if repeats:
        warn_user(
            f"{path}: {counted(repeats, 'edge')} listed again with an equal "
            "number; merged."
        )
    one_way = sum((j, i) not in edges for i, j in edges)
    if one_way:
        warn_user(
            f"{path}: {one_way:,} of {counted(len(edges), 'edge')} have none "
            "in the other direction. Training takes these both ways, and of "
            "two directions the stronger one; DCRNN alone keeps directions."
        )
