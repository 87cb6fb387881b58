"""From a file of readings and one of the graph to a `Series`."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from keras_stunet.checks import check_choice
from keras_stunet.data.readers.from_arrays import build_series
from keras_stunet.data.readers.graphs.graph_file import KINDS
from keras_stunet.data.readers.graphs.read_graph import read_graph
from keras_stunet.data.readers.opening import GZIP_MAGIC
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.values.measurements import sensors_of
from keras_stunet.data.readers.values.read_values import read_values
from keras_stunet.data.readers.values.rows import DATE_FORMAT
from keras_stunet.data.readers.values.rows import UNITS
from keras_stunet.data.readers.values.rows import UNORDERED
from keras_stunet.data.readers.values.sources import find_files
from keras_stunet.data.readers.values.sources import source_text
from keras_stunet.data.readers.values.sources import source_title
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

_ARGUMENTS = {
    "weights": "adjacency",
    "distances": "distances",
    "coordinates": "coordinates",
}
NEAREST = "nearest"
# What the command takes besides, as others than this do it.
_ELSEWHERE = ("none", "correlation")


def read_series(
    values,
    graph=None,
    kind=None,
    name=None,
    *,
    coordinates=None,
    units=None,
    **form,
):
    """Reads a `Series` from readings in files and perhaps one of the graph.

    What `read_values`, `read_graph` and `from_arrays` do, one after the
    other; sensors are matched by name. What was handled is said in warnings
    that name the file.

    Args:
        values: File of readings, a dict of a file for each measurement, a
            folder, a pattern or a list, see `read_values`.
        graph: File of the graph, see `read_graph`; or "nearest", each sensor
            with the 8 nearest of `coordinates`. By default that of a `Series`
            that was saved, and of other files none: there are no edges.
        kind: "distances" or "weights", where the graph's file does not say.
        name: Name of the series; by default that of the file of readings
            without its endings.
        coordinates: File of the sensors' places, for pictures and for
            "nearest".
        units: Units of the measurements in their order, a text for one; by
            default those in the headings or in the file.
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
    given = values, graph, kind, name, coordinates, units
    return read_series_and_form(*given, **form)[0]


def read_series_and_form(
    values,
    graph=None,
    kind=None,
    name=None,
    coordinates=None,
    units=None,
    **form,
):
    """The `Series` of `read_series`, and how its readings are written.

    Returns:
        The series; and a dict for `read_values` of a later file of this kind:
        `form`, but for a start, and with the order of dates that this file
        has shown.
    """
    if graph is None and is_saved_series(values):
        graph = values
    nearest = isinstance(graph, str) and graph == NEAREST
    if nearest and coordinates is None:
        raise ValueError(
            '`graph` is "nearest", and there are no `coordinates`. Give a '
            "file of places with the headings sensor,latitude,longitude "
            "(--coordinates)."
        )
    if graph in _ELSEWHERE and not Path(graph).exists():
        raise ValueError(
            f"`graph` is {graph!r}; expected a file or {NEAREST!r}. Without "
            "`graph` there are no edges, and `train_model(..., "
            'graph="correlation")` makes some of the training part.'
        )
    graph = None if graph is None or nearest else check_file(graph)
    if coordinates is not None:
        coordinates = check_file(coordinates)
    if kind is not None:
        check_choice("kind", kind, KINDS)
    files = [path for path in (graph, coordinates) if path is not None]
    for path in [*_paths(values), *files]:
        _warn_of_open_end(path)
    frame = read_values(values, **form)
    source = source_text(values)
    decimal = form.get("decimal", ".")
    arguments, places = {}, None
    if coordinates is not None:
        places = _read(coordinates, source, frame, None, decimal)
        if places.kind != "coordinates":
            raise ValueError(
                f"{coordinates} holds {places.kind}; expected coordinates, "
                "with the headings sensor,latitude,longitude. Give the graph "
                "as --graph."
            )
        if nearest:
            arguments["coordinates"] = places.content
    if graph is not None:
        content = _read(graph, source, frame, kind, decimal)
        arguments[_ARGUMENTS[content.kind]] = content.content
    series = build_series(
        frame,
        arguments,
        named=True,
        name=source_title(values) if name is None else name,
        source=source,
        graph_source=str(files[-1] if nearest else graph),
        units=_units(frame, units, source),
    )
    if places is not None:
        series = dataclasses.replace(series, coordinates=places.content)
    form[DATE_FORMAT] = frame.attrs[DATE_FORMAT]
    known = {key: x for key, x in form.items() if x not in (None, ())}
    for key in ("start", "interval"):
        known.pop(key, None)
    return series, known


def is_saved_series(source):
    """Whether a source is an .npz that `Series.save` wrote, by its content."""
    path = _only_file(source)
    if path is None:
        return False
    if not path.name.lower().endswith(".npz"):
        return False
    try:
        with path.open("rb") as file, np.load(file) as stored:
            return "format" in stored.files and "keys" in stored.files
    # Whatever is wrong with the file, reading it says so.
    except Exception:
        return False


def _only_file(source):
    if isinstance(source, Mapping):
        return None
    files = find_files(source)
    return files[0] if len(files) == 1 else None


def _paths(source):
    if isinstance(source, Mapping):
        return [path for one in source.values() for path in find_files(one)]
    return find_files(source)


def _units(frame, units, source):
    """The units of the measurements that a frame has, as they were said."""
    if units is None:
        return frame.attrs.get(UNITS)
    units = [units] if isinstance(units, str) else list(units)
    count = 1 if frame.columns.nlevels == 1 else len(frame.columns.unique(0))
    if len(units) != count:
        raise ValueError(
            f"{source} has {counted(count, 'measurement')}, and "
            f"{counted(len(units), 'unit')} are said: {listed(units)}. Give "
            "one for each, in their order."
        )
    return units


def _read(path, values, frame, kind, decimal):
    """A graph or places, in the order of the readings' sensors."""
    sensors = sensors_of(frame.columns)
    content = read_graph(path, sensors, kind, decimal=decimal)
    if frame.attrs[UNORDERED] and not content.named:
        raise ValueError(
            f"{path} does not name its sensors, and those of {values}, a "
            "long file, have no order but that in which they occur: "
            f"{listed(sensors)}. Write their ids into the file of the "
            "graph: as first line and column of a matrix, as `node_ids` in "
            "an .npz."
        )
    return content


def _warn_of_open_end(path):
    if path.suffix.lower() != ".csv" or not path.stat().st_size:
        return
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
        file.seek(-1, 2)
        if not packed and file.read(1) not in b"\r\n":
            warn_user(
                f"{path}: the last line has no line end. If the file was cut "
                "off, its last number may be too: check it."
            )
