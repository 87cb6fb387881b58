"""Writes `dummy_data`: small files of the published form.

Run as `python -m keras_stunet.datasets.moving_mnist.dummy_data_generation`.
"""

import gzip
import pathlib
import struct

import numpy as np

from keras_stunet.datasets.moving_mnist.digits import FILES
from keras_stunet.datasets.moving_mnist.digits import IMAGES_MAGIC
from keras_stunet.datasets.moving_mnist.digits import SIDE
from keras_stunet.datasets.moving_mnist.motion import CANVAS
from keras_stunet.datasets.moving_mnist.motion import LENGTH
from keras_stunet.datasets.moving_mnist.official import NAME

DIGITS = {"train": 12, "test": 5}
SEQUENCES = 2  # of the official file


def write_dummy_data(folder, seed=0):
    """Writes two files of digits and an official one, and makes the folder.

    Each digit is a square of one shade, no shade twice, so that it can be
    known again in a frame.

    Args:
        folder: Folder to write to.
        seed: Seed of the random numbers.
    """
    rng = np.random.default_rng(seed)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shades = iter(rng.permutation(np.arange(100, 100 + sum(DIGITS.values()))))
    for key, count in DIGITS.items():
        images = np.zeros((count, SIDE, SIDE), np.uint8)
        for image in images:
            low, high = rng.integers((4, 16), (12, 24))
            image[low:high, low:high] = next(shades)
        header = struct.pack(">4I", IMAGES_MAGIC, *images.shape)
        packed = gzip.compress(header + images.tobytes(), mtime=0)
        (folder / f"{FILES[key].name}.gz").write_bytes(packed)
    sequences = np.zeros((LENGTH, SEQUENCES, CANVAS, CANVAS), np.uint8)
    sequences[:, :, 20:30, 20:30] = rng.integers(
        1, 255, (LENGTH, SEQUENCES, 1, 1), np.uint8
    )
    np.save(folder / NAME, sequences)


if __name__ == "__main__":
    write_dummy_data(pathlib.Path(__file__).parent / "dummy_data")
