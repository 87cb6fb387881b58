"""Reads DCRNN's pickled graph without running what a pickle may hold.

A pickle is a program: it names functions and calls them. The published
`adj_mx.pkl` needs three names, those of a NumPy array, and gets stand-ins for
them that only keep what they are given. It needs fifteen of the commands.
Every other name and command is refused. No array is made before its type and
size are known to be right.
"""

import io
import pickle

import numpy as np

from keras_stunet.datasets.table import open_unpacked

_MOST_BYTES = 8 << 20
_MEND = "Get the file again from where it was published."


def read_adjacency_pickle(path):
    """Reads `[ids, {id: index}, weights]` as DCRNN's `adj_mx.pkl` holds it.

    Args:
        path: Path with an `open` method; plain or gzipped.

    Returns:
        The ids, str `(N,)`, and the weights, float32 `(N, N)`.

    Raises:
        ValueError: If the file holds anything else: any name but those of a
            NumPy array, damaged data, other objects, ids that are not
            distinct, weights that are no float32 square of N.
    """
    with open_unpacked(path) as stream:
        content = stream.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError(
            f"{path}: more than {_MOST_BYTES >> 20} MB, where the published "
            f"graph has 0.7 MB. {_MEND}"
        )
    try:
        stream = io.BytesIO(content)
        # Written by Python 2, whose strings are bytes.
        found = _Unpickler(stream, encoding="latin1").load()
        if stream.read():
            raise pickle.UnpicklingError("more data after the end")
        return _checked(found)
    # Damaged pickles raise a dozen kinds of errors.
    except Exception as error:
        reason = str(error)[:200]  # The file may have chosen its words.
        raise ValueError(
            f"{path}: not the pickled graph of METR-LA ({reason}). Expected a "
            "list of ids, a dict of ids to indices and a float32 array of "
            f"weights; nothing in the file was run. {_MEND}"
        ) from error


class _Array:
    """Stands in for `numpy.ndarray`: keeps shape, type and data."""

    __slots__ = ("state",)

    def __setstate__(self, state):
        self.state = state


class _DType:
    """Stands in for `numpy.dtype`: keeps what it is made from."""

    __slots__ = ("name", "state")

    def __init__(self, name, *flags):
        self.name = name
        self.state = ()

    def __setstate__(self, state):
        self.state = state


class _Reconstruct:
    """Stands in for the function that makes an empty array.

    A class, and one that does not accept a state, because the stand-ins must
    not keep what one pickle sets for the next one.
    """

    __slots__ = ()

    def __new__(cls, kind, shape, code):
        if kind is not _Array:
            raise pickle.UnpicklingError("an array of an unknown kind")
        return _Array()

    def __setstate__(self, state):
        raise pickle.UnpicklingError("a state where none belongs")


_STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): _Reconstruct,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
}


class _Commands(dict):
    def __missing__(self, code):
        raise pickle.UnpicklingError(
            f"it holds the command {bytes([code])}, which is refused"
        )


def _keys_are_text(keys):
    # A tuple of tuples of tuples takes for ever to hash.
    if any(type(key) is not str for key in keys):
        raise pickle.UnpicklingError("a key that is no text")


def _load_dict(self):
    _keys_are_text(self.stack[::2])
    pickle._Unpickler.load_dict(self)


def _load_setitem(self):
    _keys_are_text(self.stack[-2:-1])
    pickle._Unpickler.load_setitem(self)


# Unlike the one in C, the unpickler in Python can be left without commands,
# and sets no memory aside for sizes and numbers that a file only claims.
class _Unpickler(pickle._Unpickler):
    # Protocol 0: mark, list, dict, tuple, string, integer, none, append, set
    # item, put, get, name, call (of a stand-in), set state, stop.
    dispatch = _Commands(
        (code, pickle._Unpickler.dispatch[code]) for code in b"(ltSINapgcRb."
    )
    dispatch[ord("d")] = _load_dict
    dispatch[ord("s")] = _load_setitem

    def find_class(self, module, name):
        if (module, name) not in _STAND_INS:
            raise pickle.UnpicklingError(
                f"it asks for {module}.{name}, which is refused"
            )
        return _STAND_INS[module, name]


def _checked(found):
    if type(found) not in (list, tuple) or len(found) != 3:
        raise ValueError("no list of three")
    ids, index, array = found
    if type(ids) is not list or {type(name) for name in ids} != {str}:
        raise ValueError("the ids are no list of strings")
    if index != {name: i for i, name in enumerate(ids)} or (
        len(index) != len(ids)
    ):
        raise ValueError("the ids and their indices disagree")
    if type(array) is not _Array:
        raise ValueError("the weights are no NumPy array")
    version, shape, dtype, by_columns, data = array.state
    n = len(ids)
    if version != 1 or shape != (n, n):
        raise ValueError(f"the weights are not {n} x {n}, as the ids are")
    if type(dtype) is not _DType or dtype.state[1] + dtype.name != "<f4":
        raise ValueError("the weights are not of type float32")
    if type(data) is str:
        data = data.encode("latin1")
    if type(data) is not bytes or len(data) != 4 * n * n:
        raise ValueError(f"no {n} x {n} numbers in the data of the weights")
    order = "F" if by_columns else "C"
    weights = np.frombuffer(data, "<f4").reshape((n, n), order=order)
    return np.array(ids), weights.copy()
