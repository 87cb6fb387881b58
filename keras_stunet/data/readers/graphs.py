"""Graphs among sensors from edge lists, matrices and coordinates in files."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import check_choice
from keras_stunet.data.readers.array_files import read_arrays
from keras_stunet.data.readers.edge_lists import edge_matrix
from keras_stunet.data.readers.edge_lists import heading_kind
from keras_stunet.data.readers.edge_lists import is_edge_list
from keras_stunet.data.readers.graph_matrices import check_matrix
from keras_stunet.data.readers.graph_matrices import matrix_cells
from keras_stunet.data.readers.graph_matrices import pick
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.place_lists import is_place_list
from keras_stunet.data.readers.place_lists import place_coordinates
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.tables import is_number
from keras_stunet.data.readers.tables import read_csv
from keras_stunet.data.readers.tables import read_parquet
from keras_stunet.data.readers.tables import text_table
from keras_stunet.data.series import Series

KINDS = ("distances", "weights")
_ARRAY_KINDS = {
    "adjacency": "weights",
    "weights": "weights",
    "distances": "distances",
    "coordinates": "coordinates",
}


class GraphFile(NamedTuple):
    """What a file says about the graph among sensors.

    Attributes:
        form: "edge list", "matrix" or "coordinates".
        kind: What `content` holds: "distances" (infinite or not stored: no
            path), "weights" (0 or not stored: no edge) or "coordinates".
        content: `(N, N)`, a `csr_array` for an edge list and else an array,
            where entry `(i, j)` leads from `i` to `j`; or `(N, 2)` latitude
            and longitude. In the order of the sensors that were asked for.
        named: Whether the file names its sensors; else its order was taken
            for theirs.
    """

    form: str
    kind: str
    content: np.ndarray | sp.csr_array
    named: bool = True


def read_graph(path, node_ids, kind=None):
    """Reads the graph among sensors from a file.

    - An edge list, `.csv`: the headings from (or source), to (or target) and
      distance (or cost, as in DCRNN's files) or weight; then a line for each
      edge.
    - A square matrix, `.csv`, with ids as first line, first column or both
      (then with nothing, or "distance" or "weight", in the cell over them),
      or without any, in the order of the sensors.
    - Coordinates, `.csv`: columns latitude (or lat) and longitude (or lon,
      lng) in degrees and sensor (or sensor_id, station, id); others are
      passed over.
    - `.csv.gz` and `.parquet`: any of these.
    - `.npy`, a matrix; `.npz`, one of `distances`, `weights` (or `adjacency`)
      and `coordinates`, and optionally `node_ids`; or a `Series` that was
      saved, whose adjacency counts.

    Ids are matched by name. Whether a matrix holds distances or weights is
    never guessed: where the file does not say so, `kind` must.

    Args:
        path: The file.
        node_ids: The sensors, whose order the content will have.
        kind: "distances" or "weights"; `None` for what the file says.

    Returns:
        A `GraphFile`.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged or no such file, does not fit the
            sensors, or `kind` is missing or says something else than it.
    """
    if kind is not None:
        check_choice("kind", kind, KINDS)
    path = check_file(path)
    node_ids = [str(name) for name in node_ids]
    name = path.name.lower()
    if name.endswith((".npy", ".npz")):
        return _from_arrays(path, node_ids, kind)
    if name.endswith(".parquet"):
        table = text_table(path, read_parquet(path))
    elif name.endswith((".csv", ".csv.gz")):
        table = read_csv(path)
    else:
        raise ValueError(
            f"{path} is no .csv, .csv.gz, .parquet, .npy or .npz file; "
            "expected the graph in one of these. Save it as one, such as with "
            "pandas' `to_csv`."
        )
    return _from_table(table, node_ids, kind)


def _from_table(table, node_ids, kind):
    path, headings = table.path, table.head
    if is_place_list(headings):
        if kind is not None:
            raise ValueError(
                f"{path} holds coordinates, and the kind {kind!r} was given. "
                "Leave it out."
            )
        content = place_coordinates(table, node_ids)
        return GraphFile("coordinates", "coordinates", content)
    if is_edge_list(headings):
        if len(headings) != 3:
            raise ValueError(
                f"{path} is an edge list of {len(headings)} columns; expected "
                "three: from, to, and distance or weight."
            )
        said = heading_kind(headings[2])
        kind = _agreed(path, said, kind, f"its heading {headings[2]!r}")
        content = edge_matrix(table.body, node_ids, kind)
        return GraphFile("edge list", kind, content)
    if len(headings) == 3 and not _may_be_three_sensors(table, node_ids):
        raise ValueError(
            f"{path} has three columns and the headings "
            f"{', '.join(map(repr, headings))}. If it is a list of edges, "
            "write from,to,distance or from,to,weight in its first line."
        )
    matrix, word = matrix_cells(table, node_ids)
    said = heading_kind(word or "")
    kind = _agreed(path, said, kind, f"its first cell {word!r}")
    matrix = check_matrix(path, matrix, node_ids, kind)
    return GraphFile("matrix", kind, matrix, named=word is not None)


def _may_be_three_sensors(table, node_ids):
    # A matrix of two or three sensors is as wide as an edge list, but holds
    # numbers beside its ids, and without ids zeros in its diagonal.
    if len(table) not in (2, 3, 4) or len(node_ids) > 3:
        return False
    rows = [cells for _, cells in table.rows()]
    if len(rows) == 3 and all(is_number(rows[at][at]) for at in range(3)):
        return all(float(rows[at][at]) == 0 for at in range(3))
    inner = [row[len(rows) < 4 :] for row in rows[len(rows) > 2 :]]
    return all(is_number(cell) for row in inner for cell in row)


def _from_arrays(path, node_ids, kind):
    arrays = read_arrays(path)
    if "format" in arrays:
        series = Series.load(path)
        arrays = {"adjacency": series.adjacency, "node_ids": series.node_ids}
    found = [key for key in arrays if key in _ARRAY_KINDS]
    if "" in arrays:
        key, said = "", None
        if arrays[""].dtype == bool:
            said = "weights"
    elif len(found) == 1:
        key, said = found[0], _ARRAY_KINDS[found[0]]
    else:
        raise ValueError(
            f"{path} has {', '.join(arrays) or 'nothing'}; expected just one "
            f"of {', '.join(_ARRAY_KINDS)}, and `node_ids` if it has names."
        )
    content, ids = arrays[key], arrays.get("node_ids")
    places = said == "coordinates"
    n = len(node_ids) if ids is None else len(ids)
    if content.dtype.kind not in "biuf" or content.shape != (
        n,
        2 if places else n,
    ):
        raise ValueError(
            f"{path}: the array has shape {content.shape} and dtype "
            f"{content.dtype}; expected numbers "
            f"{(n, 2) if places else (n, n)} for {n} sensors."
        )
    content = content.astype("float64")
    if not places or kind is not None:
        kind = _agreed(path, said, kind, f"its key {key!r}" if key else "dtype")
    if ids is not None:
        ids = check_headings(path, ids.astype(str).tolist(), "row")
        columns = None if places else ids
        content = pick(path, content, node_ids, ids, "row", columns)
    named = ids is not None
    if places:
        return GraphFile("coordinates", "coordinates", content, named)
    if sp.issparse(content):
        # Never made dense: such a graph may have any number of sensors.
        content.setdiag(0)
        content.eliminate_zeros()
        return GraphFile("edge list", kind, content, named)
    content = check_matrix(path, content, node_ids, kind)
    return GraphFile("matrix", kind, content, named)


def _agreed(path, said, kind, where):
    if said is None and kind is None:
        raise ValueError(
            f"{path} does not say whether its numbers are distances or "
            "weights. Say it: --graph-kind distances or weights (in Python "
            "`kind`)."
        )
    if said is not None and kind is not None and said != kind:
        raise ValueError(
            f"{path} holds {said}, as {where} says, and the kind {kind!r} was "
            "given. Leave it out, or correct the file."
        )
    return said or kind
