"""The handwritten digits of MNIST, from idx files, with NumPy alone."""

import dataclasses
import hashlib
import math
import struct

import numpy as np

from keras_stunet.data.readers.opening import open_unpacked
from keras_stunet.datasets.raw_folder import search_folder

SIDE = 28
"""Rows and columns of a digit."""

IMAGES_MAGIC = 0x803
"""First number of an idx file: unsigned bytes, three axes."""

# Copies that TensorFlow Datasets takes its own `mnist` from.
_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"


@dataclasses.dataclass(frozen=True)
class DigitFile:
    """One published file of digits.

    Args:
        name: File name; the file at hand may end in `.gz` or not.
        count: Number of digits.
        md5: MD5 of the unpacked content.
    """

    name: str
    count: int
    md5: str

    @property
    def url(self):
        """Address of the gzipped file."""
        return f"{_URL}{self.name}.gz"


FILES = {
    "train": DigitFile(
        "train-images-idx3-ubyte", 60_000, "6bbc9ace898e44ae57da46a324031adb"
    ),
    "test": DigitFile(
        "t10k-images-idx3-ubyte", 10_000, "2646ac647ad5339dbf082846283269ea"
    ),
}


def has_digits(folder, key):
    """Returns whether a raw folder has the file of a key of `FILES`."""
    return key in _search(folder)


def find_digits(folder, key):
    """Finds a file of digits in a folder or in its folder `mnist`.

    Args:
        folder: A string or a path.
        key: "train" or "test", a key of `FILES`.

    Returns:
        The path.

    Raises:
        FileNotFoundError: If the file is not there.
    """
    files = _search(folder)
    if key not in files:
        raise FileNotFoundError(
            f"MNIST: no file {FILES[key].name} (also with .gz) in {folder} or "
            f"in its folder mnist. Put it there, for example from "
            f"{FILES[key].url}, or name no raw folder: then it is downloaded."
        )
    return files[key]


def read_digits(path, key, published_only=True):
    """Reads one file of digits.

    Args:
        path: Path with an `open` method; plain or gzipped.
        key: "train" or "test", a key of `FILES`.
        published_only: Whether to refuse any content but the published one.

    Returns:
        `(digits, 28, 28)` uint8, 0 the background.

    Raises:
        ValueError: If the file is no idx file of 28 x 28 images, is cut off
            or too long, or is not the published one.
    """
    file = FILES[key]
    hint = f"Get the file again, for example from {file.url}."
    with open_unpacked(path) as stream:
        content = stream.read()
    if len(content) < 16:
        raise ValueError(
            f"{path}: holds {len(content)} bytes; expected an idx file, which "
            f"has 16 before the images. {hint}"
        )
    magic, *shape = struct.unpack(">4I", content[:16])
    if magic != IMAGES_MAGIC:
        raise ValueError(
            f"{path}: starts with {magic:#x}; expected {IMAGES_MAGIC:#x}, an "
            f"idx file of images. {hint}"
        )
    if tuple(shape[1:]) != (SIDE, SIDE) or shape[0] == 0:
        raise ValueError(
            f"{path}: announces images of shape {tuple(shape)}; expected "
            f"(digits, {SIDE}, {SIDE}). {hint}"
        )
    expected = 16 + math.prod(shape)
    if len(content) != expected:
        raise ValueError(
            f"{path}: holds {len(content)} bytes; expected {expected} for "
            f"{shape[0]} images. {hint}"
        )
    if published_only:
        # To know a file again, no safeguard against a forger.
        found = hashlib.md5(content, usedforsecurity=False).hexdigest()
        if found != file.md5:
            raise ValueError(
                f"{path}: not the published {file.name} (MD5 {found}, "
                f"expected {file.md5}). {hint}"
            )
    return np.frombuffer(content, np.uint8, offset=16).reshape(shape)


def _search(folder):
    names = {key: (file.name,) for key, file in FILES.items()}
    return search_folder(folder, "mnist", names, telling=tuple(FILES))
