"""Graphs in npy, npz and pickles."""

import os
import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.data import Series
from keras_stunet.data import read_graph
from tests.data.readers.graphs.three_places import DISTANCES
from tests.data.readers.graphs.three_places import IDS
from tests.data.readers.graphs.three_places import PLACES
from tests.data.readers.graphs.three_places import WEIGHTS


@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_array, sp.coo_array])
def test_a_matrix_of_scipy_is_read(tmp_path, form):
    path = tmp_path / "graph.npz"
    sp.save_npz(path, form(WEIGHTS + np.diag([1.0, 0, 0])))
    graph = read_graph(path, IDS, "weights")
    assert not graph.named and sp.issparse(graph.content)
    np.testing.assert_array_equal(graph.content.toarray(), WEIGHTS)
    with pytest.raises(ValueError, match="does not say whether"):
        read_graph(path, IDS)
    sp.save_npz(path, form(-WEIGHTS))
    with pytest.raises(ValueError, match=r"graph\.npz: the weight in row 0"):
        read_graph(path, IDS, "weights")
    sp.save_npz(path, sp.dia_array(WEIGHTS))
    with pytest.raises(ValueError, match="it has the form 'dia'"):
        read_graph(path, IDS, "weights")


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_of_dcrnn_is_read(tmp_path, protocol):
    order = [2, 0, 1]
    names = [IDS[at] for at in order]
    matrix = (WEIGHTS + np.eye(3))[np.ix_(order, order)].astype("float32")
    places = {name: at for at, name in enumerate(names)}
    path = tmp_path / "adj_mx.pkl"
    path.write_bytes(pickle.dumps([names, places, matrix], protocol))
    with pytest.warns(UserWarning, match="3 entries of a sensor to itself"):
        graph = read_graph(path, IDS)
    assert graph[:2] == ("matrix", "weights") and graph.named
    np.testing.assert_array_equal(graph.content, WEIGHTS.astype("float32"))
    path.write_bytes(pickle.dumps(WEIGHTS, protocol))
    np.testing.assert_array_equal(
        read_graph(path, IDS, "weights").content, WEIGHTS
    )


@pytest.mark.parametrize(
    "held",
    [
        *("text", [IDS, {}, WEIGHTS], [IDS, dict.fromkeys(IDS, 0), WEIGHTS]),
        *([IDS[:2], {"0012": 0, "b": 1}, WEIGHTS], np.array(["a"]), 5, None),
    ],
)
def test_other_pickles_are_refused(tmp_path, held):
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(held))
    with pytest.raises(ValueError, match=r"a\.pkl (holds someth|could not)"):
        read_graph(path, IDS)


def test_a_pickle_runs_nothing(tmp_path, monkeypatch):
    class Call:
        def __reduce__(self):
            return os.mkdir, ("canary",)

    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(Call()))
    with pytest.raises(ValueError, match="mkdir is refused.*nothing in it was"):
        read_graph(tmp_path / "a.pkl", IDS)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pkl"]


def test_arrays_by_their_key(tmp_path):
    path = tmp_path / "graph.npz"
    order = ["c", "b", "0012"]
    np.savez(path, distances=DISTANCES[::-1, ::-1], node_ids=order)
    np.testing.assert_array_equal(read_graph(path, IDS).content, DISTANCES)
    np.savez(path, adjacency=WEIGHTS)
    graph = read_graph(path, IDS)
    assert graph.kind == "weights"
    np.testing.assert_array_equal(graph.content, WEIGHTS)
    np.savez(path, coordinates=PLACES)
    np.testing.assert_array_equal(read_graph(path, IDS).content, PLACES)


def test_a_bare_array_and_a_saved_series(tmp_path):
    np.save(tmp_path / "a.npy", DISTANCES)
    graph = read_graph(tmp_path / "a.npy", IDS, "distances")
    np.testing.assert_array_equal(graph.content, DISTANCES)
    np.save(tmp_path / "b.npy", WEIGHTS > 0)  # can be weights only
    got = read_graph(tmp_path / "b.npy", IDS).content
    np.testing.assert_array_equal(got, WEIGHTS > 0)
    series = Series(np.ones((2, 3)), WEIGHTS, node_ids=IDS)
    series.save(tmp_path / "s.npz")
    got = read_graph(tmp_path / "s.npz", ["c", "b", "0012"]).content
    np.testing.assert_array_equal(got, WEIGHTS[::-1, ::-1])


@pytest.mark.parametrize("form", [np.array, sp.csr_array, sp.coo_array])
def test_a_saved_series_without_names_has_the_order_of_the_sensors(
    tmp_path, form
):
    Series(np.ones((2, 3)), form(WEIGHTS)).save(tmp_path / "s.npz")
    graph = read_graph(tmp_path / "s.npz", IDS)
    assert not graph.named
    np.testing.assert_array_equal(
        sp.csr_array(graph.content).toarray(), WEIGHTS
    )
    with pytest.raises(ValueError, match=r"shape \(3, 3\).*\(2, 2\) for 2"):
        read_graph(tmp_path / "s.npz", IDS[:2])


def test_a_sparse_graph_of_a_saved_series_stays_sparse(tmp_path):
    loops = WEIGHTS + np.diag([1.0, 0, 0])
    series = Series(np.ones((2, 3)), sp.csr_array(loops), node_ids=IDS)
    series.save(tmp_path / "s.npz")
    graph = read_graph(tmp_path / "s.npz", ["c", "b", "0012"], "weights")
    assert graph[:2] == ("edge list", "weights")
    assert sp.issparse(graph.content)
    assert graph.content.nnz == np.count_nonzero(WEIGHTS)
    expected = WEIGHTS[::-1, ::-1]
    np.testing.assert_array_equal(graph.content.toarray(), expected)
    with pytest.raises(ValueError, match="holds weights"):
        read_graph(tmp_path / "s.npz", IDS, "distances")
    with pytest.raises(ValueError, match="no row for 1 of 4 sensors: d"):
        read_graph(tmp_path / "s.npz", [*IDS, "d"])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"distances": np.ones((2, 2))}, r"shape \(2, 2\).*\(3, 3\) for 3"),
        ({"x": np.ones(3)}, "has x; expected just one of adjacency"),
        ({"weights": WEIGHTS, "distances": WEIGHTS}, "expected just one"),
        ({"weights": WEIGHTS.astype(str)}, "dtype <U"),
        ({"weights": WEIGHTS, "node_ids": ["0012", "b"]}, r"expected .*\(2, 2"),
    ],
)
def test_bad_arrays_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "g.npz", **arrays)
    with pytest.raises(ValueError, match=rf"g\.npz.*{message}"):
        read_graph(tmp_path / "g.npz", IDS)
