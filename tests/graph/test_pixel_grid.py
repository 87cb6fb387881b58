"""The graph of an image joins pixels at distance one, and no others."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import check_adjacency
from keras_stunet.graph import pixel_grid


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 5), (5, 1), (2, 2), (3, 5), (16, 16)]
)
def test_neighbours_are_the_pixels_at_distance_one(height, width):
    places = np.stack(np.divmod(np.arange(height * width), width), axis=1)
    distance = np.abs(places[:, None] - places).sum(axis=-1)
    grid = pixel_grid(height, width)
    np.testing.assert_array_equal(grid.toarray(), distance == 1)
    assert isinstance(grid, sp.csr_array) and grid.dtype == np.float64
    assert grid.nnz == 2 * (2 * height * width - height - width)


def test_it_is_a_whole_undirected_graph():
    grid = check_adjacency(pixel_grid(7, 4))
    assert sp.csgraph.connected_components(grid)[0] == 1


@pytest.mark.parametrize("sides", [(0, 3), (3, -1), (2.5, 3), (True, 3)])
def test_sides_are_counts(sides):
    with pytest.raises(ValueError, match="expected an integer of at least 1"):
        pixel_grid(*sides)
