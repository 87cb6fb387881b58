"""METR-LA as it was published, where its parts are at hand."""

import csv
import gzip
import pathlib

import numpy as np
import pytest

from keras_stunet.data import window_split
from keras_stunet.data.catalog import load_series
from keras_stunet.datasets import metr_la
from keras_stunet.datasets.metr_la.graph import read_adjacency_pickle
from keras_stunet.datasets.metr_la.published import FILES
from keras_stunet.datasets.metr_la.published import PART29
from keras_stunet.datasets.metr_la.reader import has_raw
from keras_stunet.datasets.metr_la.reader import local_files
from keras_stunet.datasets.metr_la.reader import read_files
from keras_stunet.datasets.published import check_published

SHARED = pathlib.Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not has_raw(SHARED, "part29"), reason="METR-LA is not at hand"
)


@pytest.fixture(scope="module")
def part():
    return metr_la.load("part29", raw_dir=SHARED)


@pytest.fixture(scope="module")
def graph():
    return read_adjacency_pickle(SHARED / "metr_la" / "adj_mx.pkl")


def read_rows(name):
    with gzip.open(SHARED / "metr_la" / name, "rt") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def first_rows():
    """Their first row is the header: equal values carry a suffix."""
    head, *rows = read_rows("first_1026_rows_raw.csv.gz")
    head = [".".join(field.split(".")[:2]) for field in head]
    return np.array([head, *rows], float)


def test_the_graph_is_the_directed_one_of_dcrnn(graph):
    ids, weights = graph
    assert weights.shape == (207, 207) and len(set(ids)) == 207
    assert (weights > 0).sum() == 1_722
    np.testing.assert_array_equal(np.diag(weights), 1)
    edges = weights - np.eye(207)
    assert (edges > 0).sum() == 1_515
    assert (np.maximum(edges, edges.T) > 0).sum() == 2 * 1_313
    assert weights[weights > 0].min() >= 0.1 and weights.max() == 1
    text = (SHARED / "metr_la" / "graph_sensor_ids.txt").read_text()
    assert ids.tolist() == text.split(",")


def test_files_at_hand_are_the_published_ones():
    for key, path in local_files(SHARED, "part29").items():
        if key != "speed":
            check_published(path, FILES[key], "")
            assert path.stat().st_size == FILES[key].size


def test_part_is_that_of_29_sensors(part):
    assert part.speed.shape == (34_272, 29)
    assert part.sensor_ids.tolist() == list(PART29)
    assert part.timestamps[-1] == np.datetime64("2012-06-27T23:55")
    assert (part.symmetric_adjacency > 0).sum() == 2 * 120
    assert (part.symmetric_adjacency.sum(0) == 0).sum() == 3
    assert 1 - part.mask.mean() == pytest.approx(0.0775, abs=1e-4)
    assert np.nanmax(part.speed) == 70
    # All lie in and about Los Angeles.
    assert (abs(part.coordinates - [34.1, -118.3]) < 0.2).all()


def test_part_passes_as_published_and_a_changed_one_does_not(tmp_path):
    files = local_files(SHARED, "part29")
    read_files(files, "part29", published_only=True)
    with np.load(files["speed"]) as stored:
        speed, ids = stored["speed"], stored["sensor_ids"]
    speed[20_000, 7] += 0.125
    path = tmp_path / "changed.npz"
    np.savez(path, speed=speed, sensor_ids=ids)
    with pytest.raises(ValueError, match="not those that were published"):
        read_files({**files, "speed": path}, "part29", published_only=True)


def test_parts_agree_where_they_overlap(part, first_rows, graph):
    columns = [graph[0].tolist().index(name) for name in PART29]
    assert first_rows.shape == (1_026, 207)
    raw = np.nan_to_num(part.speed)
    np.testing.assert_allclose(raw[:1_026], first_rows[:, columns], rtol=1e-6)
    head, *rows = read_rows("los_speed_2016x207.csv.gz")
    week = np.array(rows, float)
    assert head == graph[0].tolist() and week.shape == (2_016, 207)
    present = first_rows > 0
    assert 0.02 < 1 - present.mean() < 0.03
    np.testing.assert_allclose(week[:1_026][present], first_rows[present])
    present = part.mask[:2_016]
    np.testing.assert_allclose(
        week[:, columns][present], part.speed[:2_016][present], rtol=1e-6
    )
    # The gaps of the week were filled, which the reader would refuse.
    assert (week > 0).all()


def test_the_hour_that_the_change_of_clocks_left_out_has_no_readings(part):
    hour = np.datetime64("2012-03-11T02:00")
    start = int(np.flatnonzero(part.timestamps == hour)[0])
    assert start == 10 * 288 + 24
    assert not part.mask[start : start + 12].any()
    assert part.mask[start - 12 : start].all()
    assert part.mask[start + 12 : start + 24].all()


def test_the_series_has_the_directed_graph_without_loops(part):
    series = load_series("metr_la/part29", raw_dir=SHARED)
    assert series.name == "metr_la/part29"
    np.testing.assert_array_equal(series.mask, part.mask)
    np.testing.assert_array_equal(series.values, part.speed)
    expected = part.adjacency.copy()
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(series.adjacency, expected)
    assert (series.adjacency > 0).sum() == 152
    parts = window_split(series.num_steps, ratios=(7, 1, 2))
    assert [len(starts) for starts in parts] == [23_974, 3_425, 6_850]
