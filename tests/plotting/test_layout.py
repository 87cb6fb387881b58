"""Places of nodes, known or made."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.plotting.layout import edges_of
from keras_stunet.plotting.layout import node_positions

RING = np.roll(np.eye(6), 1, axis=1)
APART = np.kron(np.eye(2), 1 - np.eye(3))


def test_known_places_are_longitude_and_latitude():
    coordinates = [[34.0, -118.2], [np.nan, -118.1], [33.0, -117.0]]
    places = node_positions(np.zeros((3, 3)), coordinates)
    expected = [[-118.2, 34.0], [np.nan, np.nan], [-117.0, 33.0]]
    np.testing.assert_array_equal(places, expected)


@pytest.mark.parametrize("coordinates", [None, np.full((6, 2), np.nan)])
@pytest.mark.parametrize("adjacency", [RING, APART, np.zeros((6, 6))])
def test_unknown_places_are_a_layout_that_repeats(adjacency, coordinates):
    first = node_positions(adjacency, coordinates)
    again = node_positions(sp.csr_array(adjacency), coordinates)
    np.testing.assert_array_equal(first, again)
    assert first.shape == (6, 2) and np.isfinite(first).all()
    gaps = np.linalg.norm(first[:, None] - first, axis=-1) + np.eye(6)
    assert gaps.min() > 0.01  # no two nodes in one place


def test_a_graph_in_pieces_is_not_laid_out_by_all_pairs(monkeypatch):
    monkeypatch.setattr("networkx.kamada_kawai_layout", None)
    assert np.isfinite(node_positions(APART)).all()


def test_neighbours_on_a_ring_are_nearer_than_others():
    places = node_positions(RING)
    gaps = np.linalg.norm(places[:, None] - places, axis=-1)
    near = (RING + RING.T) > 0
    far = ~near & ~np.eye(6, dtype=bool)
    assert gaps[near].max() < gaps[far].min()


@pytest.mark.parametrize("form", [np.asarray, sp.csr_array, sp.csr_matrix])
def test_edges_are_listed_once(form):
    adjacency = form([[4, 0, 0, 7], [1, 0, 0, 0], [0, 2, 0, 0], [7, 0, 0, 0]])
    assert edges_of(adjacency).tolist() == [[0, 1], [0, 3], [1, 2]]
    assert edges_of(form(np.zeros((2, 2)))).shape == (0, 2)
