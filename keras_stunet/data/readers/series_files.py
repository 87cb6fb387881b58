"""From a file of readings and one of the graph to a `Series`."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from keras_stunet.checks import check_choice
from keras_stunet.data.readers.from_arrays import build_series
from keras_stunet.data.readers.graph_file import KINDS
from keras_stunet.data.readers.graphs import read_graph
from keras_stunet.data.readers.long_rows import DATE_FORMAT
from keras_stunet.data.readers.long_rows import UNORDERED
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.values import read_values
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

_ARGUMENTS = {
    "weights": "adjacency",
    "distances": "distances",
    "coordinates": "coordinates",
}
NEAREST = "nearest"


def read_series(
    values, graph=None, kind=None, name=None, *, coordinates=None, **form
):
    """Reads a `Series` from a file of readings and perhaps one of the graph.

    What `read_values`, `read_graph` and `from_arrays` do, one after the
    other; sensors are matched by name. What was handled is said in warnings
    that name the file.

    Args:
        values: File of readings, see `read_values`.
        graph: File of the graph, see `read_graph`; or "nearest", each sensor
            with the 8 nearest of `coordinates`. By default that of a `Series`
            that was saved, and of other files none: there are no edges.
        kind: "distances" or "weights", where the graph's file does not say.
        name: Name of the series; by default that of the file of readings
            without its endings.
        coordinates: File of the sensors' places, for pictures and for
            "nearest".
        **form: What the file of readings does not say itself, see
            `read_values`; `decimal` holds for the others, too, where commas
            do not part their cells.

    Returns:
        A `Series`.

    Raises:
        OSError: If a file cannot be opened.
        ValueError: If a file is damaged or does not hold what it must, or
            they do not fit.
    """
    given = values, graph, kind, name, coordinates
    return read_series_and_form(*given, **form)[0]


def read_series_and_form(
    values, graph=None, kind=None, name=None, coordinates=None, **form
):
    """The `Series` of `read_series`, and how its readings are written.

    Returns:
        The series; and a dict for `read_values` of a later file of this kind:
        `form`, but for a start, and with the order of dates that this file
        has shown.
    """
    values = check_file(values)
    if graph is None and is_saved_series(values):
        graph = values
    nearest = isinstance(graph, str) and graph == NEAREST
    if nearest and coordinates is None:
        raise ValueError(
            '`graph` is "nearest", and there are no `coordinates`. Give a '
            "file of places with the headings sensor,latitude,longitude "
            "(--coordinates)."
        )
    graph = None if graph is None or nearest else check_file(graph)
    if coordinates is not None:
        coordinates = check_file(coordinates)
    if kind is not None:
        check_choice("kind", kind, KINDS)
    files = [path for path in (values, graph, coordinates) if path is not None]
    for path in files:
        _warn_of_open_end(path)
    frame = read_values(values, **form)
    decimal = form.get("decimal", ".")
    arguments, places = {}, None
    if coordinates is not None:
        places = _read(coordinates, values, frame, None, decimal)
        if places.kind != "coordinates":
            raise ValueError(
                f"{coordinates} holds {places.kind}; expected coordinates, "
                "with the headings sensor,latitude,longitude. Give the graph "
                "as --graph."
            )
        if nearest:
            arguments["coordinates"] = places.content
    if graph is not None:
        content = _read(graph, values, frame, kind, decimal)
        arguments[_ARGUMENTS[content.kind]] = content.content
    series = build_series(
        frame,
        arguments,
        named=True,
        name=values.name.split(".")[0] if name is None else name,
        source=str(values),
        graph_source=str(files[-1] if nearest else graph),
    )
    if places is not None:
        series = dataclasses.replace(series, coordinates=places.content)
    form[DATE_FORMAT] = frame.attrs[DATE_FORMAT]
    known = {key: x for key, x in form.items() if x not in (None, ())}
    for key in ("start", "interval"):
        known.pop(key, None)
    return series, known


def is_saved_series(path):
    """Whether a file is an .npz that `Series.save` wrote, by its content."""
    path = check_file(path)
    if not path.name.lower().endswith(".npz"):
        return False
    try:
        with path.open("rb") as file, np.load(file) as stored:
            return "format" in stored.files and "keys" in stored.files
    # Whatever is wrong with the file, reading it says so.
    except Exception:
        return False


def _read(path, values, frame, kind, decimal):
    """A graph or places, in the order of the readings' sensors."""
    content = read_graph(path, frame.columns, kind, decimal=decimal)
    if frame.attrs[UNORDERED] and not content.named:
        raise ValueError(
            f"{path} does not name its sensors, and those of {values}, a "
            "long file, have no order but that in which they occur: "
            f"{listed(frame.columns)}. Write their ids into the file of the "
            "graph: as first line and column of a matrix, as `node_ids` in "
            "an .npz."
        )
    return content


def describe_series(series):
    """What a series is, in a line: steps, sensors, readings and edges.

    Example:
    >>> from keras_stunet.data import Series
    >>> ring = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    >>> days = np.arange("2024-03-01", "2024-03-03", dtype="datetime64[D]")
    >>> describe_series(Series([[1, 2, 3], [4, 5, 6]], ring, days))
    '2 steps of 1440 min from 2024-03-01 00:00 to 2024-03-02 00:00, 3 sensors,
     readings from 1 to 6, 0.0 % of them 0, 0.0 % missing, 3 edges with weights
     from 1 to 1'
    """
    times = ""
    if series.timestamps is not None and series.num_steps > 1:
        minutes = np.median(np.diff(series.timestamps).astype(float)) / 60
        first, last = (
            str(time).replace("T", " ")[:16]
            for time in series.timestamps[[0, -1]]
        )
        times = f" of {minutes:g} min from {first} to {last}"
    readings = series.values
    if series.mask is not None:
        readings = readings[series.mask]
    found = "no readings"
    if readings.size:
        missing = 1 - readings.size / series.values.size
        found = (
            f"readings from {readings.min():.4g} to {readings.max():.4g}, "
            f"{100 * (readings == 0).mean():.1f} % of them 0, "
            f"{100 * missing:.1f} % missing"
        )
    graph = sp.coo_array(series.adjacency)
    joins = (graph.data != 0) & (graph.row != graph.col)
    pairs = np.sort([graph.row[joins], graph.col[joins]], axis=0)
    edges = "no edges"
    if joins.any():
        weights = graph.data[joins]
        edges = (
            f"{np.unique(pairs, axis=1).shape[1]:,} edges with weights from "
            f"{weights.min():.3g} to {weights.max():.3g}"
        )
    return (
        f"{series.num_steps:,} steps{times}, {series.num_nodes:,} sensors, "
        f"{found}, {edges}"
    )


def _warn_of_open_end(path):
    if path.suffix.lower() != ".csv" or not path.stat().st_size:
        return
    with path.open("rb") as file:
        file.seek(-1, 2)
        if file.read(1) not in b"\r\n":
            warn_user(
                f"{path}: the last line has no line end. If the file was cut "
                "off, its last number may be too: check it."
            )
