"""Readings that a mask hides, or that pandas and others call missing."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

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


@pytest.mark.parametrize("several", ["array", "rows", "mask"])
def test_what_a_masked_array_of_several_measurements_hides_is_missing(several):
    values = np.stack([readings(), readings(seed=1)], axis=-1)  # (steps, 3, 2)
    present = np.random.default_rng(1).random(values.shape) < 0.7
    masked = np.ma.array(np.where(present, values, -9999.0), mask=~present)
    given, mask = masked, None
    if several == "rows":
        given = list(masked)
    if several == "mask":
        given = values
        mask = np.ma.array(np.ones(values.shape, bool), mask=~present)
    series = from_arrays(given, mask=mask)
    np.testing.assert_array_equal(series.mask, present)
    assert series.values[present].min() >= 30


def test_arrays_of_the_caller_are_not_changed():
    values, mask = readings(), np.ones((24, 3), bool)
    mask[3:5, 1] = False
    distances = np.array([[5.0, 1, np.inf], [1, 5, 2], [np.inf, 2, 5]])
    before = values.copy(), mask.copy(), distances.copy()
    series = from_arrays(values, mask=mask, distances=distances)
    assert not series.mask[3, 1]
    for array, copy in zip((values, mask, distances), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (readings() + 0j, "dtype complex128"),
        (clock(24).to_numpy()[:, None], "dtype datetime64"),
        (
            pd.DataFrame(readings()).assign(when=clock(24)),
            r"column 'when' of `values` holds times.*set_index\('when'\)",
        ),
    ],
    ids=["complex", "times", "a column of times"],
)
def test_what_is_no_reading_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        from_arrays(values)


@pytest.mark.filterwarnings("ignore:.*without an edge")
def test_a_number_for_no_path_is_asked_about(recwarn):
    distances = np.full((4, 4), 99999.0)
    np.fill_diagonal(distances, 0)
    for i, far in enumerate((900.0, 700, 800)):
        distances[i, i + 1] = distances[i + 1, i] = far
    told = "6 distances are 99999, where the largest other one is 900"
    for given in (distances, sp.csr_array(distances)):
        with pytest.warns(UserWarning, match=told):
            from_arrays(readings(sensors=4), distances=given)
    distances[distances == 99999] = np.inf
    distances[0, 3] = distances[3, 0] = 99999  # one sensor far away
    recwarn.clear()
    from_arrays(readings(sensors=4), distances=distances)
    assert not any("no path" in str(w.message) for w in recwarn)


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
