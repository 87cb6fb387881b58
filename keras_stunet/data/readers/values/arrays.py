"""Readings of sensors over time from arrays in npz and npy files."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.array_files import read_arrays
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.times.clock import read_clock
from keras_stunet.data.readers.values.long_rows import UNITS
from keras_stunet.data.readers.values.long_rows import UTC_OFFSET
from keras_stunet.data.readers.values.measurements import check_chosen
from keras_stunet.data.readers.values.wide_rows import wide_rows
from keras_stunet.data.series import Series
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

# What others call the readings: PEMS04 and PEMS08 have `data`, and NumPy
# names what has no name.
_VALUES = ("values", "data", "arr_0", "")


def read_value_arrays(path, form):
    """The frame of readings in an npz or npy file; see `read_values`.

    Args:
        path: The file.
        form: A `FileForm`.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, or has no such arrays.
    """
    arrays = read_arrays(path)
    if "format" in arrays:
        arrays = dict(vars(Series.load(path)))
        arrays = {key: a for key, a in arrays.items() if a is not None}
    values = _readings(path, arrays)  # (steps, N, D)
    steps, n, count = values.shape
    times = arrays.get("timestamps")
    if times is None and not form.untimed:
        raise ValueError(
            f"{path} has no 'timestamps', but "
            f"{', '.join(filter(None, arrays)) or 'one array'}. Say when the "
            "rows begin: --start '2024-03-01 00:00' --interval 5min (in "
            "Python `start` and `interval`); or save them with the readings, "
            "by `numpy.savez`."
        )
    if times is not None and form.untimed:
        raise ValueError(
            f"{path} has times of its own, `timestamps`. Leave --start and "
            "--interval out."
        )
    mask = arrays.get("mask")
    if mask is not None and mask.ndim == 2:
        mask = mask[..., None]  # (steps, N, 1)
    ids = arrays.get("node_ids", np.arange(n))
    for key, found, shape in (
        ("timestamps", times, (steps,)),
        ("node_ids", ids, (n,)),
        ("mask", mask, values.shape),
    ):
        if found is not None and found.shape != shape:
            raise ValueError(
                f"{path}: `{key}` has shape {found.shape}; expected {shape}, "
                f"for the readings have {values.shape}."
            )
    if mask is not None:
        if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
            raise ValueError(
                f"{path}: `mask` has dtype {mask.dtype} and other entries "
                "than 0 and 1; expected true where a reading is present."
            )
        values[~mask.astype(bool)] = np.nan
    if ids.dtype.kind not in "iuU":
        raise ValueError(
            f"{path}: `node_ids` has dtype {ids.dtype}; expected text."
        )
    sensors = check_headings(path, ids.astype(str).tolist(), "sensor")
    chosen, columns = _named(path, arrays, count, sensors, form)
    values = values[..., chosen].transpose(0, 2, 1)  # (steps, D, N)

    def place(row):
        return f"{path}, row {row}"

    clock = read_clock(path, times, steps, place, form)
    frame = wide_rows(path, clock, values.reshape(steps, -1), columns, place)
    if "utc_offset" in arrays:  # of a `Series`
        frame.attrs[UTC_OFFSET] = arrays["utc_offset"]
    units = arrays.get("units")
    if units is not None and columns.nlevels == 2:
        units = np.atleast_1d(units).astype(str)
        if units.shape != (count,):
            raise ValueError(
                f"{path}: `units` has shape {units.shape}; expected one for "
                "each measurement."
            )
        frame.attrs[UNITS] = units[chosen].tolist()
    return frame


def _named(path, arrays, count, sensors, form):
    """Which measurements are taken, and the columns of their readings."""
    own, said = arrays.get("measurements"), list(form.measurements)
    chosen = list(range(count))
    if own is not None:
        own = np.atleast_1d(own).astype(str).tolist()
        own = check_headings(path, own, "measurement")
        if len(own) != count:
            raise ValueError(
                f"{path} names {len(own)} measurements and has {count}: "
                f"{listed(own)}."
            )
        if said:
            check_chosen(path, said, own)
            chosen = [own.index(name) for name in said]
    names = said or own
    if own is None and said and len(said) != count:
        raise ValueError(
            f"{path} has {count} measurements a sensor, and {len(said)} are "
            f"named: {listed(said)}. Name each, in their order "
            "(--measurements)."
        )
    if names is None and count == 1:
        return chosen, pd.Index(sensors)
    if names is None:
        names = [str(at) for at in chosen]
        warn_user(
            f"{path}: {count} measurements a sensor, without names; called "
            f"{', '.join(names)}. Name them: --measurements "
            "flow,occupancy,speed."
        )
    return chosen, pd.MultiIndex.from_product([names, sensors])


def _readings(path, arrays):
    found = [key for key in _VALUES if key in arrays]
    if len(found) != 1:
        raise ValueError(
            f"{path} has {', '.join(arrays) or 'nothing'}; expected the "
            "readings as `values` (or `data`), and beside them `timestamps` "
            "and, if sensors have names, `node_ids`. Save them with "
            "`numpy.savez`."
        )
    (key,) = found
    values = arrays[key]
    name = f"`{key}`" if key else "the array"
    if values.ndim == 2:
        values = values[..., None]  # (steps, N, 1)
    if values.dtype.kind not in "iuf" or values.ndim != 3 or not values.size:
        raise ValueError(
            f"{path}: {name} has shape {arrays[key].shape} and dtype "
            f"{values.dtype}; expected numbers (steps, sensors) or (steps, "
            "sensors, measurements)."
        )
    return values.astype("float64")
