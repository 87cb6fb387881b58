"""A `Series` of readings on a grid of times and a graph, with its warnings."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from keras_stunet.data.readers.graphs.weights import checked_graph
from keras_stunet.data.readers.graphs.weights import chosen_adjacency
from keras_stunet.data.readers.sentinels import warn_of_sentinels
from keras_stunet.data.readers.times.resample import time_grid
from keras_stunet.data.readers.values.measurements import labels
from keras_stunet.data.readers.values.rows import UTC_OFFSET
from keras_stunet.data.series import Series
from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.checks import check_square
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

# Weights made of distances, and those that say yes or no, are at most 1.
_LARGE_WEIGHT = 10


def build_series(
    frame,
    graph,
    named,
    name,
    source,
    graph_source,
    measurements=None,
    units=None,
):
    """A `Series` of a frame of readings and a graph, with its warnings.

    Args:
        frame: A row a time, a column a sensor, NaN where missing; without
            times if its index is a `RangeIndex`; the offset of their clock as
            its attribute `UTC_OFFSET`. Of several measurements the columns
            have two levels, measurement and sensor, as `side_by_side` makes
            them.
        graph: A dict of the graph arguments of `from_arrays`; without any
            of them there are no edges.
        named: Whether the columns name the sensors.
        name: Name of the series.
        source: Where the readings come from, for messages.
        graph_source: Where the graph comes from, for messages.
        measurements: Name of the measurement, where the columns do not say.
        units: `(D,)` units of the measurements.
    """
    sensors, parts = frame.columns, [source]
    if sensors.nlevels == 2:
        measurements, sensors = (sensors.unique(level) for level in (0, 1))
        if len(measurements) > 1:
            parts = [f"{source}, {name}" for name in measurements]
    graph = checked_graph(graph, sensors, graph_source)
    adjacency, reach = chosen_adjacency(graph, sensors, graph_source)
    offset = frame.attrs[UTC_OFFSET]
    dated = not isinstance(frame.index, pd.RangeIndex)
    frame = frame.set_axis(labels(frame.columns), axis=1)
    if dated:
        frame = time_grid(frame, source)
    # (steps, D N) to (D, steps, N)
    values = frame.to_numpy("float64").reshape(len(frame), len(parts), -1)
    values = values.swapaxes(0, 1)
    present = ~np.isnan(values)
    for part, readings, there in zip(parts, values, present, strict=True):
        if not there.any():
            raise ValueError(
                f"{part}: no reading is present; expected at least one."
            )
        _warn_of_sensors(sensors, readings, there, part)
        warn_of_sentinels(sensors, readings, part)
    values, present = np.moveaxis(values, 0, -1), np.moveaxis(present, 0, -1)
    if dated:
        _warn_of_empty_days(frame.index, present.any(axis=-1), source)
    if graph:
        _warn_of_isolated(sensors, adjacency, reach, graph_source)
    if graph.get("adjacency") is not None:
        _warn_of_large_weights(adjacency, graph_source)
    distances = graph.get("distances")
    if distances is not None and not sp.issparse(distances):
        distances = check_square(distances, "distance matrix")  # a copy
        unsaid = ~np.isfinite(distances.diagonal())
        distances[unsaid, unsaid] = 0
    return Series(
        values=values,
        adjacency=adjacency,
        timestamps=frame.index.to_numpy() if dated else None,
        mask=None if present.all() else present,
        node_ids=sensors.to_numpy(str) if named else None,
        coordinates=graph.get("coordinates"),
        distances=None if sp.issparse(distances) else distances,
        name=name,
        utc_offset=offset,
        measurements=measurements,
        units=units,
    )


def _warn_of_large_weights(adjacency, source):
    largest = check_adjacency(adjacency, symmetric=False).max()
    if largest > _LARGE_WEIGHT:
        warn_user(
            f"{source}: the largest weight is {largest:g}. The larger a "
            "weight, the nearer two sensors count. If these are distances, "
            "say so (--graph-kind distances, or the heading `distance`)."
        )


def _warn_of_sensors(names, values, present, source):
    # fmin and fmax pass over NaN and need no warning where all are.
    least = np.fmin.reduce(values, axis=0)
    most = np.fmax.reduce(values, axis=0)
    empty = names[~present.any(axis=0)]
    if len(empty):
        warn_user(
            f"{source}: {counted(len(empty), 'sensor')} without any reading: "
            f"{listed(empty)}. Nothing is learned from them."
        )
    constant = names[(least == most) & (present.sum(axis=0) > 1)]
    if len(constant):
        warn_user(
            f"{source}: {counted(len(constant), 'sensor')} whose readings are "
            f"all the same: {listed(constant)}. If they are out of order, "
            "leave these cells empty."
        )


def _warn_of_empty_days(index, present, source):
    day = index.to_numpy().astype("datetime64[D]")
    days, which = np.unique(day, return_inverse=True)
    readings = np.bincount(which, present.sum(axis=1))
    if len(days) == len(index):  # gaps of rows, which are said
        return
    empty = days[readings == 0]
    if len(empty):
        warn_user(
            f"{source}: {counted(len(empty), 'day')} without any reading: "
            f"{listed(empty)}."
        )


def _warn_of_isolated(names, adjacency, reach, source):
    adjacency = check_adjacency(adjacency, symmetric=False)
    own = adjacency.diagonal()
    degree = np.asarray(adjacency.sum(axis=0) + adjacency.sum(axis=1)).ravel()
    alone = names[degree - 2 * own <= 0]
    if len(alone):
        cut = ""
        if reach is not None:
            cut = f" Distances over {reach:g} make no edge; weights always do."
        warn_user(
            f"{source}: {counted(len(alone), 'sensor')} without an edge: "
            f"{listed(alone)}. They are forecast from their own readings; "
            f"leave out what is no sensor.{cut}"
        )
