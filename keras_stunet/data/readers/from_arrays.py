"""From arrays or data frames of one's own to a `Series`."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
import scipy.sparse as sp

from keras_stunet.data.readers.build import build_series
from keras_stunet.data.readers.covariate_arrays import covariate_frames
from keras_stunet.data.readers.covariate_frames import are_labelled
from keras_stunet.data.readers.covariates import with_covariates
from keras_stunet.data.readers.graphs.matrices import warn_of_one_way
from keras_stunet.data.readers.times.timestamps import read_times
from keras_stunet.data.readers.values.measurements import labels
from keras_stunet.data.readers.values.measurements import side_by_side
from keras_stunet.data.readers.values.rows import UTC_OFFSET
from keras_stunet.data.readers.values.rows import check_finite
from keras_stunet.graph.checks import check_adjacency
from keras_stunet.graph.checks import without_self_loops
from keras_stunet.messages import listed


def from_arrays(
    values,
    *,
    adjacency=None,
    distances=None,
    coordinates=None,
    timestamps=None,
    mask=None,
    node_ids=None,
    name="series",
    measurements=None,
    units=None,
    covariates=None,
    static=None,
):
    """Makes a `Series` of readings and a graph of one's own.

    One of `adjacency`, `distances` and `coordinates` makes the graph; without
    any there are no edges, which is enough for models that do not look at
    them or do not pool (`p=0`).

    - `adjacency`: taken as it is.
    - `distances`: as DCRNN does, `W_ij = exp(-(d_ij / s)^2)` where that is at
      least 0.1, else 0. `s` is the standard deviation of all finite distances
      that are listed, the 0 of a sensor to itself among them, so that any
      unit will do (where all between two sensors are equal, `s` is that
      distance). Of a list of links between neighbours (a distance for fewer
      than half of the pairs and fewer than 16 a sensor) it is the root mean
      square: links up to 1.5 times as long make an edge.
    - `coordinates` alone: the 8 nearest neighbours, `neighbour_adjacency`.
    - A graph of correlations is made of the training part alone:
      `train_model(series, ..., graph="correlation")`, or
      `keras_stunet.graph.correlation_adjacency`.

    With timestamps, rows are put on a regular grid: see `time_grid`. What was
    handled, and what looks odd (sensors without any reading, with a constant
    one, without an edge; days without readings; a directed graph), is said in
    warnings.

    Args:
        values: `(steps, N)` readings in original units, an array or a data
            frame, whose columns name the sensors and whose `DatetimeIndex`
            is the time; or an array of xarray, likewise. Without `mask`, NaN
            is a missing reading, and so is what a masked array of NumPy
            hides. D measurements of each sensor are an array
            `(steps, N, D)`, or a data frame with columns of two levels,
            measurement and sensor.
        adjacency: `(N, N)` weights, dense or sparse; or a data frame, whose
            labels name the sensors in any order.
        distances: `(N, N)`, `inf` where there is no path; or sparse, with no
            path where nothing is stored; or a data frame. A finite entry of
            the diagonal counts as a listed 0. Both may be directed.
        coordinates: `(N, 2)` latitude and longitude in degrees, or a data
            frame with these columns. Beside one of the other two they are
            kept for pictures, and may be NaN.
        timestamps: `(steps,)` timestamps, or text such as 2024-03-01 08:05, all
            with a UTC offset or none.
        mask: Of the shape of `values`, true where a reading is present.
        node_ids: `(N,)` names of the sensors.
        name: Name of the series.
        measurements: `(D,)` names of the measurements, by default those of
            the data frame.
        units: `(D,)` their units.
        covariates: What is known in advance: data frames as `with_covariates`
            takes them; or `{name: (rows,) or (rows, N)}` arrays of numbers or
            text, whose rows are those of `values` and, as far as they are
            known, of the steps that follow.
        static: What the sensors are, likewise: a data frame, or `{name:
            (N,)}` arrays.

    Returns:
        A `Series`; its mask is `None` if all readings are present.

    Raises:
        ValueError: If there is more than one graph, shapes or names
            disagree, a present reading is not finite, no reading is present,
            distances leave no edge, the times make no regular grid, or a
            covariate is not known at one of them.

    Example:
    >>> series = from_arrays(
    ...     [[60.0, 55], [61, 54], [59, np.nan]],
    ...     distances=[[0, 900], [900, 0]],
    ...     timestamps=[
    ...         "2024-03-01 08:00",
    ...         "2024-03-01 08:05",
    ...         "2024-03-01 08:10",
    ...     ],
    ... )
    >>> series.adjacency.round(3).tolist(), series.mask.sum(axis=0).tolist()
    ([[0.0, 0.368], [0.368, 0.0]], [3, 2])
    """
    source = f"series {name!r}"
    named = isinstance(values, pd.DataFrame) or node_ids is not None
    columns = None
    of_xarray = hasattr(values, "dims") and hasattr(values, "to_pandas")
    if of_xarray and np.ndim(values) < 3:
        values, named = values.to_pandas(), True
    values = _whole(values)
    if _holds_several(values):
        values, mask, columns = side_by_side(
            values, mask, measurements, node_ids, source
        )
        node_ids = labels(columns)
    frame = _framed(values, timestamps, mask, node_ids, source)
    if columns is not None:
        frame.columns = columns
    graph = {
        "adjacency": adjacency,
        "distances": distances,
        "coordinates": coordinates,
    }
    series = build_series(
        frame, graph, named, name, source, source, measurements, units
    )
    if adjacency is not None:
        graph = sp.csr_array(check_adjacency(series.adjacency, symmetric=False))
        warn_of_one_way(source, without_self_loops(graph).astype(bool))
    if covariates is None and static is None:
        return series
    if isinstance(covariates, Mapping):
        dated = series.timestamps is not None
        if not dated and not are_labelled(covariates, "`covariates`"):
            series = dataclasses.replace(series, covariates=covariates)
            covariates = None
        else:
            covariates = covariate_frames(
                covariates, series, frame.index, source
            )
    return with_covariates(series, covariates, static)


def _holds_several(values):
    """Whether there are measurements beside sensors, or levels of columns."""
    if isinstance(values, pd.DataFrame):
        return values.columns.nlevels == 2
    if hasattr(values, "ndim"):
        return values.ndim == 3
    try:
        return isinstance(values, (list, tuple)) and np.ndim(values) == 3
    except ValueError:  # ragged lists, of which `_framed` says more
        return False


def _framed(values, timestamps, mask, node_ids, source):
    index, columns, offset = timestamps, node_ids, None
    if isinstance(values, pd.DataFrame):
        if not isinstance(values.index, pd.RangeIndex):
            if timestamps is not None:
                raise ValueError(
                    f"{source}: the index of `values` and `timestamps` both "
                    "say the time. Leave one out (`values.to_numpy()`)."
                )
            index = values.index
        if isinstance(values.columns, pd.DatetimeIndex):
            raise ValueError(
                f"{source}: the columns of `values` are times; expected a row "
                "a time and a column a sensor. Give `values.T`."
            )
        times = [x for x, kind in values.dtypes.items() if kind.kind in "mM"]
        if times:
            raise ValueError(
                f"{source}: column {times[0]!r} of `values` holds times; "
                "expected readings alone, with the time as index: "
                f"`values.set_index({times[0]!r})`."
            )
        named = [str(name).strip() for name in values.columns]
        numbered = [str(at) for at in range(len(named))]  # as pandas does
        if node_ids is None:
            columns = named
        elif named not in (numbered, [str(name).strip() for name in node_ids]):
            raise ValueError(
                f"{source}: the columns of `values` are {listed(named)} and "
                f"`node_ids` are {listed(node_ids)}; which is which is not "
                "known. Leave `node_ids` out, or give `values.to_numpy()`."
            )
    try:
        if isinstance(values, pd.DataFrame):
            values = values.to_numpy("float64", na_value=np.nan)
        # `array` of NumPy would give what a mask hides. A copy, of which
        # `mask` may take something out.
        array = np.ma.array(values)
        if array.dtype.kind in "cmM":
            raise TypeError(f"dtype {array.dtype}")
        array = np.ma.array(array, dtype="float64", copy=True).filled(np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{source}: `values` holds what is no number: {error}. Expected "
            "readings, NaN where one is missing."
        ) from error
    if array.ndim != 2 or not array.size:
        raise ValueError(
            f"{source}: `values` has shape {array.shape}; expected (steps, "
            "sensors) or (steps, sensors, measurements), none of them 0."
        )
    steps, n = array.shape
    columns = range(n) if columns is None else columns
    columns = pd.Index([str(name).strip() for name in columns])
    if len(columns) != n or not columns.is_unique or "" in columns:
        raise ValueError(
            f"{source}: {len(columns)} sensors are named, "
            f"{columns.nunique()} of them differently; expected a different "
            f"name for each of the {n} columns of `values`."
        )
    if index is not None:
        times, offset = read_times(index, source)
        index = pd.DatetimeIndex(times)
        if len(index) != steps:
            raise ValueError(
                f"{source}: there are {len(index)} timestamps for {steps} "
                "rows of `values`; expected one for each."
            )

    def place(row, column):
        return f"{source}, row {row}, sensor {columns[column]!r}"

    if mask is not None:
        present = _checked_mask(mask, array.shape, source)
        if np.isnan(array[present]).any():
            raise ValueError(
                f"{place(*np.argwhere(present & np.isnan(array))[0])}: the "
                "reading is NaN, and `mask` says that it is present. Leave "
                "`mask` out, or say False there."
            )
        array[~present] = np.nan
    check_finite(array, place)
    frame = pd.DataFrame(array, index, columns)
    frame.attrs[UTC_OFFSET] = offset
    return frame


def _whole(values):
    """An array that is read from a file when it is indexed, read."""
    known = isinstance(values, (np.ndarray, pd.DataFrame, pd.Series))
    if known or not hasattr(values, "__array__"):
        return values
    return values[...]


def _checked_mask(mask, shape, source):
    if isinstance(mask, pd.DataFrame):
        raise ValueError(
            f"{source}: `mask` is a data frame, whose order may be another "
            "than that of `values`. Give it in their order, as an array: "
            "`mask.to_numpy()`."
        )
    if np.ma.isMaskedArray(mask):
        mask = mask.filled(0)
    mask = np.asarray(mask)
    if mask.shape != shape or (
        mask.dtype != bool and not np.isin(mask, (0, 1)).all()
    ):
        raise ValueError(
            f"{source}: `mask` has shape {mask.shape} and dtype {mask.dtype}; "
            f"expected {shape} booleans, true where a reading is present."
        )
    return mask.astype(bool)
