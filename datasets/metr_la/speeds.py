"""Reads the speeds of METR-LA: csv, HDF5, or the part of 29 sensors."""

import hashlib

import numpy as np

from keras_stunet.data.readers.array_files import read_arrays
from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.opening import open_unpacked
from keras_stunet.datasets.metr_la.hdf5_frame import read_hdf5_frame
from keras_stunet.datasets.metr_la.published import PART29
from keras_stunet.datasets.metr_la.published import PART29_SHA256
from keras_stunet.datasets.table import check_numbers

HIGHEST = 100.0  # mph
START = np.datetime64("2012-03-01T00:00:00")
# The published file has 0.081 of zeros.
_ZEROS = (0.02, 0.2)
_WHAT = "speed in mph"


def five_minute_steps(num_steps):
    """Returns the labels of the rows of METR-LA, five minutes apart.

    >>> five_minute_steps(34_272)[[0, -1]].astype(str).tolist()
    ['2012-03-01T00:00:00', '2012-06-27T23:55:00']
    """
    return START + np.arange(num_steps) * np.timedelta64(300, "s")


def holds_text(path):
    """Whether a file of speeds is a csv, the form that has a checksum."""
    return _form(path) == "csv"


def read_speeds(path, ids, num_steps):
    """Reads speeds in any of the forms in which they are at hand.

    What the file is, its first bytes tell, not its name:

    - a csv of all N sensors in the order of `ids`, or with a header of their
      ids in any order;
    - a pandas table `df` in HDF5, as in DCRNN's `metr-la.h5`;
    - an `.npz` with `speed` and `sensor_ids`, of any of the sensors.

    Args:
        path: Path with an `open` method; plain or gzipped.
        ids: Ids of all N sensors.
        num_steps: Number of rows, five minutes apart.

    Returns:
        The ids of the columns, str `(M,)`, and the speeds, float32
        `(num_steps, M)`, 0 where missing.

    Raises:
        ValueError: If the file is anything else: damaged or cut off, rows
            or columns missing or left over, other times or sensors, speeds
            that are NaN or outside 0 to 100 mph, or a share of zeros that
            says that these are not the published readings.
    """
    form = _form(path)
    if form == "csv":
        table, found = read_csv(path, len(ids)), ids
        head = [cell.strip() for cell in table.head]
        if set(head) & set(ids):
            table, found = table.body, head
            _check_ids(path, found, ids)
        values = check_numbers(table, num_steps, _WHAT, highest=HIGHEST)
    elif form == "HDF5":
        found, times, values = read_hdf5_frame(path, num_steps, len(ids))
        _check_times(path, times)
        _check_ids(path, found.tolist(), ids)
    else:
        found, values = _read_npz(path, num_steps)
        _check_ids(path, found.tolist(), ids)
    _check_values(path, values)
    return np.asarray(found), values.astype(np.float32, copy=False)


def check_part29(path, ids, values, reader):
    """Raises unless speeds hold those of the 29 known sensors exactly.

    The files that have no known checksum are known by what they hold.

    Args:
        path: Where they come from, for the message.
        ids: Ids of the columns.
        values: float32 `(steps, M)`, 0 where missing.
        reader: Name of the function that also reads other content.
    """
    place = {name: i for i, name in enumerate(ids)}
    if set(PART29) <= set(place):
        part = values[:, [place[name] for name in PART29]]
        content = np.ascontiguousarray(part, "<f4").tobytes()
        if hashlib.sha256(content).hexdigest() == PART29_SHA256:
            return
    raise ValueError(
        f"{path}: the speeds of the {len(PART29)} sensors that are known are "
        "not those that were published. Under this name the published data are "
        "taken only: get the file again, or read your own version with "
        f"{reader}."
    )


def _form(path):
    with open_unpacked(path) as stream:
        start = stream.read(8)
    if start == b"\x89HDF\r\n\x1a\n":
        return "HDF5"
    return "npz" if start.startswith(b"PK") else "csv"


def _read_npz(path, num_steps):
    arrays = read_arrays(path)
    if not {"sensor_ids", "speed"} <= set(arrays):
        raise ValueError(
            f"{path} has {', '.join(arrays) or 'nothing'}; expected the arrays "
            "speed and sensor_ids. Get the file again."
        )
    ids, values = arrays["sensor_ids"], arrays["speed"]
    if (
        ids.ndim != 1
        or ids.dtype.kind != "U"
        or values.shape != (num_steps, len(ids))
        or values.dtype.kind != "f"
    ):
        raise ValueError(
            f"{path}: speed of shape {values.shape} ({values.dtype}) and "
            f"sensor_ids of shape {ids.shape} ({ids.dtype}); expected "
            f"({num_steps}, M) numbers and (M,) strings. Get the file again."
        )
    return ids, values


def _check_times(path, times):
    wrong = times != five_minute_steps(len(times))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"{path}: row {row + 1} is of {times[row]}, expected "
            f"{five_minute_steps(row + 1)[-1]}: five minutes apart from "
            f"{START} on. Get the file again."
        )


def _check_ids(path, found, ids):
    unknown = sorted(set(found) - set(ids))
    if unknown or len(set(found)) != len(found):
        fault = "a sensor that is there twice"
        if unknown:
            fault = f"{len(unknown)} unknown sensors, such as {unknown[0]}"
        raise ValueError(
            f"{path}: columns of {fault}. Expected ids such as {ids[0]}, each "
            "once. Get the file again."
        )


def _check_values(path, values):
    good = (values >= 0) & (values <= HIGHEST)  # False for NaN.
    if not good.all():
        row, column = np.argwhere(~good)[0]
        raise ValueError(
            f"{path}, row {row + 1}, column {column + 1}: "
            f"{values[row, column]} is no {_WHAT} (a number from 0 to "
            f"{HIGHEST:g}; 0 where missing). Correct it or get the file again."
        )
    share = np.mean(values == 0)
    if not _ZEROS[0] <= share <= _ZEROS[1]:
        raise ValueError(
            f"{path}: {share:.1%} of the speeds are 0, which marks a missing "
            "reading; expected about 8%. Fewer say that the gaps were filled "
            "before: get the file as it was published."
        )
