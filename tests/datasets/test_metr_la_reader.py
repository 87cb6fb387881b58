"""Reader of METR-LA: the same series from each form of the files."""

import gzip
import shutil

import numpy as np
import pytest

from keras_stunet.datasets import metr_la
from keras_stunet.datasets.metr_la.dummy_data_generation import SELECTION
from keras_stunet.datasets.metr_la.dummy_data_generation import SENSORS
from keras_stunet.datasets.metr_la.dummy_data_generation import write_dummy_data
from keras_stunet.datasets.metr_la.published import PART29_FILE
from keras_stunet.datasets.metr_la.reader import has_raw
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE
from tests.datasets.metr_la_files import DUMMY
from tests.datasets.metr_la_files import MINUTES
from tests.datasets.metr_la_files import SIZES
from tests.datasets.metr_la_files import SPEED
from tests.datasets.metr_la_files import START
from tests.datasets.metr_la_files import read_error
from tests.datasets.metr_la_files import write_hdf5


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(DUMMY, tmp_path / "raw")


@pytest.fixture(scope="module")
def expected():
    return metr_la.read_raw(DUMMY, **SIZES)


def assert_same(left, right):
    for name, a, b in zip(left._fields, left, right, strict=True):
        assert a.dtype == b.dtype, name
        np.testing.assert_array_equal(a, b, err_msg=name)


def test_zeros_are_missing_and_all_else_is_what_the_file_says(expected):
    present = SPEED > 0
    assert 0.05 < 1 - present.mean() < 0.12
    np.testing.assert_array_equal(expected.mask, present)
    assert np.isnan(expected.speed[~present]).all()
    np.testing.assert_array_equal(
        expected.speed[present], SPEED[present].astype(np.float32)
    )
    assert expected.timestamps[0] == np.datetime64("2012-03-01T00:00")
    assert expected.timestamps[-1] == np.datetime64("2012-03-01T23:55")
    assert expected.sensor_ids.tolist() == list(SENSORS)


def test_graph_and_coordinates_are_those_of_the_files(expected):
    weights, symmetric = expected.adjacency, expected.symmetric_adjacency
    np.testing.assert_array_equal(np.diag(weights), 1)
    assert (weights != weights.T).any()
    for i in range(6):
        for j in range(6):
            larger = max(weights[i, j], weights[j, i]) if i != j else 0
            assert symmetric[i, j] == larger
    assert (symmetric > 0).sum() >= 2
    rows = (DUMMY / "graph_sensor_locations.csv").read_text().splitlines()[1:]
    places = [[float(x) for x in row.split(",")[2:]] for row in rows]
    np.testing.assert_array_equal(expected.coordinates, places)


def test_hdf5_csv_with_header_and_gzip_give_the_same(folder, expected):
    csv = folder / "vel.csv"
    text = csv.read_text()
    csv.write_text(",".join(SENSORS) + "\n" + text)
    assert_same(metr_la.read_raw(folder, **SIZES), expected)
    csv.unlink()
    (folder / "metr-la.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert_same(metr_la.read_raw(folder, **SIZES), expected)
    write_hdf5(folder / "metr-la.h5")
    assert_same(metr_la.read_raw(folder, **SIZES), expected)
    write_hdf5(
        folder / "metr-la.h5",
        times=(START + MINUTES) // 1000,
        kind="datetime64[us]",
    )
    assert_same(metr_la.read_raw(folder, **SIZES), expected)


def test_columns_in_another_order_are_put_into_that_of_the_ids(
    folder, expected
):
    (folder / "vel.csv").unlink()
    turned = [3, 0, 5, 4, 1, 2]
    ids = np.array(SENSORS)[turned]
    write_hdf5(folder / "metr-la.h5", SPEED[:, turned], ids)
    assert_same(metr_la.read_raw(folder, **SIZES), expected)


def test_parent_folder_is_looked_into(tmp_path, expected):
    shutil.copytree(DUMMY, tmp_path / "metr_la")
    assert_same(metr_la.read_raw(str(tmp_path), **SIZES), expected)


def test_a_selection_is_taken_from_all_sensors_or_from_its_own_file(
    folder, expected
):
    chosen = [SENSORS.index(name) for name in SELECTION]
    both = np.ix_(chosen, chosen)
    options = {**SIZES, "sensors": SELECTION}
    part = metr_la.read_raw(folder, "part29", **options)
    assert part.sensor_ids.tolist() == list(SELECTION)
    np.testing.assert_array_equal(part.speed, expected.speed[:, chosen])
    # The graph is cut out: its width is that of all sensors.
    np.testing.assert_array_equal(part.adjacency, expected.adjacency[both])
    assert (part.symmetric_adjacency > 0).any()
    np.testing.assert_array_equal(
        part.coordinates, expected.coordinates[chosen]
    )
    (folder / "vel.csv").unlink()
    np.savez(
        folder / PART29_FILE,
        speed=SPEED[:, chosen],
        sensor_ids=np.array(SELECTION),
    )
    assert_same(metr_la.read_raw(folder, "part29", **options), part)
    assert has_raw(folder, "part29") and not has_raw(folder, "full")


def test_ids_and_coordinates_may_be_missing_but_a_graph_may_not(folder):
    (folder / "graph_sensor_locations.csv").unlink()
    series = metr_la.read_raw(folder, **SIZES)
    assert np.isnan(series.coordinates).all()
    (folder / "graph_sensor_ids.txt").unlink()
    error = read_error(folder, FileNotFoundError)
    assert "no graph_sensor_ids.txt beside" in error and "https://" in error
    (folder / "distances_la_2012.csv").unlink()
    error = read_error(folder, FileNotFoundError)
    assert "no adj_mx.pkl beside" in error


def test_load_takes_a_folder_or_the_one_of_the_environment(monkeypatch):
    with pytest.raises(ValueError, match="not the published file"):
        metr_la.load(raw_dir=DUMMY)
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY))
    with pytest.raises(ValueError, match="not the published file"):
        metr_la.load()
    with pytest.raises(ValueError, match="choose one of 'full', 'part29'"):
        metr_la.load("x")
    with pytest.raises(ValueError, match="Did you mean 'part29'"):
        metr_la.load("part28")


def test_dummy_data_are_what_their_generator_writes(tmp_path):
    write_dummy_data(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == sorted(path.name for path in DUMMY.iterdir())
    for name in names:
        assert (tmp_path / name).read_text() == (DUMMY / name).read_text()
