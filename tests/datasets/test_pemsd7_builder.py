"""TensorFlow Datasets builder of PeMSD7, on dummy data."""

import pathlib
import shutil

import numpy as np
import pytest

tfds = pytest.importorskip("tensorflow_datasets")

from keras_stunet.datasets import published  # noqa: E402
from keras_stunet.datasets.pemsd7 import loading  # noqa: E402
from keras_stunet.datasets.pemsd7 import pemsd7_dataset_builder  # noqa: E402
from keras_stunet.datasets.pemsd7.published import PUBLISHED  # noqa: E402
from keras_stunet.datasets.pemsd7.reader import read_raw  # noqa: E402
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE  # noqa: E402

Builder = pemsd7_dataset_builder.Builder
DUMMY = pathlib.Path(pemsd7_dataset_builder.__file__).parent / "dummy_data"
SIZES = {
    "m": {"num_stations": 4, "num_days": 2},
    "l": {"num_stations": 6, "num_days": 2},
}


def dummy_config(series, published_only=False):
    return pemsd7_dataset_builder.Config(
        name=f"dummy_{series}",
        series=series,
        published_only=published_only,
        **SIZES[series],
    )


@pytest.fixture(autouse=True)
def no_raw_dir(monkeypatch):
    monkeypatch.delenv(RAW_DIR_VARIABLE, raising=False)


def assert_same(left, right):
    for name, a, b in zip(left._fields, left, right, strict=True):
        assert a.dtype == b.dtype, name
        np.testing.assert_array_equal(a, b, err_msg=name)


class TestContractM(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = [dummy_config("m")]
    SPLITS = {"series": 1}
    DL_DOWNLOAD_RESULT = {
        "speed": "m/PeMSD7_V_228.csv",
        "distances": "m/PeMSD7_W_228.csv",
        "stations": "m/PeMSD7_M_Station_Info.csv",
    }


class TestContractL(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = [dummy_config("l")]
    SPLITS = {"series": 1}
    DL_DOWNLOAD_RESULT = {
        "speed": "l/PeMSD7_V_1026.csv",
        "distances": "l/PeMSD7_W_1026.csv",
    }
    # No SHA-256 is known: the builder compares git object ids instead.
    SKIP_CHECKSUMS = True


@pytest.mark.parametrize("series", ["m", "l"])
def test_builder_gives_what_the_reader_gives(series, tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY / series))
    built = loading.load_tfds(dummy_config(series), tmp_path)
    assert_same(read_raw(DUMMY / series, series, **SIZES[series]), built)


def test_files_in_manual_dir_are_taken(tmp_path, monkeypatch):
    manual = tmp_path / "manual"
    shutil.copytree(DUMMY / "m", manual / "pemsd7_m")
    monkeypatch.setattr(
        tfds.download.DownloadManager, "download", refuse_download
    )
    builder = Builder(config=dummy_config("m"), data_dir=tmp_path / "data")
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=manual)
    )
    assert builder.info.splits["series"].num_examples == 1


def test_without_files_at_hand_the_published_addresses_are_asked(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(
        tfds.download.DownloadManager, "download", refuse_download
    )
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(tmp_path))
    with pytest.raises(ConnectionError, match="PeMSD7_W_1026") as caught:
        loading.load("l", data_dir=tmp_path)
    assert RAW_DIR_VARIABLE in caught.value.__notes__[0]


def refuse_download(self, urls):
    raise ConnectionError(", ".join(urls.values()))


@pytest.mark.parametrize("series", ["m", "l"])
def test_builder_refuses_other_content(series, tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY / series))
    config = dummy_config(series, published_only=True)
    with pytest.raises(ValueError, match="not the published file .*expected"):
        Builder(config=config, data_dir=tmp_path).download_and_prepare()


def test_git_blob_id_is_that_of_git(tmp_path):
    # `git hash-object` of a file that holds "hello\n".
    path = tmp_path / "file"
    path.write_bytes(b"hello\n")
    found = published.git_blob_id(path)
    assert found == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_every_published_file_has_a_checksum():
    infos = Builder.url_infos
    for series in PUBLISHED.values():
        for file in (series.speed, series.distances, series.stations):
            if file and file.sha256:
                assert infos[file.url].checksum == file.sha256
                assert infos[file.url].size == file.size
            elif file:
                assert len(file.git_blob) == 40
                assert file.url not in infos
