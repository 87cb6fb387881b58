"""from_arrays: readings and a graph to a `Series`."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from keras_stunet.data import Series
from keras_stunet.data import describe_series
from keras_stunet.data import from_arrays
from keras_stunet.graph.nearest_neighbours import neighbour_adjacency
from tests.data.three_sensors import IDS
from tests.data.three_sensors import WEIGHTS
from tests.data.three_sensors import clock
from tests.data.three_sensors import dcrnn_weights
from tests.data.three_sensors import readings

# Directed: from 0012 to c there is no path.
DISTANCES = np.array([[7, 100, np.inf], [150, 0, 900], [1200, 1300, 0]])
PLACES = np.array([[34.0, -118.0], [34.1, -118.25], [33.9, -117.5]])


@pytest.mark.parametrize("sparse", [False, True])
def test_a_list_of_like_links_keeps_them_all(sparse):
    links = np.full((4, 4), np.inf)
    lengths = [900.0, 900.0, 1200.0, 1000.0]
    links[[0, 1, 2, 3], [1, 2, 3, 0]] = lengths
    # In metres or in miles, the weights are the same.
    for given in (links, links / 1609.344):
        if sparse:
            there = np.nonzero(np.isfinite(given))
            given = sp.coo_array((given[there], there), (4, 4))
        series = from_arrays(readings(sensors=4), distances=given)
        found = sp.coo_array(series.adjacency).toarray()
        square = sum(d**2 for d in lengths) / 4
        expected = np.zeros((4, 4))
        for (i, j), d in zip(
            ((0, 1), (1, 2), (2, 3), (3, 0)), lengths, strict=True
        ):
            expected[i, j] = math.exp(-(d**2) / square)
        np.testing.assert_allclose(found, expected)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_list_of_links_still_cuts_the_far_ones():
    links = np.full((4, 4), np.inf)
    links[[0, 1, 2, 3], [1, 2, 3, 0]] = [1, 1, 1, 9]  # s^2 = 21
    series = from_arrays(readings(sensors=4), distances=links)
    assert (series.adjacency > 0).sum() == 3


def test_distances_that_are_all_infinite_are_refused():
    nowhere = np.full((3, 3), np.inf)
    with pytest.raises(ValueError, match="no distance between two sensors"):
        from_arrays(readings(), distances=nowhere)


@pytest.mark.filterwarnings("ignore:.*without an edge")
@pytest.mark.parametrize("unlisted", [np.nan, np.inf])
def test_the_diagonal_of_distances_counts_where_it_is_listed(unlisted):
    zero, unsaid = DISTANCES.copy(), DISTANCES.copy()
    np.fill_diagonal(zero, 0)
    np.fill_diagonal(unsaid, unlisted)
    for given in (DISTANCES, zero, unsaid):
        found = from_arrays(readings(), distances=given)
        np.testing.assert_allclose(
            found.adjacency, dcrnn_weights(given), rtol=1e-12
        )
    np.testing.assert_array_equal(found.distances, zero)
    assert not np.isfinite(unsaid[0, 0])


def test_arrays_become_a_series_as_they_are(recwarn):
    values = readings()
    series = from_arrays(
        values,
        adjacency=WEIGHTS,
        coordinates=PLACES,
        timestamps=clock(),
        node_ids=IDS,
        name="mine",
    )
    np.testing.assert_array_equal(series.values, values.astype("float32"))
    np.testing.assert_array_equal(series.adjacency, WEIGHTS)
    np.testing.assert_array_equal(series.coordinates, PLACES)
    assert (series.timestamps == clock().to_numpy()).all()
    assert series.node_ids.tolist() == IDS
    assert series.mask is None and series.distances is None
    assert series.name == "mine"
    assert not recwarn.list


def test_a_data_frame_says_sensors_and_times():
    frame = pd.DataFrame(readings(), clock(), IDS)
    series = from_arrays(frame, adjacency=WEIGHTS)
    assert series.node_ids.tolist() == IDS
    assert (series.timestamps == clock().to_numpy()).all()
    without = from_arrays(frame.reset_index(drop=True), adjacency=WEIGHTS)
    assert without.timestamps is None
    np.testing.assert_array_equal(without.values, series.values)


def test_missing_is_nan_or_what_the_mask_says():
    values = readings()
    present = np.random.default_rng(1).random(values.shape) < 0.7
    holes = np.where(present, values, np.nan)
    for arguments in ({"values": holes}, {"values": values, "mask": present}):
        series = from_arrays(**arguments, adjacency=WEIGHTS)
        np.testing.assert_array_equal(series.mask, present)
        got = series.values[present]
        np.testing.assert_array_equal(got, values[present].astype("float32"))


@pytest.mark.parametrize("unit", [1, 1e-3, 1e6])
@pytest.mark.parametrize("sparse", [False, True])
def test_distances_of_any_unit_make_dcrnns_weights(unit, sparse):
    given = distances = DISTANCES * unit
    if sparse:
        rows, columns = np.nonzero(np.isfinite(distances))
        entries = distances[rows, columns]
        given = sp.csr_array((entries, (rows, columns)), (3, 3))
    with pytest.warns(UserWarning, match="1 sensor without an edge: 2"):
        series = from_arrays(readings(), distances=given)
    got = series.adjacency.toarray() if sparse else series.adjacency
    expected = dcrnn_weights(distances)
    assert (expected > 0).sum() == 2  # from 0012 to b and back
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    if not sparse:
        np.testing.assert_array_equal(series.distances, distances)


def test_equal_distances_are_their_own_scale():
    distances = 0.1 * (1 - np.eye(3))
    series = from_arrays(readings(), distances=distances)
    expected = math.exp(-1) * (1 - np.eye(3))
    np.testing.assert_allclose(series.adjacency, expected)


def test_coordinates_alone_make_the_graph():
    series = from_arrays(readings(), coordinates=PLACES)
    expected = neighbour_adjacency(PLACES)
    assert (series.adjacency != expected).nnz == 0
    np.testing.assert_array_equal(series.coordinates, PLACES)


def test_rows_are_put_on_the_grid_with_their_mask():
    keep = np.delete(np.arange(24), 5)
    with pytest.warns(UserWarning, match="series 'x': 1 missing row in 1 gap"):
        series = from_arrays(
            readings()[keep],
            adjacency=WEIGHTS,
            timestamps=clock()[keep].astype(str),
            name="x",
        )
    assert (series.timestamps == clock().to_numpy()).all()
    assert np.flatnonzero(~series.mask.any(axis=1)).tolist() == [5]


def test_odd_sensors_and_days_are_told():
    frame = pd.DataFrame(readings(72), clock(72, freq="1h"), IDS)
    frame["b"], frame["c"] = np.nan, 5.0
    frame.loc["2024-03-02", "c"] = np.nan
    frame.loc["2024-03-02", "0012"] = np.nan
    with pytest.warns(UserWarning) as caught:
        from_arrays(frame, adjacency=[[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == 4
    assert "1 sensor without any reading: b" in messages[0]
    assert "1 sensor whose readings are all the same: c" in messages[1]
    assert "1 day without any reading: 2024-03-02" in messages[2]
    assert "1 sensor without an edge: c" in messages[3]  # but to itself
    assert {Path(warning.filename).name for warning in caught} == {
        Path(__file__).name
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"distances": DISTANCES}, "given by adjacency and distances"),
        ({"adjacency": WEIGHTS[:2]}, r"shape \(2, 3\); expected \(3, 3\)"),
        ({"adjacency": pd.DataFrame(WEIGHTS, IDS)}, "other sensors as rows"),
        (
            {"adjacency": pd.DataFrame(WEIGHTS, IDS, IDS)},
            "`adjacency` has no row for 3 of 3 sensors: 0, 1, 2",
        ),
        ({"adjacency": pd.DataFrame([["a"]])}, "what is no number"),
        (
            {"values": pd.DataFrame(readings(), clock(), IDS).T},
            "columns.*times",
        ),
        ({"coordinates": PLACES[:, ::-1]}, "latitude first"),
        ({"adjacency": None, "coordinates": PLACES[0]}, r"shape \(2,\)"),
        (
            {"adjacency": None, "distances": [[0, 9, 9], [9, 0, 8], [9, 9, 0]]},
            "no edge is left: .*deviation 4.17.*up to 6.33.*least is 8",
        ),
        ({"values": [[np.nan] * 3]}, "no reading is present"),
        ({"values": [[1, 2, np.inf]]}, "row 0, sensor '2': the reading is inf"),
        ({"values": [1, 2, 3]}, r"shape \(3,\)"),
        ({"values": [["a", 1, 2]]}, "what is no number"),
        ({"mask": np.ones((24, 2))}, r"`mask` has shape \(24, 2\)"),
        ({"mask": np.full((24, 3), 2)}, "`mask` has shape"),
        (
            {"values": [[1, np.nan, 2]], "mask": [[1, 1, 0]]},
            "row 0, sensor '1': the reading is NaN, and `mask`",
        ),
        ({"node_ids": ["a", "a", "b"]}, "2 of them differently"),
        ({"node_ids": ["a", "b"]}, "2 sensors are named"),
        ({"timestamps": clock(23)}, "23 timestamps for 24 rows"),
        ({"timestamps": range(24)}, "'0' is no timestamp"),
        (
            {
                "values": pd.DataFrame(readings(), clock()),
                "timestamps": clock(),
            },
            "both say the time",
        ),
    ],
)
def test_bad_arguments_are_refused(change, message):
    arguments = {"values": readings(), "adjacency": WEIGHTS, **change}
    with pytest.raises(ValueError, match=message):
        from_arrays(**arguments)


def test_a_mask_by_names_is_refused():
    values = pd.DataFrame(readings(), clock(), IDS)
    mask = pd.DataFrame(values > 0)[IDS[::-1]]
    with pytest.raises(ValueError, match="`mask` is a data frame, whose order"):
        from_arrays(values, mask=mask, adjacency=WEIGHTS)


def test_errors_of_the_graph_name_their_source():
    far = [[95.0, 0.0], [1.0, 2.0], [2.0, 3.0]]
    for graph in ({"coordinates": far}, {"adjacency": -np.ones((3, 3))}):
        with pytest.raises(ValueError, match="^series 'mine': "):
            from_arrays(readings(), **graph, name="mine")


def test_a_list_of_all_pairs_within_reach_has_dcrnns_scale():
    # 40 sensors on a line, all pairs up to 10 apart: under half of the pairs,
    # and more than 16 a sensor.
    at = np.arange(40.0)
    distances = abs(at[:, None] - at)
    distances[distances > 10] = np.inf
    series = from_arrays(readings(sensors=40), distances=distances)
    off = distances[~np.eye(40, dtype=bool)]
    listed = off[np.isfinite(off)]
    assert 16 * 40 < len(listed) < 40 * 39 / 2
    listed = np.append(listed, np.zeros(40))  # of sensors to themselves
    weight = math.exp(-((1 / listed.std()) ** 2))
    assert series.adjacency[0, 1] == pytest.approx(weight)


def test_large_weights_are_asked_about():
    with pytest.warns(UserWarning, match="largest weight is 3000.*distances"):
        from_arrays(readings(), adjacency=WEIGHTS * 6000)


def test_a_series_is_described():
    series = from_arrays(
        np.where(np.arange(72).reshape(24, 3) == 5, np.nan, readings()),
        adjacency=np.triu(WEIGHTS),
        timestamps=clock(),
    )
    assert describe_series(series) == (
        "24 steps of 5 min from 2024-03-01 08:00 to 2024-03-01 09:55, "
        "3 sensors, readings from 30.11 to 69.89, 0.0 % of them 0, 1.4 % "
        "missing, 2 edges with weights from 0.1 to 0.5"
    )


def test_a_series_without_readings_or_edges_is_described():
    series = Series(np.ones((4, 2)), np.eye(2), mask=np.zeros((4, 2), bool))
    assert (
        describe_series(series) == "4 steps, 2 sensors, no readings, no edges"
    )


def test_names_that_contradict_the_columns_are_refused():
    frame = pd.DataFrame(readings(), clock(), IDS)
    with pytest.raises(ValueError, match="are 0012, b, c and `node_ids` are c"):
        from_arrays(frame, adjacency=WEIGHTS, node_ids=IDS[::-1])
    same = from_arrays(frame, adjacency=WEIGHTS, node_ids=IDS)
    assert same.node_ids.tolist() == IDS
    for columns in (None, np.arange(3)):  # numbered, not named
        bare = pd.DataFrame(readings(), clock(), columns)
        named = from_arrays(bare, adjacency=WEIGHTS, node_ids=IDS)
        assert named.node_ids.tolist() == IDS


@pytest.mark.parametrize(
    ("times", "offset"),
    [
        (clock(), None),
        (clock().tz_localize("Asia/Kolkata"), 5.5),
        (["2024-10-27 02:30+02:00", "2024-10-27 02:00+01:00"], 0.0),
    ],
)
@pytest.mark.filterwarnings("ignore:.*the UTC offset changes")
def test_the_clock_of_the_times_is_kept(tmp_path, times, offset):
    series = from_arrays(
        readings(len(times)), adjacency=WEIGHTS, timestamps=times
    )
    assert series.utc_offset == offset
    series.save(tmp_path / "own.npz")
    assert Series.load(tmp_path / "own.npz").utc_offset == offset


def flow_and_speed():
    flow, speed = readings(), readings() / 10
    speed.flat[4] = np.nan
    return np.stack([flow, speed], axis=-1)  # (steps, 3, 2)


def test_measurements_are_an_array_or_columns_of_two_levels():
    values, names = flow_and_speed(), ["flow", "speed"]
    options = {"adjacency": WEIGHTS, "measurements": names}
    units = ["veh/h", "km/h"]
    series = from_arrays(
        values, timestamps=clock(), node_ids=IDS, units=units, **options
    )
    np.testing.assert_array_equal(series.mask, np.isfinite(values))
    np.testing.assert_array_equal(series.values, np.float32(values))
    assert series.measurements.tolist() == names
    assert series.units.tolist() == units
    assert series.node_ids.tolist() == list(IDS)
    frames = {
        name: pd.DataFrame(values[..., at], clock(), IDS)
        for at, name in enumerate(names)
    }
    frame = pd.concat(frames, axis=1)
    again = from_arrays(frame, adjacency=WEIGHTS, units=units)
    np.testing.assert_array_equal(again.values, series.values)
    np.testing.assert_array_equal(again.mask, series.mask)
    assert again.measurements.tolist() == names
    assert again.node_ids.tolist() == list(IDS)
    mixed = from_arrays(frame.iloc[:, [3, 0, 4, 1, 5, 2]], adjacency=WEIGHTS)
    assert mixed.measurements.tolist() == ["speed", "flow"]
    np.testing.assert_array_equal(mixed.values, series.values[..., ::-1])
    mask = np.isfinite(values)
    masked = from_arrays(np.nan_to_num(values), mask=mask, **options)
    np.testing.assert_array_equal(masked.mask, mask)
    assert masked.node_ids is None


def test_one_measurement_of_an_array_is_a_plain_series():
    plain = from_arrays(readings(), adjacency=WEIGHTS)
    one = from_arrays(readings()[..., None], adjacency=WEIGHTS)
    np.testing.assert_array_equal(one.values, plain.values)
    assert one.measurement_names == plain.measurement_names


def test_what_a_measurement_lacks_is_said():
    frame = pd.concat(
        {
            "flow": pd.DataFrame(readings(), clock(), IDS),
            "speed": pd.DataFrame(readings(), clock(), IDS),
        },
        axis=1,
    )
    lacking = f"'speed' has no column for sensor {IDS[2]}"
    with pytest.raises(ValueError, match=lacking):
        from_arrays(frame.iloc[:, :5], adjacency=WEIGHTS)
    with pytest.raises(ValueError, match="Leave it out, and NaN"):
        from_arrays(frame, adjacency=WEIGHTS, mask=np.isfinite(frame))
    with pytest.raises(ValueError, match="expected 2 different names"):
        from_arrays(frame, adjacency=WEIGHTS, measurements=["flow"])
    gone = flow_and_speed()
    gone[..., 1] = np.nan
    with pytest.raises(ValueError, match="series', 1: no reading is present"):
        from_arrays(gone, adjacency=WEIGHTS)
    gone[..., 1] = 7
    with pytest.warns(UserWarning, match="', 1: 3 sensors whose readings are"):
        from_arrays(gone, adjacency=WEIGHTS)


# === No graph ===


def test_without_a_graph_there_are_no_edges(recwarn):
    series = from_arrays(readings(), timestamps=clock(), node_ids=IDS)
    assert series.adjacency.shape == (3, 3) and series.adjacency.nnz == 0
    assert "no edges" in describe_series(series)
    assert not recwarn.list


def test_a_graph_without_edges_is_told():
    with pytest.warns(UserWarning, match="3 sensors without an edge: 0, 1, 2"):
        series = from_arrays(readings(), adjacency=np.zeros((3, 3)))
    assert not series.adjacency.any()


# === Masks ===


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


def test_an_array_of_xarray_says_times_and_sensors():
    class DataArray:
        """What is used of one."""

        dims = ("time", "sensor")

        def to_pandas(self):
            return pd.DataFrame(readings(), clock(), IDS)

    series = from_arrays(DataArray(), adjacency=WEIGHTS)
    assert series.node_ids.tolist() == IDS
    assert (series.timestamps == clock().to_numpy()).all()


def test_an_array_in_a_file_is_read_with_its_mask():
    class Variable:
        """Like one of netCDF4, which hides what is missing when indexed."""

        def __array__(self, *_, **__):
            raise AssertionError

        def __getitem__(self, index):
            return np.ma.masked_less(readings(), 40)[index]

    series = from_arrays(Variable(), adjacency=WEIGHTS)
    np.testing.assert_array_equal(series.mask, readings() >= 40)


# === Labels ===


@pytest.mark.filterwarnings("ignore:.*without an edge")
@pytest.mark.parametrize("key", ["adjacency", "distances"])
def test_a_data_frame_is_put_into_the_order_of_the_sensors(key):
    matrix = {"adjacency": WEIGHTS, "distances": 900 - 800 * WEIGHTS}[key]
    expected = from_arrays(readings(), node_ids=IDS, **{key: matrix}).adjacency
    frame = pd.DataFrame(matrix, IDS, IDS)
    mixed = frame.loc[["c", "0012", "b"], ["b", "c", "0012"]]
    got = from_arrays(readings(), node_ids=IDS, **{key: mixed}).adjacency
    np.testing.assert_array_equal(got, expected)
    half = pd.DataFrame(matrix, columns=IDS)  # which are the rows?
    with pytest.raises(ValueError, match="other sensors as rows than as col"):
        from_arrays(readings(), node_ids=IDS, **{key: half})
    bare = pd.DataFrame(matrix)  # numbered by pandas
    got = from_arrays(readings(), node_ids=IDS, **{key: bare}).adjacency
    np.testing.assert_array_equal(got, expected)
    frame.loc["d"] = 0.0
    frame["d"] = 0.0
    with pytest.warns(UserWarning, match="1 sensor without readings.*: d"):
        got = from_arrays(readings(), node_ids=IDS, **{key: frame}).adjacency
    np.testing.assert_array_equal(got, expected)


def test_a_data_frame_of_places_is_put_into_the_order_of_the_sensors():
    frame = pd.DataFrame(PLACES, IDS, ["Lat", "lon"])
    mixed = frame.loc[["c", "0012", "b"], ["lon", "Lat"]]
    series = from_arrays(readings(), node_ids=IDS, coordinates=mixed)
    np.testing.assert_array_equal(series.coordinates, PLACES)
    with pytest.raises(ValueError, match="columns 'x', 'y'; expected one call"):
        from_arrays(
            readings(), coordinates=pd.DataFrame(PLACES, columns=["x", "y"])
        )


@pytest.mark.parametrize("form", [np.array, sp.csr_array])
def test_a_directed_graph_is_told(form, recwarn):
    from_arrays(readings(), adjacency=form(WEIGHTS + np.eye(3)))
    assert not recwarn.list
    directed = WEIGHTS.copy()
    directed[1, 0] = 0
    with pytest.warns(UserWarning, match="1 of 3 edges have none in the other"):
        from_arrays(readings(), adjacency=form(directed))
