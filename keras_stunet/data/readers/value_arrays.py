"""Readings of sensors over time from arrays in npz and npy files."""

import numpy as np

from keras_stunet.data.readers.array_files import read_arrays
from keras_stunet.data.readers.long_rows import UTC_OFFSET
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.wide_rows import wide_rows
from keras_stunet.data.series import Series

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
        arrays = vars(Series.load(path))
        arrays = {key: a for key, a in arrays.items() if a is not None}
    values = _readings(path, arrays)
    steps, n = values.shape
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
    ids = arrays.get("node_ids", np.arange(n))
    for key, found, shape in (
        ("timestamps", times, (steps,)),
        ("node_ids", ids, (n,)),
        ("mask", mask, (steps, n)),
    ):
        if found is not None and found.shape != shape:
            raise ValueError(
                f"{path}: `{key}` has shape {found.shape}; expected {shape}, "
                f"for the readings have {(steps, n)}."
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
    frame = wide_rows(
        path, times, values, sensors, lambda row: f"{path}, row {row}", form
    )
    if "utc_offset" in arrays:  # of a `Series`
        frame.attrs[UTC_OFFSET] = arrays["utc_offset"]
    return frame


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
    if values.ndim == 3 and values.shape[2] > 1:
        raise ValueError(
            f"{path}: {name} has shape {values.shape}, {values.shape[2]} "
            "measurements a sensor; expected one, (steps, sensors). Save one "
            f"of them, such as `{key or 'values'}[..., 0]`."
        )
    if values.ndim == 3:
        values = values[..., 0]  # (steps, N)
    if values.dtype.kind not in "iuf" or values.ndim != 2 or not values.size:
        raise ValueError(
            f"{path}: {name} has shape {values.shape} and dtype "
            f"{values.dtype}; expected numbers (steps, sensors)."
        )
    return values.astype("float64")
