"""Files of METR-LA that are refused, by name and with what to do."""

import shutil

import numpy as np
import pytest

from keras_stunet.datasets import metr_la
from keras_stunet.datasets.metr_la.dummy_data_generation import SENSORS
from keras_stunet.datasets.metr_la.published import PART29_FILE
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
