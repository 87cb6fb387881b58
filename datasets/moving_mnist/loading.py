"""Moving-MNIST as arrays, from raw MNIST or through TensorFlow Datasets."""

import functools
from typing import NamedTuple

import numpy as np

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.datasets.moving_mnist.digits import find_digits
from keras_stunet.datasets.moving_mnist.digits import has_digits
from keras_stunet.datasets.moving_mnist.digits import read_digits
from keras_stunet.datasets.moving_mnist.motion import LENGTH
from keras_stunet.datasets.moving_mnist.motion import block_means
from keras_stunet.datasets.moving_mnist.motion import draw_sequences
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE
from keras_stunet.datasets.raw_folder import choose_folder
from keras_stunet.messages import install_hint

SIZES = (64, 32, 16)
"""Rows and columns of a frame, by config."""

SEED = 0
_AT_ONCE = 250  # sequences drawn together: 20 MB of frames


class Split(NamedTuple):
    """One split of the data set.

    Attributes:
        number: Enters the random numbers of its sequences.
        file: The MNIST file its digits come from, "train" or "test".
        sixths: Its part of the digits of that file, first and last sixth:
            training and validation share none.
        sequences: Number of sequences, as in Shi et al. (2015).
    """

    number: int
    file: str
    sixths: tuple[int, int]
    sequences: int

    def digits(self, digits):
        """Those of the file's `(D, 28, 28)` that the split is made of."""
        first, last = (len(digits) * sixth // 6 for sixth in self.sixths)
        return digits[first:last]


SPLITS = {
    "train": Split(0, "train", (0, 5), 10_000),
    "validation": Split(1, "train", (5, 6), 2_000),
    "test": Split(2, "test", (0, 6), 3_000),
}


def load(size, split, count=None, raw_dir=None, data_dir=None):
    """Loads the first sequences of a split.

    MNIST is taken from `raw_dir`; else from the folder that the environment
    variable `KERAS_STUNET_RAW_DIR` names, if it has the file; then NumPy
    alone draws the sequences, some 3,000 a second. Else TensorFlow Datasets
    downloads MNIST and prepares the whole data set on first use. All ways
    give the same frames.

    Args:
        size: Rows and columns of a frame: 64, 32 or 16.
        split: "train" (10,000 sequences), "validation" (2,000) or "test"
            (3,000).
        count: Number of sequences, by default all.
        raw_dir: Folder with the idx files of MNIST, plain or gzipped, or with
            a folder `mnist` that has them.
        data_dir: Folder in which TensorFlow Datasets keeps its data.

    Returns:
        `(count, 20, size, size)` uint8.

    Raises:
        FileNotFoundError: If `raw_dir` lacks the file, or the folder of the
            environment variable does not exist.
        ImportError: If TensorFlow Datasets is needed and not installed.
        ValueError: If an argument is out of range, or the file is not that
            of MNIST.
    """
    size = check_size(size)
    check_choice("split", split, tuple(SPLITS))
    part = SPLITS[split]
    count = check_count("count", part.sequences if count is None else count, 1)
    if count > part.sequences:
        raise ValueError(
            f"`count` is {count}; expected at most {part.sequences}, the "
            f"sequences of the split {split!r}."
        )
    holds = functools.partial(has_digits, key=part.file)
    folder = choose_folder(holds, raw_dir)
    if folder is None:
        return load_tfds(str(size), split, count, data_dir)
    digits = read_digits(find_digits(folder, part.file), part.file)
    frames = np.empty((count, LENGTH, size, size), np.uint8)
    for first, drawn in draw_split(digits, split, size, count):
        frames[first : first + len(drawn)] = drawn
    return frames


def draw_split(digits, split, size, count):
    """Yields `(first, frames)`: the sequences of a split, some at a time.

    Args:
        digits: All digits of the split's file, `(D, 28, 28)` uint8.
        split: A key of `SPLITS`.
        size: Rows and columns of a frame.
        count: Number of sequences.
    """
    part = SPLITS[split]
    own = part.digits(digits)
    for first in range(0, count, _AT_ONCE):
        indices = range(first, min(first + _AT_ONCE, count))
        drawn = draw_sequences(own, SEED, part.number, indices)
        yield first, block_means(drawn, size)


def load_tfds(config, split, count=None, data_dir=None):
    """Loads sequences through TensorFlow Datasets; see `load`.

    Args:
        config: Name or `Config` of the builder.
        split: See `load`.
        count: See `load`.
        data_dir: See `load`.
    """
    try:
        import tensorflow_datasets as tfds

        from keras_stunet.datasets.moving_mnist import (
            moving_mnist_dataset_builder,
        )
    except ImportError as error:
        raise ImportError(
            f"Downloading MNIST needs TensorFlow Datasets ({error}). "
            f"{install_hint('tensorflow,datasets')} Or name a folder of raw "
            f"files as raw_dir, or in the variable {RAW_DIR_VARIABLE}.",
            name=error.name,
        ) from error
    builder = moving_mnist_dataset_builder.Builder(
        config=config, data_dir=data_dir
    )
    try:
        builder.download_and_prepare()
    except Exception as error:
        error.add_note(
            "Moving-MNIST could not be prepared. If the download failed: put "
            "the files of MNIST into a folder and name it as raw_dir or in "
            f"the environment variable {RAW_DIR_VARIABLE}."
        )
        raise
    examples = builder.as_dataset(split=split)
    examples = examples.take(-1 if count is None else count)
    return np.stack([each["frames"] for each in tfds.as_numpy(examples)])


def check_size(size):
    """Returns `size` if frames come in it.

    Raises:
        ValueError: If not.
    """
    if size not in SIZES:
        raise ValueError(
            f"`size` is {size!r}; expected one of "
            f"{', '.join(map(str, SIZES))}, the pixels of a side."
        )
    return int(size)
