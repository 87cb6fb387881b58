"""Sequences of frames as windows: which frames, where each pixel is."""

import numpy as np
import pytest

from keras_stunet.data import frames as module
from keras_stunet.data.frames import frame_windows
from keras_stunet.data.frames import load_moving_mnist
from keras_stunet.data.frames import sequence_counts
from keras_stunet.data.frames import to_frames


@pytest.fixture
def loaded(monkeypatch):
    """Stands in for the data set; the calls are kept."""
    calls = []

    def load(size, split, count, raw_dir, data_dir):
        calls.append((size, split, count, raw_dir, data_dir))
        rng = np.random.default_rng(len(calls))
        return rng.integers(0, 256, (count, 20, size, size), np.uint8)

    monkeypatch.setattr(module.moving_mnist, "load", load)
    return calls


def test_splits_are_the_first_sequences_in_the_published_shares(loaded):
    splits = load_moving_mnist(16, 10, "raw", "data")
    assert loaded == [
        (16, "train", 10, "raw", "data"),
        (16, "validation", 2, "raw", "data"),
        (16, "test", 3, "raw", "data"),
    ]
    assert [len(windows) for windows in splits[:3]] == [10, 2, 3]
    assert (splits.mean, splits.std) == (0.0, 1.0)
    assert sequence_counts(10_000) == {
        "train": 10_000,
        "validation": 2_000,
        "test": 3_000,
    }


def test_a_window_is_a_sequence_and_pixels_are_bytes_over_255():
    frames = np.random.default_rng(0).integers(0, 256, (3, 20, 4, 4), np.uint8)
    windows = frame_windows(frames)
    assert len(windows) == 3 and windows.mask is None
    x, y = windows.gather([2, 0])
    expected = frames[[2, 0]].reshape(2, 20, 16, 1) / 255
    np.testing.assert_allclose(x, expected[:, :10], rtol=1e-6)
    np.testing.assert_allclose(y, expected[:, 10:], rtol=1e-6)
    restored = to_frames(np.concatenate([x, y], axis=1))
    np.testing.assert_allclose(restored, frames[[2, 0]] / 255, rtol=1e-6)
    assert y.max() <= 1 and windows.values.dtype == np.float32


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        (4, "`sequences` is 4; expected an integer of at least 5"),
        (10_001, "`sequences` is 10001; expected at most 10000"),
        (7.5, "`sequences` is 7.5; expected an integer"),
    ],
)
def test_counts_out_of_range_are_refused(loaded, sequences, message):
    with pytest.raises(ValueError, match=message):
        load_moving_mnist(16, sequences)
    assert not loaded
