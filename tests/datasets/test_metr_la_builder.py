"""TensorFlow Datasets builder of METR-LA, on dummy data."""

import pathlib
import shutil

import numpy as np
import pytest

tfds = pytest.importorskip("tensorflow_datasets")

from keras_stunet.datasets.metr_la import dummy_data_generation  # noqa: E402
from keras_stunet.datasets.metr_la import loading  # noqa: E402
from keras_stunet.datasets.metr_la import metr_la_dataset_builder  # noqa: E402
from keras_stunet.datasets.metr_la import read_raw  # noqa: E402
from keras_stunet.datasets.metr_la.published import FILES  # noqa: E402
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE  # noqa: E402

Builder = metr_la_dataset_builder.Builder
DUMMY = pathlib.Path(metr_la_dataset_builder.__file__).parent / "dummy_data"
SIZES = {
    "num_sensors": len(dummy_data_generation.SENSORS),
    "num_steps": dummy_data_generation.NUM_STEPS,
}
CHOSEN = {"full": None, "part29": dummy_data_generation.SELECTION}


def dummy_config(selection, published_only=False):
    return metr_la_dataset_builder.Config(
        name=f"dummy_{selection}",
        selection=selection,
        sensors=CHOSEN[selection],
        published_only=published_only,
        **SIZES,
    )


def refuse_download(self, urls):
    raise ConnectionError(", ".join(urls.values()))


@pytest.fixture(autouse=True)
def no_raw_dir_and_no_download(monkeypatch):
    monkeypatch.delenv(RAW_DIR_VARIABLE, raising=False)
    manager = tfds.download.DownloadManager
    monkeypatch.setattr(manager, "download", refuse_download)


class TestContractFull(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = Builder
    BUILDER_CONFIG_NAMES_TO_TEST = [dummy_config("full")]
    SPLITS = {"series": 1}
    # Of two forms of the graph the one that is no pickle.
    DL_DOWNLOAD_RESULT = {
        "speed": "vel.csv",
        "distances": "distances_la_2012.csv",
        "ids": "graph_sensor_ids.txt",
        "locations": "graph_sensor_locations.csv",
    }
    # No SHA-256 is known of the speeds: the builder compares git object ids.
    SKIP_CHECKSUMS = True


class TestContractPart29(TestContractFull):
    BUILDER_CONFIG_NAMES_TO_TEST = [dummy_config("part29")]


@pytest.mark.parametrize("selection", CHOSEN)
def test_builder_gives_what_the_reader_gives(selection, tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY))
    built = loading.load_tfds(dummy_config(selection), tmp_path)
    sensors = CHOSEN[selection]
    expected = read_raw(DUMMY, selection, sensors=sensors, **SIZES)
    for name, a, b in zip(built._fields, expected, built, strict=True):
        assert a.dtype == b.dtype, name
        np.testing.assert_array_equal(a, b, err_msg=name)
    assert 0 < np.isnan(built.speed).mean() < 0.12


def test_only_what_is_missing_is_downloaded(tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(tmp_path))
    with pytest.raises(ConnectionError) as caught:
        loading.load("full", data_dir=tmp_path)
    asked = str(caught.value).split(", ")
    keys = ("adjacency", "ids", "locations", "speed")
    assert asked == [FILES[key].url for key in keys]
    note = caught.value.__notes__[0]
    for words in (RAW_DIR_VARIABLE, "metr-la.h5 or vel.csv", "adj_mx.pkl"):
        assert words in note
    folder = shutil.copytree(DUMMY, tmp_path / "metr_la", dirs_exist_ok=True)
    (folder / "vel.csv").unlink()
    with pytest.raises(ConnectionError) as caught:
        loading.load("full", data_dir=tmp_path)
    assert str(caught.value) == FILES["speed"].url


def test_files_in_manual_dir_are_taken(tmp_path):
    manual = tmp_path / "manual"
    shutil.copytree(DUMMY, manual / "metr_la")
    builder = Builder(config=dummy_config("full"), data_dir=tmp_path / "data")
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(manual_dir=manual)
    )
    assert builder.info.splits["series"].num_examples == 1


@pytest.mark.parametrize("content", [None, b"", b"0,0,0,0,0,0\n"])
def test_other_empty_and_cut_downloads_are_refused(
    content, tmp_path, monkeypatch
):
    path = tmp_path / "download"
    path.write_bytes((DUMMY / "vel.csv").read_bytes())
    if content is not None:
        path.write_bytes(content)
    files = {"speed": path, "distances": DUMMY / "distances_la_2012.csv"}
    files["ids"] = DUMMY / "graph_sensor_ids.txt"
    monkeypatch.setattr(
        tfds.download.DownloadManager, "download", lambda self, urls: files
    )
    config = dummy_config("full", published_only=True)
    builder = Builder(config=config, data_dir=tmp_path / "data")
    with pytest.raises(ValueError, match="download: not the published file"):
        builder.download_and_prepare()
    assert not list((tmp_path / "data").glob("metr_la/**/dataset_info.json"))


def test_every_published_file_has_a_checksum():
    infos = Builder.url_infos
    for key in ("adjacency", "ids", "locations"):
        file = FILES[key]
        assert infos[file.url].checksum == file.sha256
        assert infos[file.url].size == file.size
    for key in ("speed", "distances"):
        assert FILES[key].url not in infos
        assert len(FILES[key].git_blob) == 40
