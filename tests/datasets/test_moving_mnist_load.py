"""Moving-MNIST as arrays: which digits, which sequences, what is refused."""

import gzip
import hashlib
import pathlib
import shutil

import numpy as np
import pytest

from keras_stunet.datasets import moving_mnist
from keras_stunet.datasets.moving_mnist import digits
from keras_stunet.datasets.moving_mnist import loading
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE

DUMMY = pathlib.Path(moving_mnist.__file__).parent / "dummy_data"
TRAIN = digits.FILES["train"].name
TEST = digits.FILES["test"].name


@pytest.fixture(autouse=True)
def no_raw_dir(monkeypatch):
    monkeypatch.delenv(RAW_DIR_VARIABLE, raising=False)


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """A raw folder with the dummy digits, which then are the published."""
    folder = tmp_path / "raw"
    (folder / "mnist").mkdir(parents=True)
    for key, file in digits.FILES.items():
        packed = (DUMMY / f"{file.name}.gz").read_bytes()
        (folder / "mnist" / f"{file.name}.gz").write_bytes(packed)
        md5 = hashlib.md5(gzip.decompress(packed)).hexdigest()
        changed = digits.DigitFile(file.name, file.count, md5)
        monkeypatch.setitem(digits.FILES, key, changed)
    return folder


def shades(frames):
    return set(np.unique(frames).tolist()) - {0}


def test_no_digit_is_in_two_splits(raw):
    # Each dummy digit is a square of one shade of its own.
    found = {
        split: shades(moving_mnist.load(64, split, 100, raw))
        for split in ("train", "validation", "test")
    }
    train = digits.read_digits(DUMMY / f"{TRAIN}.gz", "train")
    test = digits.read_digits(DUMMY / f"{TEST}.gz", "test")
    assert found["train"] == shades(train[:10])
    assert found["validation"] == shades(train[10:])
    assert found["test"] == shades(test)


def test_published_counts_and_parts():
    counts = {k: part.sequences for k, part in loading.SPLITS.items()}
    assert counts == {"train": 10_000, "validation": 2_000, "test": 3_000}
    numbers = np.arange(60_000)
    train = loading.SPLITS["train"].digits(numbers)
    validation = loading.SPLITS["validation"].digits(numbers)
    assert (train[0], train[-1]) == (0, 49_999)
    assert (validation[0], validation[-1]) == (50_000, 59_999)


def test_fewer_sequences_are_the_first_of_more(raw):
    # More than are drawn at once, and across that border.
    few = moving_mnist.load(16, "test", 7, raw)
    more = moving_mnist.load(16, "test", 260, raw)
    assert few.shape == (7, 20, 16, 16) and few.dtype == np.uint8
    np.testing.assert_array_equal(few, more[:7])
    assert len({sequence.tobytes() for sequence in more}) == 260


def test_small_frames_are_means_of_large_ones(raw):
    large = moving_mnist.load(64, "test", 4, raw).astype(float)
    for size in (32, 16):
        block = 64 // size
        blocks = large.reshape(4, 20, size, block, size, block)
        small = moving_mnist.load(size, "test", 4, raw)
        np.testing.assert_array_equal(
            small, np.floor(blocks.mean(axis=(3, 5)) + 0.5)
        )


def test_the_folder_of_the_environment_variable_is_taken(raw, monkeypatch):
    expected = moving_mnist.load(16, "test", 2, raw)
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(raw))
    np.testing.assert_array_equal(moving_mnist.load(16, "test", 2), expected)
    # Files in the folder itself, and not gzipped, do as well.
    packed = (raw / "mnist" / f"{TEST}.gz").read_bytes()
    shutil.rmtree(raw / "mnist")
    (raw / TEST).write_bytes(gzip.decompress(packed))
    np.testing.assert_array_equal(moving_mnist.load(16, "test", 2), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((28, "test"), "`size` is 28; expected one of 64, 32, 16"),
        ((16, "tests"), "Did you mean 'test'"),
        ((16, "test", 0), "`count` is 0; expected an integer of at least 1"),
        ((16, "test", 3001), "`count` is 3001; expected at most 3000"),
    ],
)
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        moving_mnist.load(*arguments, raw_dir="unused")


def test_a_missing_file_says_where_to_get_it(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        moving_mnist.load(16, "test", raw_dir=tmp_path)
    for part in (TEST, str(tmp_path), "https://", "with .gz"):
        assert part in str(caught.value)


def images(count=2, magic=b"\0\0\x08\x03", side=28):
    header = np.array([count, side, side], ">u4").tobytes()
    return magic + header + bytes(count * side * side)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\0\0\x08", "holds 3 bytes; expected an idx file"),
        (images(magic=b"\0\0\x08\x01"), "starts with 0x801; expected 0x803"),
        (images(side=27), r"shape \(2, 27, 27\); expected \(digits, 28, 28\)"),
        (images(count=0), r"announces images of shape \(0, 28, 28\)"),
        (images()[:-1], "holds 1583 bytes; expected 1584 for 2 images"),
        (images() + b"\0", "holds 1585 bytes; expected 1584"),
        (images(), "not the published t10k-images-idx3-ubyte .MD5"),
        (gzip.compress(images(), mtime=0)[:-9], "damaged or cut off"),
    ],
)
def test_a_file_of_anything_else_is_refused(tmp_path, content, message):
    (tmp_path / TEST).write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        moving_mnist.load(16, "test", raw_dir=tmp_path)
    assert str(tmp_path / TEST) in str(caught.value)
    assert "Get the file again" in str(caught.value)


def official(folder, shape=(20, 2, 64, 64), dtype=np.uint8):
    path = folder / "mnist_test_seq.npy"
    rng = np.random.default_rng(0)
    np.save(path, rng.integers(0, 256, shape).astype(dtype))
    return path


def test_the_official_file_comes_sequence_first(tmp_path):
    path = official(tmp_path)
    found = moving_mnist.read_official(path, sequences=2)
    raw = np.load(path)
    assert found.shape == (2, 20, 64, 64) and not found.flags.writeable
    for sequence, frame in np.ndindex(2, 20):
        expected = raw[frame, sequence]
        np.testing.assert_array_equal(found[sequence, frame], expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": (2, 20, 64, 64)}, r"holds \(2, 20, 64, 64\) of uint8"),
        ({"dtype": np.float32}, "64, 64. of float32; expected .* of uint8"),
    ],
)
def test_another_official_file_is_refused(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        moving_mnist.read_official(official(tmp_path, **change), sequences=2)


def test_a_cut_or_foreign_official_file_is_refused(tmp_path):
    path = official(tmp_path)
    whole = path.read_bytes()
    for content in (whole[:-1], whole[:50], b"", b"text"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="no whole .npy file .* Get mnist"):
            moving_mnist.read_official(path, sequences=2)
