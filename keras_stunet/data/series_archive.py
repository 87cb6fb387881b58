"""The `.npz` file of a `Series`: written atomically, checked when read."""

import os
import tempfile
from pathlib import Path

import numpy as np
import scipy.sparse

FORMAT = "keras_stunet.series.1"

_SPARSE = ("data", "indices", "indptr")
_WITHIN = "/"  # between the name of a dictionary and that of an array in it


def write_archive(path, fields):
    """Writes the fields of a series to one `.npz` file, without pickle.

    The file is written under a temporary name beside `path` and renamed when
    it is complete, so that `path` never holds half a series.

    Args:
        path: The file.
        fields: A dictionary of arrays and of dictionaries of arrays, with one
            matrix, `adjacency`, that may be sparse. Fields of `None` are left
            out.
    """
    path = Path(path)
    handle, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=path.name, suffix=".partial"
    )
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **_to_arrays(fields))
        # mkstemp makes files private to their owner: take the ordinary
        # permissions instead.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_archive(path):
    """Reads the fields that `write_archive` wrote.

    Args:
        path: The file.

    Returns:
        A dictionary of arrays; the adjacency as it was, dense or sparse.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is cut short, damaged, or something else.
    """
    hint = "Write it again with `Series.save`, or copy it again."
    try:
        # A handle of our own: np.load leaves its own open on bad files.
        with open(path, "rb") as file, np.load(file) as stored:
            arrays = {key: stored[key] for key in stored.files}
    except FileNotFoundError:
        raise
    # A flipped byte makes NumPy, zipfile and zlib raise nine kinds of
    # errors, from KeyError to NotImplementedError.
    except Exception as error:
        raise ValueError(
            f"{path} could not be read as a series: {error}. {hint}"
        ) from error
    if str(arrays.pop("format", "")) != FORMAT:
        raise ValueError(
            f"{path} is an .npz file but not a series: expected the marker "
            f"{FORMAT!r} under the key 'format'. {hint}"
        )
    # The archive's own list of contents has no checksum.
    listed = set(arrays.pop("keys", np.array(["keys"])).tolist())
    if listed != set(arrays):
        raise ValueError(
            f"{path} is damaged: it should hold {sorted(listed)} and holds "
            f"{sorted(arrays)}. {hint}"
        )
    if "adjacency_data" in arrays:
        arrays["adjacency"] = scipy.sparse.csr_array(
            tuple(arrays.pop(f"adjacency_{part}") for part in _SPARSE),
            shape=tuple(arrays.pop("adjacency_shape")),
        )
    fields = {}
    for key, array in arrays.items():
        field, within, name = key.partition(_WITHIN)
        if within:
            fields.setdefault(field, {})[name] = array
        else:
            fields[field] = array
    return fields


def _to_arrays(fields):
    arrays = {k: v for k, v in fields.items() if v is not None}
    if scipy.sparse.issparse(arrays["adjacency"]):
        csr = scipy.sparse.csr_array(arrays.pop("adjacency"))
        for part in _SPARSE:
            arrays[f"adjacency_{part}"] = getattr(csr, part)
        arrays["adjacency_shape"] = np.array(csr.shape)
    for key in [key for key, x in arrays.items() if isinstance(x, dict)]:
        columns = arrays.pop(key)
        arrays |= {f"{key}{_WITHIN}{name}": x for name, x in columns.items()}
    arrays = {key: np.asarray(value) for key, value in arrays.items()}
    return {**arrays, "format": np.array(FORMAT), "keys": np.array([*arrays])}
