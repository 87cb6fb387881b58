"""From a file of readings and one of the graph to a `Series`."""

from keras_stunet.data.csv_rows import check_file
from keras_stunet.data.from_arrays import assemble
from keras_stunet.data.graph_files import KINDS
from keras_stunet.data.graph_files import read_graph
from keras_stunet.data.value_files import read_values
from keras_stunet.graph.checks import check_choice

_ARGUMENTS = {
    "weights": "adjacency",
    "distances": "distances",
    "coordinates": "coordinates",
}


def read_series(values, graph, kind=None, name=None):
    """Reads a `Series` from a file of readings and a file of the graph.

    What `read_values`, `read_graph` and `from_arrays` do, one after the
    other; sensors are matched by name. What was handled is said in warnings
    that name the file.

    Args:
        values: File of readings, see `read_values`.
        graph: File of the graph, see `read_graph`.
        kind: "distances" or "weights", where the graph's file does not say.
        name: Name of the series; by default that of the file of readings
            without its endings.

    Returns:
        A `Series`.

    Raises:
        ImportError: If a parquet file is to be read without pyarrow.
        OSError: If a file cannot be opened.
        ValueError: If a file is damaged or does not hold what it must, or
            the two do not fit.
    """
    values, graph = check_file(values), check_file(graph)
    if kind is not None:
        check_choice("kind", kind, KINDS)
    frame = read_values(values)
    content = read_graph(graph, frame.columns, kind)
    if name is None:
        name = values.name.split(".")[0]
    return assemble(
        frame,
        {_ARGUMENTS[content.kind]: content.content},
        named=True,
        name=name,
        source=str(values),
        graph_source=str(graph),
    )
