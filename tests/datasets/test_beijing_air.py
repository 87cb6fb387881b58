"""Beijing's air: raw files, and the TensorFlow Datasets builder."""

import gzip
import pathlib

import numpy as np
import pandas as pd
import pytest

from keras_stunet.datasets.beijing_air import dummy_data_generation as dummy
from keras_stunet.datasets.beijing_air import load
from keras_stunet.datasets.beijing_air import read_raw
from keras_stunet.datasets.beijing_air.published import MEASUREMENTS
from keras_stunet.datasets.beijing_air.published import STATIONS
from keras_stunet.datasets.beijing_air.published import file_name
from keras_stunet.datasets.beijing_air.published import hours
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE

HOURS = hours(last=dummy.LAST)
DUMMY = pathlib.Path(dummy.__file__).parent / "dummy_data"


@pytest.fixture(autouse=True)
def no_raw_dir(monkeypatch):
    monkeypatch.delenv(RAW_DIR_VARIABLE, raising=False)


@pytest.fixture
def raw(tmp_path):
    dummy.write_dummy_data(tmp_path)
    return tmp_path


def test_readings_are_those_of_an_independent_reader(raw):
    record = read_raw(raw, timestamps=HOURS)
    assert record.values.shape == (48, 12, 11)
    assert record.station_names.tolist() == list(STATIONS)
    for place, station in enumerate(STATIONS):
        frame = pd.read_csv(raw / file_name(station))
        np.testing.assert_array_equal(
            record.values[:, place],
            frame[list(MEASUREMENTS)].to_numpy("float32"),
        )
    assert np.isnan(record.values[..., 0]).any()
    assert not np.isnan(record.values[..., 1:]).any()
    assert record.timestamps[25] == np.datetime64("2013-03-02T01:00")


def test_the_published_hours():
    assert len(hours()) == 35_064
    assert str(hours()[-1]) == "2017-02-28T23:00:00"


def test_files_may_be_packed_and_in_a_folder_of_their_own(raw, tmp_path):
    inner = tmp_path / "raw" / "beijing_air"
    inner.mkdir(parents=True)
    for station in STATIONS:
        data = (raw / file_name(station)).read_bytes()
        (inner / (file_name(station) + ".gz")).write_bytes(gzip.compress(data))
    packed = read_raw(inner.parent, timestamps=HOURS)
    plain = read_raw(raw, timestamps=HOURS)
    np.testing.assert_array_equal(packed.values, plain.values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("PM2.5,", "PM25,", 1), "the heading is"),
        (lambda text: text[: len(text) // 2], "Dongsi"),
        (lambda text: text[:-1], "line break"),
        (
            lambda text: text.replace("\n9,2013,3,1,8", "\n9,2013,3,1,9"),
            "08:00",
        ),
        (lambda text: text.replace("Dongsi", "Gucheng"), "rows of Gucheng"),
        (lambda text: text.replace(",NNW,", ",NNW,x", 1), "WSPM is 'x"),
    ],
)
def test_a_damaged_file_is_named(raw, change, message):
    path = raw / file_name("Dongsi")
    path.write_text(change(path.read_text()))
    with pytest.raises(ValueError, match=message) as error:
        read_raw(raw, timestamps=HOURS)
    assert "Dongsi" in str(error.value)


def test_a_station_that_is_missing_is_named(raw):
    (raw / file_name("Huairou")).unlink()
    with pytest.raises(FileNotFoundError, match="no file of Huairou"):
        read_raw(raw)


def test_the_folder_of_the_environment_is_read(raw, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(raw))
    with pytest.raises(ValueError, match="48 hours; expected 35064"):
        load()


tfds = pytest.importorskip("tensorflow_datasets")

from keras_stunet.datasets.beijing_air import (  # noqa: E402
    beijing_air_dataset_builder as building,
)


class TestContract(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = building.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = [
        building.Config(name="dummy", last=dummy.LAST)
    ]
    SPLITS = {"series": 1}


def test_the_builder_gives_what_the_reader_does(raw, tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(raw))
    config = building.Config(name="dummy", last=dummy.LAST)
    builder = building.Builder(config=config, data_dir=tmp_path / "tfds")
    builder.download_and_prepare()
    (example,) = tfds.as_numpy(builder.as_dataset(split="series"))
    record = read_raw(raw, timestamps=HOURS)
    np.testing.assert_array_equal(example["values"], record.values)
    assert [x.decode() for x in example["station_names"]] == list(STATIONS)
    assert example["timestamps"][1] == 3600 + example["timestamps"][0]


def test_without_files_the_address_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(RAW_DIR_VARIABLE, raising=False)
    builder = building.Builder(data_dir=tmp_path)
    with pytest.raises(Exception, match="archive.ics.uci.edu"):
        builder.download_and_prepare()


def test_the_dummy_data_are_those_of_their_script(tmp_path):
    dummy.write_dummy_data(tmp_path)
    for station in STATIONS:
        name = file_name(station)
        assert (DUMMY / name).read_text() == (tmp_path / name).read_text()
