"""Covariates as arrays, whose rows are those of readings."""

import numpy as np
import pandas as pd

from keras_stunet.data.covariate_columns import check_rows
from keras_stunet.data.covariate_columns import checked_columns
from keras_stunet.data.readers.covariate_frames import SOURCE
from keras_stunet.data.readers.covariate_frames import are_labelled
from keras_stunet.data.readers.values.rows import UTC_OFFSET
from keras_stunet.steps import minutes_per_step
from keras_stunet.steps import time_after


def covariate_frames(columns, series, times, source):
    """Data frames of arrays whose rows are those of readings.

    Args:
        columns: `{name: (rows,) or (rows, N)}`, for the rows of the readings
            and perhaps for later ones; or of a `pandas.Series` or a data
            frame each, dated.
        series: The `Series` of the readings, on its grid.
        times: `(steps,)` times of its readings as they were given.
        source: What they belong to, for messages.

    Raises:
        ValueError: If shapes or lengths do not fit, or only some are dated.
    """
    what = f"`covariates` of {source}"
    if are_labelled(columns, what):
        return [pd.concat({name: x}, axis=1) for name, x in columns.items()]
    timestamps, n = series.timestamps, series.num_nodes
    columns = checked_columns(columns, [(None,), (None, n)], what)
    if not columns:
        return []
    check_rows(columns, len(times), source)
    # Times that are a little off the grid are moved onto it, as readings are.
    grid = pd.DatetimeIndex(timestamps)
    index = grid[grid.get_indexer(pd.DatetimeIndex(times), method="nearest")]
    rows = len(next(iter(columns.values())))
    ahead = time_after(
        np.repeat(timestamps[-1], rows - len(times)),
        minutes_per_step(timestamps),
        np.arange(1, rows - len(times) + 1),
    )
    index = pd.DatetimeIndex(np.concatenate([index.to_numpy(), ahead]))
    names = series.node_ids
    node_ids = [str(x) for x in (range(n) if names is None else names)]
    frames = []
    for name, column in columns.items():
        names = [name]
        if column.ndim == 2:
            names = pd.MultiIndex.from_product([names, node_ids])
        frame = pd.DataFrame(column, index, names)
        same = frame.reset_index().duplicated().to_numpy()
        frame = frame[~same]  # rows that are twice there, as readings may be
        frame.attrs |= {UTC_OFFSET: series.utc_offset, SOURCE: what}
        frames.append(frame)
    return frames
