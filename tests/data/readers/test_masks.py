"""Readings that a mask hides, or that pandas and others call missing."""

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import from_arrays
from tests.data.three_sensors import IDS
from tests.data.three_sensors import WEIGHTS
from tests.data.three_sensors import clock
from tests.data.three_sensors import readings


def test_missing_is_nan_or_what_the_mask_says():
    values = readings()
    present = np.random.default_rng(1).random(values.shape) < 0.7
    holes = np.where(present, values, np.nan)
    for arguments in ({"values": holes}, {"values": values, "mask": present}):
        series = from_arrays(**arguments, adjacency=WEIGHTS)
        np.testing.assert_array_equal(series.mask, present)
        got = series.values[present]
        np.testing.assert_array_equal(got, values[present].astype("float32"))


def test_a_mask_by_names_is_refused():
    values = pd.DataFrame(readings(), clock(), IDS)
    mask = pd.DataFrame(values > 0)[IDS[::-1]]
    with pytest.raises(ValueError, match="`mask` is a data frame, whose order"):
        from_arrays(values, mask=mask, adjacency=WEIGHTS)


@pytest.mark.parametrize("hidden", [-9999.0, 61.0, np.nan, 1e37])
@pytest.mark.parametrize("rows", [False, True])
def test_what_a_masked_array_hides_is_missing(hidden, rows):
    values = readings()
    present = np.random.default_rng(1).random(values.shape) < 0.7
    masked = np.ma.array(np.where(present, values, hidden), mask=~present)
    given = list(masked) if rows else masked
    series = from_arrays(given, adjacency=WEIGHTS)
    np.testing.assert_array_equal(series.mask, present)
    np.testing.assert_array_equal(
        series.values[present], values[present].astype("float32")
    )


@pytest.mark.filterwarnings("ignore:.*without an edge")
def test_what_a_mask_hides_of_a_mask_or_a_graph_is_not_there():
    mask = np.ma.array(np.ones((24, 3), bool), mask=np.zeros((24, 3), bool))
    mask[2, 1] = np.ma.masked
    hidden = np.ma.masked_equal([[0, 1, 99], [1, 0, 8], [99, 8, 0]], 99)
    series = from_arrays(readings(), mask=mask, distances=hidden)
    assert np.argwhere(~series.mask).tolist() == [[2, 1]]
    assert series.distances[0, 2] == np.inf
    series = from_arrays(readings(), adjacency=np.ma.masked_equal(WEIGHTS, 0.1))
    assert series.adjacency[1, 2] == 0 and series.adjacency[0, 1] == 0.5


@pytest.mark.parametrize("dtype", ["Float64", "float64", "Int64", object])
def test_missing_cells_of_pandas_are_missing(dtype):
    values = pd.DataFrame(readings().round(), clock(), IDS).astype(dtype)
    values.iloc[3, 1] = pd.NA if dtype in ("Float64", "Int64") else np.nan
    series = from_arrays(values, adjacency=WEIGHTS)
    assert np.argwhere(~series.mask).tolist() == [[3, 1]]


def test_an_array_in_a_file_is_read_with_its_mask():
    class Variable:
        """Like one of netCDF4, which hides what is missing when indexed."""

        def __array__(self, *_, **__):
            raise AssertionError

        def __getitem__(self, index):
            return np.ma.masked_less(readings(), 40)[index]

    series = from_arrays(Variable(), adjacency=WEIGHTS)
    np.testing.assert_array_equal(series.mask, readings() >= 40)
