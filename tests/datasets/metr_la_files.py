"""Small files of METR-LA's form."""

import pathlib

import numpy as np
import pytest

from keras_stunet.datasets import metr_la
from keras_stunet.datasets.metr_la.dummy_data_generation import NUM_STEPS
from keras_stunet.datasets.metr_la.dummy_data_generation import SENSORS

DUMMY = pathlib.Path(metr_la.__file__).parent / "dummy_data"
SIZES = {"num_sensors": len(SENSORS), "num_steps": NUM_STEPS}
SPEED = np.loadtxt(DUMMY / "vel.csv", delimiter=",")
MINUTES = 60 * 10**9 * 5 * np.arange(NUM_STEPS)
START = 1_330_560_000 * 10**9  # 2012-03-01 00:00, in ns


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
