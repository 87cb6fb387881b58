"""Series by name."""

import sys
import types

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import catalog
from keras_stunet.data.catalog import SOURCES
from keras_stunet.data.catalog import load_series
from keras_stunet.datasets.stored_series import VERSION


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("pemsd7/n", "Did you mean 'pemsd7/"),
        ("pemsd7", "Did you mean 'pemsd7/"),
        ("weather", "expected one of freeway, pemsd7/m, pemsd7/l"),
        ("freeways", "Did you mean 'freeway'"),
        ("metr-la/full", "Did you mean 'metr_la/full'"),
        ("speeds.csv", "npz file. `read_series.*series.npz"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(name, hint):
    with pytest.raises(ValueError, match=hint):
        load_series(name)


def test_a_saved_series_is_loaded(tmp_path):
    values = np.arange(8.0).reshape(4, 2)
    Series(values, np.ones((2, 2)), name="mine").save(tmp_path / "mine.npz")
    series = load_series(str(tmp_path / "mine.npz"))
    assert series.name == "mine"
    np.testing.assert_array_equal(series.values, values)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no file.*none\.npz"):
        load_series(str(tmp_path / "none.npz"))


def test_a_file_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    with pytest.raises(ValueError, match="not a series"):
        load_series(str(tmp_path / "other.npz"))
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match="could not be read as a series"):
        load_series(str(tmp_path / "cut.npz"))


def test_a_download_is_announced(tmp_path, monkeypatch, recwarn):
    said = []

    def load(raw_dir, data_dir):
        said.extend(str(warning.message) for warning in recwarn)
        return raw_dir

    stand_in = SOURCES["pemsd7/m"]._replace(load=load)
    monkeypatch.setitem(SOURCES, "pemsd7/m", stand_in)
    monkeypatch.setenv("KERAS_STUNET_RAW_DIR", str(tmp_path))
    assert load_series("pemsd7/m", "raw", data_dir=tmp_path) == "raw"
    assert not said
    load_series("pemsd7/m", data_dir=tmp_path)
    assert len(said) == 1 and "No files of pemsd7/m" in said[0]
    assert "downloading" in said[0]


@pytest.mark.parametrize("chosen", ["data_dir", "TFDS_DATA_DIR", "HOME"])
def test_prepared_data_are_found_where_they_are_read(
    chosen, tmp_path, monkeypatch
):
    tfds = pytest.importorskip("tensorflow_datasets")
    monkeypatch.delenv("KERAS_STUNET_RAW_DIR", raising=False)
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "empty"))
    data_dir, folder = None, tmp_path / "tensorflow_datasets"
    if chosen == "data_dir":
        data_dir = folder
    else:
        value = {"HOME": tmp_path}.get(chosen, folder)
        monkeypatch.setenv(chosen, str(value))
    for name in ("pemsd7/m", "metr_la/full"):
        source = SOURCES[name]
        assert source.place(None, data_dir) is None
        builder = source.builder(folder)
        # Of other versions nothing is read.
        for version in ("0.9.0", "1.9.0", "1.10.0"):
            place = builder.data_path.parent / version / "dataset_info.json"
            place.parent.mkdir(parents=True)
            place.touch()
        assert source.place(None, data_dir) is None
        builder.data_path.mkdir()
        (builder.data_path / "dataset_info.json").touch()
        assert source.place(None, data_dir) == str(builder.data_path)
    if data_dir is None:
        assert tfds.core.constants.get_default_data_dir() == str(folder)


def test_without_a_config_a_data_set_is_called_as_its_folder(
    tmp_path, monkeypatch
):
    monkeypatch.delenv("KERAS_STUNET_RAW_DIR", raising=False)
    place = "keras_stunet.datasets.roads"
    package, reader = types.ModuleType(place), types.ModuleType("reader")
    package.load = lambda *given: given
    reader.has_raw = lambda folder, config: (folder, config) == ("raw", None)
    monkeypatch.setitem(sys.modules, place, package)
    monkeypatch.setitem(sys.modules, f"{place}.reader", reader)
    said = dict.fromkeys(("title", "sensors", "steps", "unit"))
    source = catalog._published("roads", None, lambda *given: given, **said)
    assert source.load("raw", "here") == ((None, "raw", "here"), "roads")
    assert source.place("raw", None) == "raw"
    prepared = tmp_path / "roads" / VERSION / "dataset_info.json"
    prepared.parent.mkdir(parents=True)
    assert source.place(None, tmp_path) is None
    prepared.touch()
    assert source.place(None, tmp_path) == str(prepared.parent)


def test_a_raw_folder_without_the_files_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=str(tmp_path)):
        load_series("pemsd7/m", raw_dir=str(tmp_path))


def test_raw_folder_with_the_graph_alone_says_what_to_put_there(tmp_path):
    (tmp_path / "adj_mx.pkl").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"metr-la\.h5.*vel\.csv"):
        load_series("metr_la/full", raw_dir=str(tmp_path))


def test_defaults_are_those_of_the_published_protocol():
    dcrnn = {
        "protocol": "windows",
        "parts": (7, 1, 2),
        "calendar": ("time_of_day",),
        "units": 96,
    }
    hourly = {
        "protocol": "windows",
        "calendar": ("time_of_day", "day_of_week"),
    }
    expected = {"freeway": {}, "pemsd7/m": {}, "pemsd7/l": {}}
    expected |= {"metr_la/full": dcrnn, "metr_la/part29": dcrnn}
    expected |= {"beijing_air/full": hourly}
    for name, options in expected.items():
        assert SOURCES[name].defaults == options, name
