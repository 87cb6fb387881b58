"""Reader of PeMSD7: values against NumPy's own parser, time, real data."""

import gzip
import os
import pathlib
import shutil

import numpy as np
import pytest

from keras_stunet.data.catalog import load_series
from keras_stunet.datasets import pemsd7
from keras_stunet.datasets.pemsd7.reader import has_raw
from keras_stunet.datasets.pemsd7.reader import weekday_steps

DUMMY = pathlib.Path(pemsd7.__file__).parent / "dummy_data"
SIZES = {
    "m": {"num_stations": 4, "num_days": 2},
    "l": {"num_stations": 6, "num_days": 2},
}
SHARED = pathlib.Path(
    os.environ.get("KERAS_STUNET_RAW_DIR")
    or pathlib.Path(__file__).parents[3] / "shared" / "data"
)


@pytest.mark.parametrize("config, code", [("m", 228), ("l", 1026)])
def test_numbers_equal_those_of_loadtxt(config, code):
    series = pemsd7.read_raw(DUMMY / config, config, **SIZES[config])
    for array, letter in ((series.speed, "V"), (series.distances, "W")):
        path = DUMMY / config / f"PeMSD7_{letter}_{code}.csv"
        expected = np.loadtxt(path, delimiter=",").astype(np.float32)
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, expected)


def test_stations_equal_the_columns_of_their_file():
    series = pemsd7.read_raw(DUMMY / "m", **SIZES["m"])
    path = DUMMY / "m" / "PeMSD7_M_Station_Info.csv"
    expected = np.loadtxt(path, str, delimiter=",", skiprows=1)
    assert series.station_ids.tolist() == expected[:, 1].tolist()
    assert series.coordinates.dtype == np.float64
    np.testing.assert_array_equal(
        series.coordinates, expected[:, 5:].astype(float)
    )


def test_unknown_stations_are_numbered_and_without_a_place():
    series = pemsd7.read_raw(DUMMY / "l", "l", **SIZES["l"])
    assert series.station_ids.tolist() == list("012345")
    assert series.coordinates.shape == (6, 2)
    assert np.isnan(series.coordinates).all()


def test_parent_folder_gzip_and_other_name_give_the_same(tmp_path):
    folder = tmp_path / "pemsd7_m"
    shutil.copytree(DUMMY / "m", folder)
    speed = folder / "PeMSD7_V_228.csv"
    (folder / "vel.csv.gz").write_bytes(gzip.compress(speed.read_bytes()))
    speed.unlink()
    expected = pemsd7.read_raw(DUMMY / "m", **SIZES["m"])
    found = pemsd7.read_raw(str(tmp_path), **SIZES["m"])
    for a, b in zip(expected, found, strict=True):
        np.testing.assert_array_equal(a, b)


def test_days_are_the_weekdays_of_may_and_june_2012():
    steps = weekday_steps(44)
    assert steps.dtype == "datetime64[s]"
    assert steps.shape == (12_672,)
    days = steps.reshape(44, 288)
    five_minutes = np.timedelta64(300, "s")
    assert (np.diff(days, axis=1) == five_minutes).all()
    # 1970-01-01 was a Thursday: day 4 of the epoch was a Monday.
    all_days = np.arange("2012-05-01", "2012-07-01", dtype="datetime64[D]")
    weekdays = all_days[(all_days.astype(int) - 4) % 7 < 5]
    assert (days[:, 0] == weekdays).all()
    assert str(steps[0]) == "2012-05-01T00:00:00"
    assert str(steps[-1]) == "2012-06-29T23:55:00"
    assert str(days[19, 0]) == "2012-05-28T00:00:00"  # Memorial Day.


def test_has_raw_tells_the_configs_apart():
    assert has_raw(DUMMY / "m", "m")
    assert not has_raw(DUMMY / "m", "l")
    assert not has_raw(DUMMY, "m")


@pytest.mark.skipif(not has_raw(SHARED), reason="PeMSD7(M) is not at hand")
def test_published_series_has_the_known_numbers():
    series = pemsd7.load("m", raw_dir=SHARED)
    assert series.speed.shape == (12_672, 228)
    mean, std = series.speed.mean(dtype=float), series.speed.std(dtype=float)
    np.testing.assert_allclose([mean, std], [58.889, 13.483], atol=5e-4)
    assert series.speed.min() == np.float32(3.0)
    assert series.speed.max() == np.float32(82.6)
    np.testing.assert_array_equal(series.distances, series.distances.T)
    assert not series.distances.diagonal().any()
    assert series.distances.max() == np.float32(45_229.84)
    # Memorial Day is nearly free of jams; the rush hour of others is not.
    by_day = series.speed.reshape(44, 288, 228).mean((1, 2))
    assert by_day[19] == by_day.max()
    assert series.timestamps[288 * 19] == np.datetime64("2012-05-28")
    assert series.station_ids[[0, -1]].tolist() == ["716939", "763275"]
    assert series.coordinates[0].tolist() == [34.041407, -118.218373]


@pytest.mark.skipif(not has_raw(SHARED), reason="PeMSD7(M) is not at hand")
def test_other_content_does_not_go_by_the_published_name(tmp_path):
    shutil.copytree(SHARED / "pemsd7_m", tmp_path / "pemsd7_m")
    path = tmp_path / "pemsd7_m" / "PeMSD7_W_228.csv.gz"
    path.chmod(0o644)
    content = gzip.decompress(path.read_bytes())
    _, rest = content.split(b",", 1)
    path.write_bytes(gzip.compress(b"7," + rest))  # from a station to itself
    with pytest.raises(ValueError, match="W_228.csv.gz: not the published fil"):
        load_series("pemsd7/m", raw_dir=tmp_path)
    assert pemsd7.read_raw(tmp_path).distances[0, 0] == 7
