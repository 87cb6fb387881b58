"""Graphs written as a list of edges: from, to, distance or weight."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import did_you_mean
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

# Also with _id behind them.
_ENDS = {
    "from": {"from", "source", "src", "origin"},
    "to": {"to", "target", "dst", "destination"},
}
_OSMNX = ["u", "v"]  # first, for elsewhere they are winds
KIND_WORDS = {
    "distances": {"distance", "distances", "dist", "cost", "length"},
    "weights": {"weight", "weights", "w", "link_weight"},
}


def is_edge_list(headings):
    """Whether headings are those of an edge list.

    Example:
    >>> is_edge_list(["From", "to", "cost"]), is_edge_list(["", "a", "b"])
    (True, False)
    """
    return _ends(headings) is not None


def _ends(headings):
    """Columns of the two ends of an edge, `None` in another table."""
    words = [heading.strip().lower() for heading in headings]
    if words[:2] == _OSMNX:
        return [0, 1]
    words = [word.removesuffix("_id") for word in words]
    found = [
        [at for at, word in enumerate(words) if word in known]
        for known in _ENDS.values()
    ]
    if all(len(columns) == 1 for columns in found):
        return [columns[0] for columns in found]
    return None


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


def edge_columns(table, kind):
    """The two ends and the number of each edge of a list.

    The number is in the one column whose heading says distance or weight;
    other columns are passed over, with a warning. A list of ends alone gives
    each edge the weight 1.

    Args:
        table: A `Table` with the headings of an edge list.
        kind: "distances", "weights" or `None`.

    Returns:
        A `Table` of three columns, with headings.

    Raises:
        ValueError: If several columns may hold the number.
    """
    import pyarrow as pa

    path, headings = table.path, [name.strip() for name in table.head]
    ends = _ends(headings)
    others = [at for at in range(len(headings)) if at not in ends]
    if not others:
        warn_user(f"{path} has ends of edges alone; each edge has weight 1.")
        ones = pa.array(["weight"] + ["1"] * len(table.body), pa.large_string())
        columns = [*(table.columns[at] for at in ends), ones]
        return dataclasses.replace(table, columns=columns)
    known = [
        at
        for at in others
        if heading_kind(headings[at])
        in (KIND_WORDS if kind is None else [kind])
    ]
    if not known and len(others) == 1:
        known = others
    if len(known) != 1:
        raise ValueError(
            f"{path} is an edge list of {len(headings)} columns, "
            f"{', '.join(map(repr, headings))}; expected one of them to be "
            "called distance (or cost, length) or weight. Rename it, or "
            "remove the others."
        )
    passed = [headings[at] for at in others if at not in known]
    if passed:
        warn_user(
            f"{path}: of each edge {headings[known[0]]!r} is taken; other "
            f"columns are passed over: {listed(passed)}."
        )
    columns = [table.columns[at] for at in (*ends, *known)]
    return dataclasses.replace(table, columns=columns)


def edge_matrix(table, node_ids, kind):
    """The matrix of an edge list.

    Edges of sensors without readings are left out, edges from a sensor to
    itself dropped (but for a distance of 0, which counts for DCRNN's scale)
    and repeated equal ones merged. A weight of 0 and an infinite distance are
    no edge. Each of these has a warning; another one says how many pairs have
    an edge in one direction only, and these stay so.

    Args:
        table: A `Table` of three columns, without headings.
        node_ids: The sensors, in order.
        kind: "distances" or "weights".

    Returns:
        `(N, N)` `csr_array`: entry `(i, j)` is the edge from `i` to `j`. A
        distance may be 0 and is stored.

    Raises:
        ValueError: If no edge joins two of the sensors, the number of one is
            missing, negative or an infinite weight, or two equal edges
            differ.
    """
    index = {name: at for at, name in enumerate(node_ids)}
    edges, loops, repeats, strange = {}, 0, 0, {}
    nothing = 0 if kind == "weights" else np.inf
    own, none = {}, 0
    numbers = table.numbers([2])[0].ravel().tolist()
    for (line, cells), number in zip(table.rows(), numbers, strict=True):
        names = [cell.strip() for cell in cells[:2]]
        unknown = [name for name in names if name not in index]
        if unknown:
            strange |= dict.fromkeys(unknown)
            continue
        ends = [index[name] for name in names]
        place = f"{table.path}, {table.unit} {line}"
        _check_number(number, cells[2], kind, place)
        if number == nothing:
            none += ends[0] != ends[1]
            continue
        if ends[0] == ends[1]:
            if number == 0:  # a distance
                own[tuple(ends)] = 0.0
            loops += number != 0
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
    if none:
        warn_user(
            f"{table.path}: {counted(none, 'edge')} with the "
            f"{kind.removesuffix('s')} {nothing:g}; taken as none."
        )
    _warn_of_edges(table.path, edges, loops, repeats)
    rows, columns = np.array([*edges, *own]).T
    data = [number for number, _ in edges.values()]
    data = np.array([*data, *own.values()])
    return sp.csr_array((data, (rows, columns)), (len(index), len(index)))


def _check_number(number, cell, kind, place):
    if np.isnan(number):
        raise ValueError(
            f"{place}: {cell[:40]!r} is no number; expected the "
            f"{kind.removesuffix('s')} of the edge. Correct it, or remove the "
            "edge."
        )
    if number < 0 or (kind == "weights" and np.isinf(number)):
        least = "a finite one, 0" if kind == "weights" else "0"
        raise ValueError(
            f"{place}: the {kind.removesuffix('s')} is {number:g}; expected "
            f"{least} or more. Correct it; where there is no edge, remove the "
            "row."
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
