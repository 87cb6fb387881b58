"""Reader of METR-LA: the same series from each form of the files."""

import gzip
import pathlib
import shutil

import numpy as np
import pytest

from keras_stunet.datasets import metr_la
from keras_stunet.datasets.metr_la.dummy_data_generation import NUM_STEPS
from keras_stunet.datasets.metr_la.dummy_data_generation import SELECTION
from keras_stunet.datasets.metr_la.dummy_data_generation import SENSORS
from keras_stunet.datasets.metr_la.dummy_data_generation import write_dummy_data
from keras_stunet.datasets.metr_la.published import PART29_FILE
from keras_stunet.datasets.metr_la.reader import has_raw
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE

DUMMY = pathlib.Path(metr_la.__file__).parent / "dummy_data"
SIZES = {"num_sensors": len(SENSORS), "num_steps": NUM_STEPS}
SPEED = np.loadtxt(DUMMY / "vel.csv", delimiter=",")
MINUTES = 60 * 10**9 * 5 * np.arange(NUM_STEPS)
START = 1_330_560_000 * 10**9  # 2012-03-01 00:00, in ns


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


def write_hdf5(path, speed=SPEED, ids=SENSORS, times=None, kind="datetime64"):
    """As pandas and PyTables write it."""
    h5py = pytest.importorskip("h5py")
    times = START + MINUTES if times is None else times
    with h5py.File(path, "w") as file:
        group = file.create_group("df")
        group["axis0"] = group["block0_items"] = np.array(ids, "S6")
        group["axis1"] = times
        group["axis1"].attrs["kind"] = np.bytes_(kind)
        group["block0_values"] = speed


def read_error(folder, error=ValueError, config="full", **options):
    with pytest.raises(error) as caught:
        metr_la.read_raw(folder, config, **SIZES, **options)
    return str(caught.value)


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


@pytest.mark.parametrize("config", ["full", "part29"])
def test_missing_speeds_say_what_to_put_where(folder, config):
    (folder / "vel.csv").unlink()
    error = read_error(folder, FileNotFoundError, config)
    for word in (str(folder), "metr_la", "metr-la.h5", "vel.csv", "https://"):
        assert word in error
    assert (PART29_FILE in error) == (config == "part29")


@pytest.mark.parametrize(
    "new, message",
    [
        (lambda text: "", "is empty"),
        (
            lambda text: text[: len(text) // 2],
            "cell.*may be cut off|ends after line",
        ),
        (lambda text: text[:-1], "line 288 does not end with a line break"),
        (lambda text: text + "1,2,3,4,5,6\n", "more than the expected 288"),
        (
            lambda text: "101" + text[text.index(",") :],
            "line 1, column 1: '101",
        ),
        (lambda text: "-1" + text[text.index(",") :], "a number from 0 to 100"),
        (lambda text: "nan" + text[text.index(",") :], "line 1, column 1"),
        (lambda text: "a,b,c,d,e,f\n" + text, "line 1, column 1: 'a' is no"),
        (
            lambda text: ",".join(SENSORS[:5]) + ",1\n" + text,
            "1 unknown sensors",
        ),
        (
            lambda text: ",".join(SENSORS[:5]) + "\n" + text,
            "line 1: 5 cells; expected 6",
        ),
        (lambda text: ",".join(SENSORS[:1] * 6) + "\n" + text, "there twice"),
        (
            lambda text: text.replace("0.000", "3.000"),
            "0.0% of the speeds are 0",
        ),
        (lambda text: "0,0,0,0,0,0\n" * 288, "100.0% of the speeds are 0"),
    ],
)
def test_faults_of_a_csv(folder, new, message):
    path = folder / "vel.csv"
    path.write_text(new(path.read_text()))
    with pytest.raises(ValueError, match=message) as caught:
        metr_la.read_raw(folder, **SIZES)
    assert "vel.csv" in str(caught.value)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"speed": SPEED[:-1]}, "shapes .*287.* expected"),
        ({"speed": SPEED[:, :5]}, "expected"),
        ({"speed": SPEED.astype(int)}, "types int64"),
        (
            {"times": START + 2 * MINUTES},
            "row 2 is of 2012-03-01T00:10:00, exp",
        ),
        ({"times": MINUTES}, "row 1 is of 1970-01-01"),
        ({"kind": "integer"}, "metr-la.csv"),
        ({"ids": ("1", *SENSORS[1:])}, "1 unknown sensors, such as 1"),
        (
            {"speed": np.where(SPEED > 69, 101, SPEED)},
            "101.0 is no speed in mph",
        ),
        ({"speed": np.where(SPEED == 0, np.nan, SPEED)}, "0 where missing"),
    ],
)
def test_faults_of_an_hdf5_file(folder, options, message):
    (folder / "vel.csv").unlink()
    write_hdf5(folder / "metr-la.h5", **options)
    with pytest.raises(ValueError, match=message) as caught:
        metr_la.read_raw(folder, **SIZES)
    assert "metr-la.h5" in str(caught.value)


def test_damaged_hdf5_files_are_refused(folder):
    (folder / "vel.csv").unlink()
    path = folder / "metr-la.h5"
    write_hdf5(path)
    whole = path.read_bytes()
    for content in (whole[:9], whole[: len(whole) // 2], whole[:-1]):
        path.write_bytes(content)
        assert "or damaged" in read_error(folder)


def test_an_hdf5_file_that_points_elsewhere_is_refused(folder, tmp_path):
    h5py = pytest.importorskip("h5py")
    (folder / "vel.csv").unlink()
    path, other = folder / "metr-la.h5", tmp_path / "other.h5"
    write_hdf5(other)
    with h5py.File(path, "w") as file:
        file["df"] = h5py.ExternalLink(str(other), "df")
    assert "no 'df'" in read_error(folder)
    (tmp_path / "numbers").write_bytes(SPEED.tobytes())
    write_hdf5(path)
    with h5py.File(path, "a") as file:
        del file["df/block0_values"]
        file["df"].create_dataset(
            "block0_values",
            SPEED.shape,
            "f8",
            external=[(str(tmp_path / "numbers"), 0, SPEED.nbytes)],
        )
    assert "refers to other files" in read_error(folder)
    layout = h5py.VirtualLayout(SPEED.shape, "f8")
    layout[:] = h5py.VirtualSource(str(other), "df/block0_values", SPEED.shape)
    write_hdf5(path)
    with h5py.File(path, "a") as file:
        del file["df/block0_values"]
        file["df"].create_virtual_dataset("block0_values", layout)
    assert "refers to other files" in read_error(folder)
    with h5py.File(path, "a") as file:
        del file["df/block0_values"]
        file["df/block0_values"] = h5py.SoftLink("/df/axis1")
    assert "no 'block0_values'" in read_error(folder)


def test_faults_of_the_part(folder):
    (folder / "vel.csv").unlink()
    path = folder / PART29_FILE
    part = {"speed": SPEED[:, :2], "sensor_ids": np.array(SENSORS[:2])}
    options = {"config": "part29", "sensors": SENSORS[:3]}
    np.savez(path, **part)
    assert "no column for 1 of the 3 sensors" in read_error(folder, **options)
    np.savez(path, **{**part, "speed": SPEED})
    assert "expected (288, M)" in read_error(folder, **options)
    np.savez(path, **{**part, "speed": np.array([[{}]], object)})
    assert "could not be read" in read_error(folder, **options)
    np.savez(path, speed=SPEED)
    assert "arrays speed and sensor_ids" in read_error(folder, **options)
    path.write_bytes(path.read_bytes()[:500])
    assert "could not be read" in read_error(folder, **options)


@pytest.mark.parametrize(
    "text", [",,", ",".join(SENSORS[:5]), ",".join([*SENSORS[:5], "773869"])]
)
def test_faults_of_the_ids(folder, text):
    (folder / "graph_sensor_ids.txt").write_text(text)
    error = read_error(folder)
    assert "graph_sensor_ids.txt" in error and "expected 6 distinct" in error


def test_coordinates_of_other_sensors_are_refused(folder):
    path = folder / "graph_sensor_locations.csv"
    path.write_text(path.read_text().replace(SENSORS[0], "5"))
    assert "coordinates of other sensors, such as 5" in read_error(folder)


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
