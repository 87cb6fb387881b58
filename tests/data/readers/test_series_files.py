"""read_series: files of readings and of a graph to a `Series`."""

import gzip
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
from keras_stunet.data.catalog import load_series
from keras_stunet.graph import gaussian_adjacency
from tests.data.three_sensors import IDS
from tests.data.three_sensors import WEIGHTS
from tests.data.three_sensors import clock
from tests.data.three_sensors import dcrnn_weights
from tests.data.three_sensors import readings

FAR = np.inf


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


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".npz"])
def test_a_long_file_needs_a_graph_with_names(tmp_path, suffix):
    frame = pd.DataFrame(readings(), clock(), IDS)
    frame.iloc[0, 0] = np.nan  # the first sensor starts later
    long = frame.stack().dropna().rename_axis(["time", "sensor"])
    speeds, graph = tmp_path / "long.csv", tmp_path / f"graph{suffix}"
    long.rename("speed").to_csv(speeds)
    if suffix == ".csv":
        np.savetxt(graph, WEIGHTS, delimiter=",")
    elif suffix == ".npy":
        np.save(graph, WEIGHTS)
    else:
        np.savez(graph, weights=WEIGHTS)
    kind = None if suffix == ".npz" else "weights"
    with pytest.raises(ValueError, match="occur: b, c, 0012. Write their ids"):
        read_series(speeds, graph, kind)
    np.savez(tmp_path / "named.npz", weights=WEIGHTS, node_ids=IDS)
    series = read_series(speeds, tmp_path / "named.npz")
    assert series.node_ids.tolist() == ["b", "c", "0012"]
    order = [1, 2, 0]
    np.testing.assert_array_equal(series.adjacency, WEIGHTS[order][:, order])
    frame.to_csv(tmp_path / "wide.csv", index_label="time")
    series = read_series(tmp_path / "wide.csv", graph, kind)
    np.testing.assert_array_equal(series.adjacency, WEIGHTS)


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
        "distances": [[FAR, 100, FAR], [150, FAR, 900], [FAR, FAR, FAR]],
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


@pytest.mark.parametrize("graph", ["none", "correlation"])
def test_graphs_that_are_made_elsewhere_say_where(graph):
    with pytest.raises(ValueError, match="no edges, and `train_model"):
        read_series("not_looked_at.csv", graph)


def test_without_a_graph_there_are_no_edges(tmp_path, recwarn):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, _ = write(tmp_path, frame, WEIGHTS)
    series = read_series(speeds)
    assert series.adjacency.nnz == 0 and series.node_ids.tolist() == IDS
    assert not recwarn.list


def test_places_are_kept_and_make_a_graph_where_it_is_asked_for(tmp_path):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, graph = write(tmp_path, frame, WEIGHTS)
    places = np.array([[34.0, -118], [34.1, -118.2], [33.9, -117.5]])
    table = pd.DataFrame(places, IDS, ["lat", "lon"])
    table.iloc[::-1].to_csv(tmp_path / "xy.csv", index_label="id")
    given = {"coordinates": tmp_path / "xy.csv"}
    series = read_series(speeds, graph, "weights", **given)
    np.testing.assert_array_equal(series.adjacency, WEIGHTS)
    alone = read_series(speeds, **given)
    assert alone.adjacency.nnz == 0
    for found in (series, alone):
        np.testing.assert_array_equal(found.coordinates, places)
    nearest = read_series(speeds, "nearest", **given)
    expected = from_arrays(frame, coordinates=places).adjacency
    assert (nearest.adjacency != expected).nnz == 0
    with pytest.raises(ValueError, match="no `coordinates`.*--coordinates"):
        read_series(speeds, "nearest")
    with pytest.raises(ValueError, match=r"graph\.csv holds weights; expected"):
        graph.write_text("from,to,weight\n0012,b,1\nb,0012,1\n")
        read_series(speeds, coordinates=graph)


def test_a_saved_series_brings_its_graph(tmp_path):
    frame = pd.DataFrame(readings(), clock(), IDS)
    from_arrays(frame, adjacency=WEIGHTS).save(tmp_path / "own.npz")
    series = read_series(tmp_path / "own.npz")
    np.testing.assert_array_equal(series.adjacency, WEIGHTS)
    np.testing.assert_array_equal(series.values, frame.to_numpy("float32"))


def test_marks_hold_for_the_graph_too(tmp_path):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, graph = write(tmp_path, frame, WEIGHTS)
    marks = {"sep": ";", "decimal": ","}
    frame.to_csv(speeds, index_label="time", **marks)
    pd.DataFrame(WEIGHTS, IDS, IDS).to_csv(graph, **marks)
    series = read_series(speeds, graph, "weights", decimal=",")
    np.testing.assert_array_equal(series.adjacency, WEIGHTS)
    np.testing.assert_array_equal(series.values, frame.to_numpy("float32"))
    pd.DataFrame(WEIGHTS, IDS, IDS).to_csv(graph)  # with points and commas
    series = read_series(speeds, graph, "weights", decimal=",")
    np.testing.assert_array_equal(series.adjacency, WEIGHTS)


def test_the_scale_of_listed_distances_is_dcrnns(tmp_path):
    """As its `gen_adj_mx.py`: all listed, of sensors to themselves, too."""
    places = np.random.default_rng(0).uniform(0, 10_000, (30, 2))
    distances = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    distances = distances.round(1)
    ids = [f"s{at}" for at in range(30)]
    frame = pd.DataFrame(readings(24, 30), clock(), ids)
    speeds, _ = write(tmp_path, frame, distances)
    rows = pd.DataFrame(distances, ids, ids).stack().rename("cost")
    rows.rename_axis(["from", "to"]).to_csv(tmp_path / "listed.csv")
    weights = np.exp(-((distances / distances.std()) ** 2))
    weights[weights < 0.1] = 0
    np.fill_diagonal(weights, 0)
    for graph in ("listed.csv", "graph.csv"):
        kind = None if graph == "listed.csv" else "distances"
        series = read_series(speeds, tmp_path / graph, kind)
        got = sp.csr_array(series.adjacency).toarray()
        np.testing.assert_allclose(got, weights, rtol=1e-9)


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


@pytest.mark.filterwarnings("ignore:.*other direction")
def test_a_last_line_without_an_end_is_told(tmp_path, recwarn):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, graph = write(tmp_path, frame, WEIGHTS)
    read_series(speeds, graph, "weights")
    assert not [w for w in recwarn if "line end" in str(w.message)]
    speeds.write_text(speeds.read_text()[:-3])
    with pytest.warns(UserWarning, match="the last line has no line end"):
        read_series(speeds, graph, "weights")
    recwarn.clear()
    speeds.write_bytes(gzip.compress(frame.to_csv().encode()))
    read_series(speeds, graph, "weights")
    assert not [w for w in recwarn if "line end" in str(w.message)]


def test_swapped_files_are_told_apart(tmp_path):
    frame = pd.DataFrame(readings(), clock(), IDS)
    speeds, graph = write(tmp_path, frame, WEIGHTS)
    graph.write_text("from,to,distance\n0012,b,1\n")
    with pytest.raises(ValueError, match="of the graph swapped"):
        read_series(graph, speeds)


def test_a_series_without_edges_or_readings_is_described():
    series = Series(
        np.full((2, 3), np.nan), np.zeros((3, 3)), mask=np.zeros((2, 3))
    )
    assert describe_series(series) == (
        "2 steps, 3 sensors, no readings, no edges"
    )
