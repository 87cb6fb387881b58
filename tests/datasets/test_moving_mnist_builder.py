"""TensorFlow Datasets builder of moving-MNIST, on dummy digits."""

import pathlib

import numpy as np
import pytest

tfds = pytest.importorskip("tensorflow_datasets")

from keras_stunet.datasets.moving_mnist import digits  # noqa: E402
from keras_stunet.datasets.moving_mnist import loading  # noqa: E402
from keras_stunet.datasets.moving_mnist import moving_mnist_dataset_builder  # noqa: E402,E501
from keras_stunet.datasets.moving_mnist.official import NAME  # noqa: E402
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE  # noqa: E402

Builder = moving_mnist_dataset_builder.Builder
Config = moving_mnist_dataset_builder.Config
DUMMY = pathlib.Path(moving_mnist_dataset_builder.__file__).parent
DUMMY = DUMMY / "dummy_data"
COUNTS = {"train": 4, "validation": 2, "test": 3}
DRAWN = Config(name="few", size=16, sequences=COUNTS, published_only=False)
OFFICIAL = Config(name="two", official=True, sequences={"test": 2})


@pytest.fixture(autouse=True)
def no_raw_dir(monkeypatch):
    monkeypatch.delenv(RAW_DIR_VARIABLE, raising=False)


def built(config, folder, **options):
    builder = Builder(config=config, data_dir=folder)
    builder.download_and_prepare(**options)
    return builder


class TestContractDrawn(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = [DRAWN]
    SPLITS = COUNTS
    DL_DOWNLOAD_RESULT = {
        key: f"{file.name}.gz" for key, file in digits.FILES.items()
    }


class TestContractOfficial(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = [OFFICIAL]
    SPLITS = {"test": 2}


def test_both_roads_give_the_same_sequences(tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY))
    for split, part in loading.SPLITS.items():
        stored = loading.load_tfds(DRAWN, split, data_dir=tmp_path)
        path = DUMMY / f"{digits.FILES[part.file].name}.gz"
        own = digits.read_digits(path, part.file, published_only=False)
        ((_, drawn),) = loading.draw_split(own, split, 16, COUNTS[split])
        np.testing.assert_array_equal(stored, drawn)
        some = loading.load_tfds(DRAWN, split, 2, data_dir=tmp_path)
        np.testing.assert_array_equal(some, drawn[:2])


def test_configs_are_the_published_ones():
    found = {c.name: (c.size, c.sequences) for c in Builder.BUILDER_CONFIGS}
    counts = {"train": 10_000, "validation": 2_000, "test": 3_000}
    expected = {str(size): (size, counts) for size in (64, 32, 16)}
    assert found == {**expected, "official": (64, {"test": 10_000})}
    assert all(c.published_only for c in Builder.BUILDER_CONFIGS)


def refuse_download(self, urls):
    raise ConnectionError(", ".join(urls.values()))


def test_without_files_at_hand_the_published_addresses_are_asked(
    tmp_path, monkeypatch
):
    download = tfds.download.DownloadManager
    monkeypatch.setattr(download, "download", refuse_download)
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(tmp_path))
    with pytest.raises(
        ConnectionError, match="train-images.*, .*t10k"
    ) as error:
        loading.load(16, "test", data_dir=tmp_path)
    assert RAW_DIR_VARIABLE in error.value.__notes__[0]
    # A file at hand is not asked for.
    packed = (DUMMY / "t10k-images-idx3-ubyte.gz").read_bytes()
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(packed)
    with pytest.raises(ConnectionError) as error:
        built("16", tmp_path)
    assert "t10k" not in str(error.value)


def test_files_in_manual_dir_are_taken(tmp_path):
    options = tfds.download.DownloadConfig(manual_dir=DUMMY)
    for config, split in ((DRAWN, "validation"), (OFFICIAL, "test")):
        builder = built(config, tmp_path, download_config=options)
        assert builder.info.splits[split].num_examples == 2


def test_other_digits_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY))
    with pytest.raises(ValueError, match="not the published train-images"):
        built("32", tmp_path)


def test_a_missing_official_file_says_where_to_get_it(tmp_path, monkeypatch):
    for folder in (None, tmp_path):
        if folder:
            monkeypatch.setenv(RAW_DIR_VARIABLE, str(folder))
        with pytest.raises(FileNotFoundError, match="Get it .819 MB.") as error:
            built("official", tmp_path)
        assert RAW_DIR_VARIABLE in str(error.value)
        assert NAME in str(error.value)


def test_the_files_have_their_checksums():
    infos = Builder.url_infos
    assert {file.url for file in digits.FILES.values()} == set(infos)
    # 16 bytes and 784 an image, packed to about a fifth.
    assert infos[digits.FILES["train"].url].size == 9_912_422


def test_it_is_not_the_builder_that_tensorflow_datasets_brings():
    from tensorflow_datasets.video import moving_mnist

    assert tfds.builder_cls("moving_mnist") is moving_mnist.MovingMnist
    assert tfds.builder_cls("graph_moving_mnist") is Builder


def test_data_prepared_under_the_former_name_are_found(tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY))
    with monkeypatch.context() as former:
        former.setattr(Builder, "name", "moving_mnist")
        place = built(DRAWN, tmp_path).data_path
    assert place == tmp_path / "moving_mnist" / "few" / "1.0.0"
    monkeypatch.delenv(RAW_DIR_VARIABLE)
    monkeypatch.setattr(
        tfds.download.DownloadManager, "download", refuse_download
    )
    frames = loading.load_tfds(DRAWN, "test", data_dir=tmp_path)
    assert len(frames) == COUNTS["test"]
    again = built(DRAWN, tmp_path)
    assert again.data_path == place
    assert again.info.full_name == "moving_mnist/few/1.0.0"
    # Data under the name of today come first, and other sizes take it.
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY))
    other = Config(**{**vars(DRAWN), "name": "other", "size": 32})
    place = built(other, tmp_path).data_path
    assert place == tmp_path / "graph_moving_mnist" / "other" / "1.0.0"
    assert Builder.name == "graph_moving_mnist"
