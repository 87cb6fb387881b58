"""Reads a pandas table from HDF5 without PyTables."""

import io

import h5py
import numpy as np

from keras_stunet.data.readers.opening import open_unpacked


def read_hdf5_frame(path, num_rows, num_columns):
    """Reads a table of numbers that pandas wrote with `to_hdf`.

    Pandas' "fixed" format keeps the index in `axis1`, the names of the
    columns in `block0_items` and the numbers in `block0_values`.

    Args:
        path: Path with an `open` method; plain or gzipped.
        num_rows: Number of rows the table must have.
        num_columns: Number of columns the table must have.

    Returns:
        The names of the columns, str `(num_columns,)`; the index,
        datetime64[s] `(num_rows,)`; and the numbers, `(num_rows,
        num_columns)`.

    Raises:
        ValueError: If the file is no such table, damaged or of another size.
    """
    hint = (
        "Get the file again, or save the table with pandas as "
        "`frame.to_csv(path, index=False)` and name it metr-la.csv."
    )
    with open_unpacked(path) as stream:
        content = io.BytesIO(stream.read())
    try:
        with h5py.File(content, "r") as file:
            group = _own(file, "df", h5py.Group)
            index = _own(group, "axis1", h5py.Dataset)
            names = _own(group, "block0_items", h5py.Dataset)
            values = _own(group, "block0_values", h5py.Dataset)
            # Before anything is read: the sizes are a claim of the file.
            sizes = (names.shape, index.shape, values.shape)
            expected = ((num_columns,), (num_rows,), (num_rows, num_columns))
            if sizes != expected:
                raise ValueError(f"shapes {sizes}, expected {expected}")
            if values.dtype.kind != "f" or index.dtype.kind != "i":
                raise ValueError(f"types {values.dtype}, {index.dtype}")
            unit = _text(index.attrs.get("kind", b""))
            unit = "datetime64[ns]" if unit == "datetime64" else unit
            times = index[:].astype(np.dtype(unit)).astype("datetime64[s]")
            columns = np.array([_text(name) for name in names[:].tolist()])
            return columns, times, values[:]
    # h5py raises OSError, KeyError, RuntimeError and others.
    except Exception as error:
        raise ValueError(
            f"{path}: no HDF5 table of pandas named 'df' with {num_rows} "
            f"rows and {num_columns} columns, or damaged ({error}). {hint}"
        ) from error


def _own(group, name, kind):
    """A member that lies in the file itself: others could name any file."""
    member = group.get(name, getlink=True)
    if not isinstance(member, h5py.HardLink):
        raise ValueError(f"no {name!r} among {sorted(group)}")
    member = group[name]
    if not isinstance(member, kind):
        raise ValueError(f"{name!r} is something else")
    if kind is h5py.Dataset and (member.external or member.is_virtual):
        raise ValueError(f"{name!r} refers to other files")
    return member


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)
