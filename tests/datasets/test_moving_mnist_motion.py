"""Digits move straight, bounce exactly, and are drawn where they are."""

import hashlib

import numpy as np
import pytest

from keras_stunet.datasets.moving_mnist import loading
from keras_stunet.datasets.moving_mnist.motion import block_means
from keras_stunet.datasets.moving_mnist.motion import draw_sequences
from keras_stunet.datasets.moving_mnist.motion import offsets
from keras_stunet.datasets.moving_mnist.motion import render

PINNED = {
    "train": "2597de359dae11a6",
    "validation": "39ef1bf3cc5e09ae",
    "test": "f19e2f94e4a68a08",
}


def bounced(start, speed, frames=20):
    """Places of a ball between walls at 0 and 1, turned round at each."""
    places, place = [], start
    for _ in range(frames):
        places.append(place)
        place += speed
        if place > 1:
            place, speed = 1 - (place - 1), -speed
        elif place < 0:
            place, speed = -place, -speed
    return np.array(places)


@pytest.mark.parametrize("seed", range(20))
def test_a_digit_is_reflected_at_the_walls(seed):
    rng = np.random.default_rng(seed)
    start, angle = rng.random(2), rng.uniform(0, 2 * np.pi)
    row = 36 * bounced(start[0], 0.1 * np.sin(angle))
    column = 36 * bounced(start[1], 0.1 * np.cos(angle))
    expected = np.stack([row, column], axis=-1)
    # Within rounding to the nearest pixel, whichever way a half goes.
    gap = np.abs(offsets(start, np.array(angle)) - expected)
    assert gap.max() <= 0.5 + 1e-9


def test_straight_down_it_goes_from_wall_to_wall_in_ten_frames():
    found = offsets(np.array([0.0, 0.25]), np.array(np.pi / 2))
    down = np.rint(3.6 * np.arange(11)).astype(int)  # 0, 4, 7, ... 36
    np.testing.assert_array_equal(found[:11, 0], down)
    np.testing.assert_array_equal(found[11:, 0], down[9:0:-1])
    np.testing.assert_array_equal(found[:, 1], 9)


def test_angles_are_directions_at_one_speed():
    # In the open: the way in 4 frames is 0.4 * 36 = 14.4 pixels, whatever
    # the direction.
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    found = offsets(np.full((24, 2), 0.5), angles)
    way = found[:, 4] - found[:, 0]
    expected = 14.4 * np.stack([np.sin(angles), np.cos(angles)], axis=-1)
    assert np.abs(way - expected).max() <= 0.5 + 1e-9


def test_frames_equal_those_drawn_pixel_by_pixel():
    rng = np.random.default_rng(0)
    digits = rng.integers(0, 256, (3, 2, 28, 28), np.uint8)
    at = rng.integers(0, 37, (3, 2, 4, 2))
    at[0, 1] = at[0, 0]  # one over the other
    expected = np.zeros((3, 4, 64, 64), np.uint8)
    for s, t in np.ndindex(3, 4):
        for digit, (row, column) in zip(digits[s], at[s, :, t], strict=True):
            for i, j in np.ndindex(28, 28):
                pixel = expected[s, t, row + i, column + j]
                shade = max(pixel, digit[i, j])
                expected[s, t, row + i, column + j] = shade
    np.testing.assert_array_equal(render(digits, at), expected)


def test_the_mass_of_a_lone_digit_is_conserved():
    rng = np.random.default_rng(1)
    digits = rng.integers(0, 256, (5, 1, 28, 28), np.uint8)
    at = offsets(rng.random((5, 1, 2)), rng.uniform(0, 7, (5, 1)))
    mass = render(digits, at).sum(axis=(2, 3), dtype=np.int64)  # (S, T)
    whole = digits.sum(axis=(1, 2, 3), dtype=np.int64)[:, None]
    np.testing.assert_array_equal(mass, np.broadcast_to(whole, (5, 20)))


def test_a_sequence_depends_on_its_own_number_alone():
    digits = np.random.default_rng(2).integers(0, 256, (9, 28, 28), np.uint8)
    whole = draw_sequences(digits, 0, 1, range(6))
    some = draw_sequences(digits, 0, 1, [4, 0])
    np.testing.assert_array_equal(some, whole[[4, 0]])
    assert len({sequence.tobytes() for sequence in whole}) == 6
    for seed, split in ((1, 1), (0, 2)):
        other = draw_sequences(digits, seed, split, range(6))
        assert (other != whole).any(axis=(1, 2, 3)).all()


def test_starts_and_directions_fill_their_ranges():
    # A bright pixel for a digit: where it is, the digit is.
    digits = np.zeros((1, 28, 28), np.uint8)
    digits[0, 0, 0] = 255
    frames = draw_sequences(digits, 0, 0, range(400))
    first = np.argwhere(frames[:, 0])[:, 1:]
    assert first.min() == 0 and first.max() == 36
    # 800 uniform starts: their mean is within four standard errors of 18.
    assert np.abs(first.mean(axis=0) - 18).max() < 4 * 36 / (12 * 800) ** 0.5


@pytest.mark.parametrize("size", [64, 32, 16])
def test_block_means_are_exact(size):
    frames = np.random.default_rng(3).integers(0, 256, (2, 3, 64, 64), np.uint8)
    block = 64 // size
    found = block_means(frames, size)
    assert found.shape == (2, 3, size, size) and found.dtype == np.uint8
    for i, j in np.ndindex(size, size):
        rows = slice(block * i, block * (i + 1))
        columns = slice(block * j, block * (j + 1))
        mean = frames[:, :, rows, columns].mean(axis=(2, 3))
        expected = np.floor(mean + 0.5)
        np.testing.assert_array_equal(found[:, :, i, j], expected)


def test_digits_move_to_all_sides():
    blank = np.full((1, 28, 28), 9, np.uint8)
    seen = set()
    for frames in draw_sequences(blank, 0, 0, range(40)):
        middle = [np.argwhere(frame).mean(axis=0) for frame in frames[:2]]
        seen.add(tuple(np.sign(middle[1] - middle[0])))
    assert {(-1, -1), (-1, 1), (1, -1), (1, 1)} <= seen


def test_the_sequences_of_this_version_are_those_ever_drawn():
    # Other numbers here are another data set: raise the builder's version.
    digits = np.random.default_rng(0).integers(0, 256, (7, 28, 28), np.uint8)
    found = {}
    for split in loading.SPLITS:
        ((_, frames),) = loading.draw_split(digits, split, 64, 3)
        found[split] = hashlib.sha256(frames.tobytes()).hexdigest()[:16]
    assert found == PINNED
