"""random_walk and with_self_loops."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import random_walk
from keras_stunet.graph import with_self_loops

KINDS = [np.array, sp.csr_array, sp.coo_array]


def dense(matrix):
    return matrix.toarray() if sp.issparse(matrix) else matrix


@pytest.fixture
def directed():
    """`(6, 6)` weights: node 2 has no way out, node 4 no way in, 5 a loop."""
    weights = np.random.default_rng(0).uniform(0.1, 1.0, (6, 6))
    weights *= np.random.default_rng(1).random((6, 6)) < 0.5
    np.fill_diagonal(weights, 0.0)
    weights[[0, 1, 3, 4, 5], [1, 2, 0, 0, 5]] = [0.3, 0.5, 0.2, 0.9, 2.0]
    weights[2], weights[:, 4] = 0.0, 0.0
    return weights


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_weights_over_their_sum_and_zero_without_a_way_out(
    directed, kind
):
    expected = np.zeros((6, 6))
    for i in (0, 1, 3, 4, 5):
        for j in range(6):
            expected[i, j] = directed[i, j] / sum(directed[i])
    walk = random_walk(kind(directed))
    np.testing.assert_allclose(dense(walk), expected, rtol=1e-14)
    np.testing.assert_allclose(
        dense(walk).sum(axis=1), [1, 1, 0, 1, 1, 1], rtol=1e-14
    )
    if sp.issparse(walk):
        assert isinstance(walk, sp.csr_array)
        assert walk.data.all()
    else:
        assert isinstance(walk, np.ndarray)


def test_the_stationary_distribution_is_in_proportion_to_degree():
    # Of an undirected connected graph; the walk does not end.
    weights = np.random.default_rng(0).uniform(0.1, 1.0, (5, 5))
    weights = weights + weights.T
    degree = weights.sum(axis=0)
    np.testing.assert_allclose(degree @ random_walk(weights), degree)


def test_the_scale_of_weights_does_not_matter(directed):
    np.testing.assert_allclose(
        random_walk(directed * 1e5), random_walk(directed), rtol=1e-14
    )


def test_renumbering_the_nodes_renumbers_the_walk(directed):
    order = np.random.default_rng(2).permutation(6)
    np.testing.assert_allclose(
        random_walk(directed[order][:, order]),
        random_walk(directed)[order][:, order],
    )


@pytest.mark.parametrize("kind", KINDS)
def test_self_loops_are_added_where_there_is_none(directed, kind):
    expected = directed.copy()
    expected[range(5), range(5)] = 1.0  # node 5 keeps its 2.0
    looped = with_self_loops(kind(directed))
    np.testing.assert_array_equal(dense(looped), expected)
    again = with_self_loops(looped)
    np.testing.assert_array_equal(dense(again), expected)
    assert sp.issparse(looped) == (kind is not np.array)
    assert (random_walk(looped).sum(axis=1) > 0.99).all()


@pytest.mark.parametrize("function", [random_walk, with_self_loops])
@pytest.mark.parametrize("kind", KINDS)
def test_the_argument_is_not_changed(directed, function, kind):
    given = kind(directed)
    function(given)
    np.testing.assert_array_equal(dense(given), directed)


@pytest.mark.parametrize("function", [random_walk, with_self_loops])
@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.ones((2, 3)), r"shape \(2, 3\); expected a square"),
        ([[0, -1.0], [0, 0]], "negative weights"),
        ([[0, np.nan], [0, 0]], "holds 1 NaN"),
    ],
)
def test_a_bad_adjacency_is_refused(function, kind, bad, message):
    with pytest.raises(ValueError, match=message):
        function(kind(np.array(bad)))
