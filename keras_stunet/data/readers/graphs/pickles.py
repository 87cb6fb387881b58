"""DCRNN's pickled graphs, read without running anything in them."""

import io
import math
import pickle
import re

import numpy as np

from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import read_unpacked

_NUMBERS = re.compile(r"[<>|=]?([fiub])([1248])\Z")
_CORES = ("numpy.core", "numpy._core")  # of NumPy 1 and 2


class _Unpickler(pickle.Unpickler):
    """Finds stand-ins for what makes an array, and nothing else.

    NumPy's own would take a damaged state and end the process.
    """

    def __init__(self, content):
        # Strings of Python 2 are bytes.
        super().__init__(io.BytesIO(content), encoding="latin1")

        class Kind:
            """Stands for a dtype."""

            def __init__(self, code, *_):
                self.code, self.order = str(code), "="

            def __setstate__(self, state):
                self.order = str(state[1])

        class Array:
            """Stands for an array."""

            def __init__(self, *_):
                self.parts = None

            def __setstate__(self, state):
                _, shape, kind, fortran, data = state
                self.parts = data, kind, shape, "F" if fortran else "C"

        def frombuffer(data, kind, shape, order):
            array = Array()
            array.parts = data, kind, shape, order
            return array

        def encode(text, encoding):
            # Bytes of Python 3 in an old form are text and its encoding.
            if encoding != "latin1":
                raise pickle.UnpicklingError(f"{encoding!r} is refused")
            return text.encode("latin1")

        self.array = Array
        self.names = {
            ("numpy", "ndarray"): Array,
            ("numpy", "dtype"): Kind,
            ("_codecs", "encode"): encode,
            **{
                (f"{core}.multiarray", "_reconstruct"): Array for core in _CORES
            },
            **{
                (f"{core}.numeric", "_frombuffer"): frombuffer
                for core in _CORES
            },
        }

    def find_class(self, module, name):
        """The stand-in of a name, or an error."""
        if (module, name) not in self.names:
            raise pickle.UnpicklingError(f"{module}.{name} is refused")
        return self.names[module, name]


def load_arrays(content):
    """What a pickle holds, an array or a list with arrays of numbers.

    Raises:
        UnpicklingError: If another name than those of an array is in it, or
            an array is damaged.
    """
    unpickler = _Unpickler(content)
    held = unpickler.load()

    def made(item):
        return (
            _array(*item.parts) if isinstance(item, unpickler.array) else item
        )

    if isinstance(held, (list, tuple)):
        return [made(item) for item in held]
    return made(held)


def _array(data, kind, shape, order):
    number = _NUMBERS.match(kind.code)
    if not number or kind.order not in ("<", ">", "=", "|"):
        raise pickle.UnpicklingError(f"the dtype {kind.code!r} is refused")
    data = data.encode("latin1") if isinstance(data, str) else bytes(data)
    shape = tuple(int(size) for size in shape)
    if min(shape, default=0) < 0 or math.prod(shape) * int(number[2]) != len(
        data
    ):
        raise pickle.UnpicklingError(
            f"{len(data)} bytes make no array of the shape {shape}"
        )
    dtype = np.dtype(number[0].lstrip("<>|=")).newbyteorder(kind.order)
    return np.frombuffer(data, dtype).reshape(shape, order=order).copy()


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
