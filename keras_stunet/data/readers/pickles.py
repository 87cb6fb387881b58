"""DCRNN's pickled graphs, read without running anything in them."""

import io
import pickle

import numpy as np

from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import read_unpacked

# What an array in a pickle is made by, under the names of NumPy 1 and 2 and
# of Python 2. Each only makes arrays.
_RECONSTRUCT = np.empty(0).__reduce__()[0]
_FROM_BUFFER = np.empty(0).__reduce_ex__(5)[0]
_NAMES = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    **{
        (f"numpy.{core}.multiarray", "_reconstruct"): _RECONSTRUCT
        for core in ("core", "_core")
    },
    **{
        (f"numpy.{core}.numeric", "_frombuffer"): _FROM_BUFFER
        for core in ("core", "_core")
    },
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        # Bytes of Python 3 in an old form are text and its encoding.
        if (module, name) == ("_codecs", "encode"):
            return _latin1
        if (module, name) not in _NAMES:
            raise pickle.UnpicklingError(f"{module}.{name} is refused")
        return _NAMES[module, name]


def _latin1(text, encoding):
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"the encoding {encoding!r} is refused")
    return text.encode("latin1")


def load_arrays(content):
    """What a pickle with NumPy arrays holds; no other names are found."""
    # Strings of Python 2 are bytes.
    return _Unpickler(io.BytesIO(content), encoding="latin1").load()


def read_pickled_graph(path):
    """Reads a matrix from a pickle, or DCRNN's names, places and matrix.

    A pickle is a program that may run anything. Here only the names of a
    NumPy array are found, and any other ends it.

    Args:
        path: The file, such as `adj_mx.pkl`; plain or packed.

    Returns:
        The ids as a list of text, or `None`; and the float64 matrix.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, or holds something else.
    """
    path = check_file(path)
    content = read_unpacked(path)
    expected = (
        "expected a matrix of NumPy, or DCRNN's list of names, their places "
        "and a matrix. Save the matrix as .npy, or as .npz with `weights` and "
        "`node_ids`."
    )
    try:
        held = load_arrays(content)
    # A damaged one raises what it likes.
    except Exception as error:
        raise ValueError(
            f"{path} could not be read as a pickled graph ({error}), and "
            f"nothing in it was run; {expected}"
        ) from error
    ids, matrix = None, held
    if isinstance(held, (list, tuple)) and len(held) == 3:
        names, places, matrix = held
        ids = _ordered_names(names, places)
    known = ids is not None or matrix is held
    if (
        not known
        or not isinstance(matrix, np.ndarray)
        or matrix.dtype.kind not in "biuf"
        or matrix.ndim != 2
        or matrix.shape[0] != matrix.shape[1]
        or (ids is not None and len(ids) != len(matrix))
    ):
        raise ValueError(f"{path} holds something else; {expected}")
    return ids, matrix.astype("float64")


def _ordered_names(names, places):
    """The names in the order of the matrix; `None` if they do not fit."""
    if not isinstance(names, (list, tuple)) or not isinstance(places, dict):
        return None
    texts = [
        name.decode("latin1") if isinstance(name, bytes) else str(name)
        for name in names
    ]
    try:
        at = [int(places[name]) for name in names]
    except (KeyError, TypeError, ValueError):
        return None
    if sorted(at) != list(range(len(names))):
        return None
    ordered = [""] * len(names)
    for name, place in zip(texts, at, strict=True):
        ordered[place] = name
    return ordered
