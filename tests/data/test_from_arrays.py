"""from_arrays and read_series: readings and a graph to a `Series`."""

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from keras_stunet.data import Series
from keras_stunet.data import describe_series
from keras_stunet.data import from_arrays
from keras_stunet.data import read_series
from keras_stunet.data.sources import load_series
from keras_stunet.graph import gaussian_adjacency
from keras_stunet.graph.nearest_neighbours import neighbour_adjacency

IDS = ["0012", "b", "c"]
WEIGHTS = np.array([[0, 0.5, 0], [0.5, 0, 0.1], [0, 0.1, 0]])
# Directed: from 0012 to c there is no path.
DISTANCES = np.array([[7, 100, np.inf], [150, 0, 900], [1200, 1300, 0]])
PLACES = np.array([[34.0, -118.0], [34.1, -118.25], [33.9, -117.5]])


def readings(steps=24, sensors=3, seed=0):
    return np.random.default_rng(seed).uniform(30, 70, (steps, sensors))


def clock(steps=24, start="2024-03-01 08:00", freq="5min"):
    return pd.date_range(start, periods=steps, freq=freq)


def dcrnn_weights(distances):
    """One pair at a time."""
    n = len(distances)
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    finite = [distances[p] for p in pairs if math.isfinite(distances[p])]
    mean = sum(finite) / len(finite)
    sigma = math.sqrt(sum((d - mean) ** 2 for d in finite) / len(finite))
    weights = np.zeros((n, n))
    for pair in pairs:
        weight = math.exp(-((distances[pair] / sigma) ** 2))
        weights[pair] = weight if weight >= 0.1 else 0
    return weights


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
        ({"adjacency": None}, "given by nothing; expected one of"),
        ({"distances": DISTANCES}, "given by adjacency and distances"),
        ({"adjacency": WEIGHTS[:2]}, r"shape \(2, 3\); expected \(3, 3\)"),
        ({"adjacency": WEIGHTS * 0}, "all zero"),
        ({"adjacency": pd.DataFrame(WEIGHTS)}, "data frame.*to_numpy"),
        ({"coordinates": PLACES[:, ::-1]}, "latitude first"),
        ({"adjacency": None, "coordinates": PLACES[0]}, r"shape \(2,\)"),
        (
            {"adjacency": None, "distances": [[0, 9, 9], [9, 0, 8], [9, 9, 0]]},
            "no edge is left: .*deviation 0.37.*up to 0.56.*least is 8",
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


def write(tmp_path, frame, matrix):
    frame.to_csv(tmp_path / "speeds.csv", index_label="time")
    table = pd.DataFrame(matrix, frame.columns, frame.columns)
    table.to_csv(tmp_path / "graph.csv")
    return tmp_path / "speeds.csv", tmp_path / "graph.csv"


def test_files_are_joined_by_the_names_of_the_sensors(tmp_path):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, graph = write(tmp_path, frame, WEIGHTS)
    frame[["c", "0012", "b"]].to_csv(speeds, index_label="time")
    series = read_series(speeds, graph, kind="weights")
    assert series.name == "speeds"
    assert series.node_ids.tolist() == ["c", "0012", "b"]
    order = [2, 0, 1]
    np.testing.assert_array_equal(series.adjacency, WEIGHTS[order][:, order])
    expected = frame.to_numpy("float32")[:, order]
    np.testing.assert_array_equal(series.values, expected)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("from,to,cost\n0012,b,100\nb,0012,150\nb,c,900\n", "distances"),
        ("from,to,weight\n0012,b,0.5\nb,c,0.25\n", "adjacency"),
        ("id,lat,lon\n0012,1,2\nb,1,3\nc,2,2\n", "coordinates"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_each_kind_of_graph_file_goes_where_it_belongs(tmp_path, text, key):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, graph = write(tmp_path, frame, WEIGHTS)
    graph.write_text(text)
    content = {
        "distances": [[0, 100, np.inf], [150, 0, 900], [np.inf, np.inf, 0]],
        "adjacency": [[0, 0.5, 0], [0, 0, 0.25], [0, 0, 0]],
        "coordinates": [[1, 2], [1, 3], [2, 2]],
    }[key]
    got = read_series(speeds, graph, name="x").adjacency.toarray()
    expected = from_arrays(frame, **{key: content}).adjacency
    if sp.issparse(expected):
        expected = expected.toarray()
    np.testing.assert_array_equal(got, expected)


def test_a_missing_graph_is_said_before_the_readings_are_read(tmp_path):
    (tmp_path / "speeds.csv").write_text("no table")
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        read_series(tmp_path / "speeds.csv", tmp_path / "none.csv")


def test_warnings_name_the_file(tmp_path):
    frame = pd.DataFrame(readings(), clock(), IDS).drop(clock()[[3]])
    one_way = [[0, 0.5, 0], [0, 0, 0], [0, 0, 0]]
    speeds, graph = write(tmp_path, frame, one_way)
    with pytest.warns(UserWarning) as caught:
        read_series(speeds, graph, kind="weights")
    first, second, third = (str(warning.message) for warning in caught)
    assert str(graph) in first and "1 of 1 edges" in first
    assert str(speeds) in second and "1 missing row" in second
    assert str(graph) in third and "without an edge: c" in third


def published():
    """A sixth of PeMSD7(M) if its raw files are at hand, else a stand-in."""
    folder = os.environ.get("KERAS_STUNET_RAW_DIR")
    if folder and Path(folder, "pemsd7_m").is_dir():
        whole = load_series("pemsd7/m", raw_dir=folder)
        some = slice(None, None, 6)  # all of them take twenty seconds
        return Series(
            values=whole.values[:, some],
            adjacency=whole.adjacency[some, some],
            timestamps=whole.timestamps,
            node_ids=whole.node_ids[some],
            distances=whole.distances[some, some],
        )
    days = pd.bdate_range("2012-05-01", periods=8).to_numpy()
    times = days[:, None] + 5 * np.arange(288).astype("timedelta64[m]")
    places = np.random.default_rng(2).uniform(0, 9000, (6, 2))
    distances = np.hypot(*np.moveaxis(places[:, None] - places, -1, 0))
    return Series(
        values=readings(8 * 288, 6).round(1),
        adjacency=gaussian_adjacency(distances),
        timestamps=times.ravel(),
        node_ids=[str(716_939 + at) for at in range(6)],
        distances=distances,
        name="pemsd7/m",
    )


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_files_made_from_pemsd7_give_the_same_series(tmp_path):
    built_in = published()
    frame = pd.DataFrame(
        built_in.values.astype("float64"),
        built_in.timestamps,
        built_in.node_ids,
    )
    speeds, graph = write(tmp_path, frame, built_in.adjacency)
    series = read_series(speeds, graph, kind="weights")
    for key in ("values", "timestamps", "node_ids", "adjacency"):
        got, expected = getattr(series, key), getattr(built_in, key)
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)
    assert series.mask is None
    write(tmp_path, frame.iloc[:288], built_in.distances.astype("float64"))
    series = read_series(speeds, graph, kind="distances")
    np.testing.assert_array_equal(series.distances, built_in.distances)
    np.testing.assert_allclose(
        series.adjacency, dcrnn_weights(built_in.distances), rtol=1e-9
    )


def test_a_mask_by_names_is_refused():
    values = pd.DataFrame(readings(), clock(), IDS)
    mask = pd.DataFrame(values > 0)[IDS[::-1]]
    with pytest.raises(ValueError, match="`mask` is a data frame, whose order"):
        from_arrays(values, mask=mask, adjacency=WEIGHTS)


def test_errors_of_the_graph_name_their_source():
    far = [[95.0, 0.0], [1.0, 2.0], [2.0, 3.0]]
    for graph in ({"coordinates": far}, {"adjacency": np.zeros((3, 3))}):
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
    weight = math.exp(-((1 / listed.std()) ** 2))
    assert series.adjacency[0, 1] == pytest.approx(weight)


def test_large_weights_are_asked_about():
    with pytest.warns(UserWarning, match="largest weight is 3000.*distances"):
        from_arrays(readings(), adjacency=WEIGHTS * 6000)


@pytest.mark.filterwarnings("ignore:.*other direction")
def test_a_last_line_without_an_end_is_told(tmp_path, recwarn):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, graph = write(tmp_path, frame, WEIGHTS)
    read_series(speeds, graph, "weights")
    assert not [w for w in recwarn if "line end" in str(w.message)]
    speeds.write_text(speeds.read_text()[:-3])
    with pytest.warns(UserWarning, match="the last line has no line end"):
        read_series(speeds, graph, "weights")


def test_swapped_files_are_told_apart(tmp_path):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, graph = write(tmp_path, frame, WEIGHTS)
    graph.write_text("from,to,distance\n0012,b,1\n")
    with pytest.raises(ValueError, match="of the graph swapped"):
        read_series(graph, speeds)


def test_a_series_is_described():
    series = from_arrays(
        np.where(np.arange(72).reshape(24, 3) == 5, np.nan, readings()),
        adjacency=np.triu(WEIGHTS),
        timestamps=clock(),
    )
    assert describe_series(series) == (
        "24 steps of 5 min from 2024-03-01 08:00 to 2024-03-01 09:55, "
        "3 sensors, 1.4 % missing, 2 edges with weights from 0.1 to 0.5"
    )
