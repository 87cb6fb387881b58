"""The published 10,000 test sequences, where a user has the file."""

import numpy as np

from keras_stunet.datasets.moving_mnist.motion import CANVAS
from keras_stunet.datasets.moving_mnist.motion import LENGTH

NAME = "mnist_test_seq.npy"
URL = "http://www.cs.toronto.edu/~nitish/unsupervised_video/" + NAME
SEQUENCES = 10_000


def find_official(folders):
    """Finds the file in one of some folders.

    Args:
        folders: Paths, `pathlib` or `epath`. In each its folders
            `moving_mnist` and `mnist` are looked through too.

    Raises:
        FileNotFoundError: If it is in none of them.
    """
    for folder in folders:
        for place in (folder / "moving_mnist", folder / "mnist", folder):
            if (place / NAME).exists():
                return place / NAME
    searched = " or ".join(map(str, folders)) or "any folder: none is named"
    raise FileNotFoundError(
        f"There is no {NAME} in {searched}. Get it (819 MB) from {URL} and "
        "put it into the folder that the environment variable "
        "KERAS_STUNET_RAW_DIR names, or into its folder moving_mnist."
    )


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
    mend = f"Get {NAME} again from {URL}."
    try:
        frames = np.load(path, mmap_mode="r")
    except (ValueError, EOFError) as error:
        raise ValueError(
            f"{path}: no whole .npy file ({error}); expected {expected} "
            f"uint8. {mend}"
        ) from error
    if (
        not isinstance(frames, np.ndarray)
        or frames.shape != expected
        or frames.dtype != np.uint8
    ):
        shape = getattr(frames, "shape", "no one shape")
        raise ValueError(
            f"{path}: holds {shape} of {getattr(frames, 'dtype', 'archives')}; "
            f"expected {expected} of uint8. {mend}"
        )
    return np.swapaxes(frames, 0, 1)
