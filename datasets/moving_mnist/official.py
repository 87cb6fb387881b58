"""The published 10,000 test sequences, where a user has the file."""

import numpy as np

from keras_stunet.datasets.moving_mnist.motion import CANVAS
from keras_stunet.datasets.moving_mnist.motion import LENGTH
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE

NAME = "mnist_test_seq.npy"
URL = "http://www.cs.toronto.edu/~nitish/unsupervised_video/" + NAME
SEQUENCES = 10_000


def has_official(folder):
    """Returns whether a folder has the file, or its folder `moving_mnist`."""
    return _search(folder) is not None


def find_official(folder):
    """Finds the file in a folder or in its folder `moving_mnist`.

    Args:
        folder: A path, or `None` where there is no folder to look in.

    Raises:
        FileNotFoundError: If it is not there.
    """
    path = None if folder is None else _search(folder)
    if path is None:
        raise FileNotFoundError(
            f"There is no {NAME} in the raw folder or in its folder "
            f"moving_mnist. Get it (819 MB) from {URL}, put it into a folder "
            f"and name that in the environment variable {RAW_DIR_VARIABLE}."
        )
    return path


def read_official(path, sequences=SEQUENCES):
    """Opens the published test sequences; only what is used gets read.

    Args:
        path: The file `mnist_test_seq.npy`, `(20, 10000, 64, 64)` uint8.
        sequences: Number of sequences to expect.

    Returns:
        `(sequences, 20, 64, 64)` uint8, read-only, mapped from the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no `.npy` file, cut off, or of another shape or
            type.
    """
    expected = LENGTH, sequences, CANVAS, CANVAS
    hint = f"Get {NAME} again from {URL}."
    try:
        frames = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError) as error:
        raise ValueError(
            f"{path}: no whole .npy file ({error}); expected {expected} "
            f"uint8. {hint}"
        ) from error
    if frames.shape != expected or frames.dtype != np.uint8:
        raise ValueError(
            f"{path}: holds {frames.shape} of {frames.dtype}; expected "
            f"{expected} of uint8. {hint}"
        )
    return np.swapaxes(frames, 0, 1)


def _search(folder):
    for place in (folder, folder / "moving_mnist"):
        if (place / NAME).exists():
            return place / NAME
    return None
