"""Sequences of frames as windows over a series whose sensors are pixels."""

import math

import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.data.splits import Splits
from keras_stunet.data.windows import Windows
from keras_stunet.datasets import moving_mnist

# Of ten training sequences, as many of the other splits: Shi et al. (2015)
# have 10,000, 2,000 and 3,000.
SHARES = {"train": 10, "validation": 2, "test": 3}
MOST = 10_000
HISTORY, HORIZON = 10, 10  # frames of input, and to forecast


def load_moving_mnist(size, sequences=MOST, raw_dir=None, data_dir=None):
    """Windows of moving-MNIST: ten frames of input, ten to forecast.

    Args:
        size: Pixels of a side: 64, 32 or 16.
        sequences: Training sequences, from 5 to 10,000; of validation and
            test sequences there are 2 and 3 tenths of it, the first ones.
        raw_dir: As in `keras_stunet.datasets.moving_mnist.load`.
        data_dir: As there.

    Returns:
        `Splits` of pixels in [0, 1] with mean 0 and standard deviation 1:
        pixels are not scaled. Node `row * size + column` is a pixel, as in
        `keras_stunet.graph.pixel_grid`.

    Raises:
        ValueError: If an argument is out of range.
        FileNotFoundError: As `moving_mnist.load`.
        ImportError: As `moving_mnist.load`.
    """
    counts = sequence_counts(sequences)
    windows = {
        split: load_split(size, split, count, raw_dir, data_dir)
        for split, count in counts.items()
    }
    return Splits(**windows, mean=0.0, std=1.0)


def load_split(size, split, count, raw_dir=None, data_dir=None):
    """`Windows` over the first sequences of a split, see `moving_mnist.load`.

    Raises:
        ValueError: As `moving_mnist.load`.
        FileNotFoundError: As `moving_mnist.load`.
        ImportError: As `moving_mnist.load`.
    """
    frames = moving_mnist.load(size, split, count, raw_dir, data_dir)
    return frame_windows(frames)


def sequence_counts(sequences):
    """Number of sequences of each split, `{split: count}`.

    Raises:
        ValueError: If there would be none in a split, or more than there are.

    Example:
    >>> sequence_counts(1000)
    {'train': 1000, 'validation': 200, 'test': 300}
    """
    check_count("sequences", sequences, 5)
    if sequences > MOST:
        raise ValueError(
            f"`sequences` is {sequences}; expected at most {MOST}, the "
            "training sequences of moving-MNIST."
        )
    return {
        split: sequences * share // SHARES["train"]
        for split, share in SHARES.items()
    }


def frame_windows(frames, history=HISTORY):
    """Windows over sequences of frames, one a sequence.

    Args:
        frames: `(S, T, H, W)` uint8.
        history: Frames of input; the others are to be forecast.

    Returns:
        `Windows` of pixels in [0, 1].

    Example:
    >>> windows = frame_windows(np.full((3, 4, 2, 2), 255, np.uint8), 3)
    >>> x, y = windows.gather([1, 2])
    >>> x.shape, y.shape, float(y.max())
    ((2, 3, 4, 1), (2, 1, 4, 1), 1.0)
    """
    count, length = frames.shape[:2]
    values = frames.reshape(count * length, -1) / np.float32(255)
    starts = length * np.arange(count)
    return Windows(values, None, starts, history, length - history)


def to_frames(readings):
    """Readings of pixels as square frames.

    Args:
        readings: `(B, T, N, 1)`, N a square number.

    Returns:
        `(B, T, H, W)` with H = W, the square root of N.

    Example:
    >>> to_frames(np.arange(4.0).reshape(1, 1, 4, 1)).tolist()
    [[[[0.0, 1.0], [2.0, 3.0]]]]
    """
    side = math.isqrt(readings.shape[2])
    return np.reshape(readings, (*readings.shape[:2], side, side))
