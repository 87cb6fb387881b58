"""Graphs among sensors from edge lists, matrices and coordinates in files."""

from keras_stunet.checks import check_choice
from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.graphs.arrays import from_pickle
from keras_stunet.data.readers.graphs.arrays import read_graph_arrays
from keras_stunet.data.readers.graphs.edge_lists import edge_columns
from keras_stunet.data.readers.graphs.edge_lists import edge_matrix
from keras_stunet.data.readers.graphs.edge_lists import heading_kind
from keras_stunet.data.readers.graphs.edge_lists import is_edge_list
from keras_stunet.data.readers.graphs.graph_file import KINDS
from keras_stunet.data.readers.graphs.graph_file import GraphFile
from keras_stunet.data.readers.graphs.graph_file import agreed
from keras_stunet.data.readers.graphs.matrices import check_matrix
from keras_stunet.data.readers.graphs.matrices import matrix_cells
from keras_stunet.data.readers.graphs.place_lists import are_places
from keras_stunet.data.readers.graphs.place_lists import is_place_list
from keras_stunet.data.readers.graphs.place_lists import place_coordinates
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import unpacked_name
from keras_stunet.data.readers.tables import is_number
from keras_stunet.data.readers.tables import read_parquet
from keras_stunet.data.readers.tables import text_table


def read_graph(path, node_ids, kind=None, *, decimal="."):
    """Reads the graph among sensors from a file.

    - An edge list, `.csv`: among the headings from (or source, origin), to
      (or target, destination) and distance (or cost, length) or weight, also
      u, v and length as OSMnx writes them; then a line for each edge. Without
      a number each edge has the weight 1. A weight of 0 and an infinite
      distance are no edge.
    - A square matrix, `.csv`, with ids as first line, first column or both
      (then with nothing, or "distance" or "weight", in the cell over them),
      or without any, in the order of the sensors.
    - Coordinates, `.csv`: columns latitude (or lat) and longitude (or lon,
      lng) in degrees, or geometry as `POINT (lon lat)`, and sensor (or
      sensor_id, station, id); others are passed over.
    - `.parquet`: any of these.
    - `.npy`, a matrix; `.npz`, one of `distances`, `weights` (or `adjacency`)
      and `coordinates`, and optionally `node_ids`; or a matrix of
      `scipy.sparse.save_npz`; or a `Series` that was saved, whose adjacency
      counts.
    - `.pkl`, of DCRNN: names, their places and weights. Nothing in it is run.
    - Any of these gzipped (`.gz`) or as the one file in a `.zip`.

    Ids are matched by name. Whether a matrix holds distances or weights is
    never guessed: where the file does not say so, `kind` must.

    Args:
        path: The file.
        node_ids: The sensors, whose order the content will have.
        kind: "distances" or "weights"; `None` for what the file says.
        decimal: Decimal mark of a csv whose cells are parted by semicolons,
            tabs or bars.

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
    name = unpacked_name(path)
    if name.endswith((".npy", ".npz")):
        return read_graph_arrays(path, node_ids, kind)
    if name.endswith((".pkl", ".pickle")):
        return from_pickle(path, node_ids, kind)
    if name.endswith(".parquet"):
        table = text_table(path, read_parquet(path))
    elif name.endswith((".csv", ".txt", ".tsv")):
        table = read_csv(path, None, None, decimal, quoted=False)
    else:
        raise ValueError(
            f"{path} is no .csv, .parquet, .npy, .npz or .pkl file, nor one "
            "of these in a .gz or .zip; expected the graph in one of these. "
            "Save it as one, such as with pandas' `to_csv`."
        )
    return _from_table(table, node_ids, kind)


def _from_table(table, node_ids, kind):
    path, headings = table.path, table.head
    if is_edge_list(headings):
        table = edge_columns(table, kind)
        heading = table.head[2]
        said = heading_kind(heading)
        kind = agreed(path, said, kind, f"its heading {heading!r}")
        content = edge_matrix(table.body, node_ids, kind)
        return GraphFile("edge list", kind, content)
    if is_place_list(headings):
        if kind is not None:
            raise ValueError(
                f"{path} holds coordinates, and the kind {kind!r} was given. "
                "Leave it out."
            )
        content = place_coordinates(table, node_ids)
        return GraphFile("coordinates", "coordinates", content)
    if are_places(table, node_ids):
        raise ValueError(
            f"{path}, line {table.lines[0]}: these look like coordinates "
            "without headings. Write sensor,latitude,longitude in the first "
            "line."
        )
    if len(headings) == 3 and not _may_be_three_sensors(table, node_ids):
        raise ValueError(
            f"{path} has three columns and the headings "
            f"{', '.join(map(repr, headings))}. If it is a list of edges, "
            "write from,to,distance or from,to,weight in its first line."
        )
    matrix, word = matrix_cells(table, node_ids)
    said = heading_kind(word or "")
    kind = agreed(path, said, kind, f"its first cell {word!r}")
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
