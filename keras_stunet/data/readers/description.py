"""What a series is, in a line."""

import numpy as np
import scipy.sparse as sp

from keras_stunet.messages import counted
from keras_stunet.messages import with_unit
from keras_stunet.steps import describe_step
from keras_stunet.steps import minutes_per_step


def describe_series(series):
    """What a series is, in a line: steps, sensors, readings and edges.

    Example:
    >>> from keras_stunet.data import Series
    >>> ring = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    >>> days = np.arange("2024-03-01", "2024-03-03", dtype="datetime64[D]")
    >>> describe_series(Series([[1, 2, 3], [4, 5, 6]], ring, days))
    '2 steps of 1 day from 2024-03-01 00:00 to 2024-03-02 00:00, 3 sensors,
     readings from 1 to 6, none of them 0, none missing, 3 edges with weights
     from 1 to 1'
    """
    times = ""
    if series.timestamps is not None and series.num_steps > 1:
        step = describe_step(minutes_per_step(series.timestamps))
        first, last = (
            str(time).replace("T", " ")[:16]
            for time in series.timestamps[[0, -1]]
        )
        times = f" of {step} from {first} to {last}"
    found = ", ".join(map(_described, *_measurements(series)))
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
    sensors = counted(series.num_nodes, "sensor")
    return f"{series.num_steps:,} steps{times}, {sensors}, {found}, {edges}"


def _measurements(series):
    # Names with units, present readings, and how many there could be.
    names = series.measurement_names
    if series.measurements is None and len(names) == 1:
        names = ["readings"]
    units = [""] * len(names) if series.units is None else series.units
    shape = (series.num_steps, series.num_nodes, len(names))
    values = series.values.reshape(shape)
    present = np.ones(shape, bool)
    if series.mask is not None:
        present = series.mask.reshape(shape)
    readings = [values[..., at][present[..., at]] for at in range(len(names))]
    sizes = [series.num_steps * series.num_nodes] * len(names)
    return list(map(with_unit, names, units)), readings, sizes


def _described(name, readings, size):
    if not readings.size:
        return f"no {name}" if name == "readings" else f"no readings of {name}"
    return (
        f"{name} from {readings.min():.4g} to {readings.max():.4g}, "
        f"{_share((readings == 0).sum(), readings.size)} of them 0, "
        f"{_share(size - readings.size, size)} missing"
    )


def _share(count, of):
    # "none" and "all" are said of no and of every single one alone.
    if count in (0, of):
        return "all" if count else "none"
    percent = f"{100 * count / of:.1f}"
    if percent == "0.0":
        return "< 0.1 %"
    return "> 99.9 %" if percent == "100.0" else f"{percent} %"
