"""The graph of an image: each pixel and its neighbours in four directions."""

import scipy.sparse as sp

from keras_stunet.checks import check_count


def pixel_grid(height, width):
    """Returns the adjacency of pixels with those above, below and beside.

    Pixel (row, column) is node `row * width + column`, the order of
    `frame.reshape(-1)`. Weights are 1: all neighbours are equally far. A
    pixel at the border has three neighbours and one in a corner two; nothing
    wraps around.

    The graph of moving-MNIST in Yu, Yin and Zhu (2019), section 4.1, and in
    Seo et al. (2018).

    Args:
        height: Number of rows, at least 1.
        width: Number of columns, at least 1.

    Returns:
        `(height * width, height * width)` symmetric `csr_array` of float64
        zeros and ones, with `2 * height * width - height - width` edges.

    Raises:
        ValueError: If a side is no integer of at least 1.

    Example:
    >>> pixel_grid(2, 2).toarray().tolist()
    [[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0],
     [1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]]
    """
    rows = _path(check_count("height", height, 1))
    columns = _path(check_count("width", width, 1))
    grid = sp.kronsum(columns, rows, format="csr")
    grid.eliminate_zeros()
    grid.sort_indices()
    return sp.csr_array(grid)


def _path(count):
    # Each node with the next one: a column, or a row, of pixels.
    ones = [1.0] * (count - 1)
    return sp.diags_array([ones, ones], offsets=[-1, 1], shape=(count, count))
