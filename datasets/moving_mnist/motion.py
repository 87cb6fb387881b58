"""How digits move: straight, at one speed, reflected at the walls.

The rule of Srivastava, Mansimov and Salakhutdinov (2015), in the form that
TensorFlow Datasets gives it (`tfds.video.moving_sequence`): exact reflection.
The authors' own script stops a digit at the wall for the rest of the step.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from keras_stunet.datasets.moving_mnist.digits import SIDE

CANVAS = 64
"""Rows and columns of a frame as it is drawn."""

LENGTH = 20
"""Frames of a sequence."""

DIGITS = 2
"""Digits in a sequence."""

SPEED = 0.1
"""Way of a digit in a frame, in parts of the way from wall to wall."""

ROOM = CANVAS - SIDE
"""Pixels from wall to wall: largest offset of a digit."""


def draw_sequences(digits, seed, split, indices):
    """Draws sequences, each from random numbers of its own.

    A sequence depends on the digits, the seed, the number of the split and
    its own index alone: any subset is the same as in the whole split.

    Args:
        digits: `(D, 28, 28)` uint8 to choose from; the same one may come
            twice.
        seed: Non-negative integer.
        split: Non-negative number of the split.
        indices: `(S,)` non-negative numbers of the sequences.

    Returns:
        `(S, 20, 64, 64)` uint8.
    """
    chosen = np.empty((len(indices), DIGITS), np.int64)
    start = np.empty((len(indices), DIGITS, 2))
    angle = np.empty((len(indices), DIGITS))
    for place, index in enumerate(indices):
        rng = np.random.default_rng([seed, split, int(index)])
        chosen[place] = rng.integers(len(digits), size=DIGITS)
        start[place] = rng.random((DIGITS, 2))
        angle[place] = rng.uniform(0, 2 * np.pi, DIGITS)
    return render(digits[chosen], offsets(start, angle))


def offsets(start, angle):
    """Where digits are in each frame.

    Along each axis, in parts of the way from wall to wall, a digit is after
    t frames at `fold(start + 0.1 t (sin angle, cos angle))`, with
    `fold(x) = min(x mod 2, 2 - x mod 2)`, the reflection at 0 and 1.

    Args:
        start: `(..., 2)` row and column at the start, in [0, 1].
        angle: `(...)` direction of motion in radians, 0 to the right.

    Returns:
        `(..., 20, 2)` integers from 0 to 36: rows above and columns to the
        left of the digit, the nearest pixel.

    Example:
    >>> offsets(np.array([0.5, 0.9]), np.array(0.0))[:3].tolist()
    [[18, 32], [18, 36], [18, 32]]
    """
    direction = np.stack([np.sin(angle), np.cos(angle)], axis=-1)  # (..., 2)
    way = SPEED * np.arange(LENGTH)[:, None] * direction[..., None, :]
    place = (start[..., None, :] + way) % 2  # (..., 20, 2)
    return np.rint(ROOM * np.minimum(place, 2 - place)).astype(np.int64)


def render(digits, offsets):
    """Draws digits at their places; where they overlap the lighter counts.

    Args:
        digits: `(S, digits, 28, 28)` uint8.
        offsets: `(S, digits, T, 2)` integers, see `offsets`.

    Returns:
        `(S, T, 64, 64)` uint8.
    """
    count, _, length, _ = offsets.shape
    frames = np.zeros((count, length, CANVAS, CANVAS), np.uint8)
    # (S, T, 37, 37, 28, 28): each place that a digit can have, no copy.
    places = sliding_window_view(
        frames, (SIDE, SIDE), axis=(2, 3), writeable=True
    )
    sequence = np.arange(count)[:, None]
    time = np.arange(length)
    for number in range(digits.shape[1]):
        row, column = np.moveaxis(offsets[:, number], -1, 0)  # (S, T)
        at = sequence, time, row, column
        places[at] = np.maximum(places[at], digits[:, number, None])
    return frames


def block_means(frames, size):
    """Shrinks frames to means of square blocks of pixels.

    Args:
        frames: `(..., 64, 64)` uint8.
        size: Rows and columns of the result, a divisor of 64.

    Returns:
        `(..., size, size)` uint8: the nearest integer to the mean, halves
        upwards.

    Example:
    >>> checks = np.indices((64, 64)).sum(axis=0) % 2 * np.uint8(255)
    >>> np.unique(block_means(checks, 32)).tolist()  # 127.5
    [128]
    """
    block = CANVAS // size
    if block == 1:
        return frames
    shape = *frames.shape[:-2], size, block, size, block
    total = frames.reshape(shape).sum(axis=(-3, -1), dtype=np.uint32)
    area = block * block
    return ((total + area // 2) // area).astype(np.uint8)
