"""gaussian_adjacency and symmetrise."""

import math

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.graph import connected_components
from keras_stunet.graph import gaussian_adjacency
from keras_stunet.graph import symmetrise

DISTANCES = np.array([[0.0, 1.0, 3.0], [1.0, 0.0, 2.0], [4.0, 2.0, 0.0]])


def test_weights_follow_the_kernel():
    got = gaussian_adjacency(DISTANCES, sigma2=2.0, epsilon=0.1, unit=2.0)
    for i in range(3):
        for j in range(3):
            weight = math.exp(-((DISTANCES[i, j] / 2.0) ** 2) / 2.0)
            kept = weight >= 0.1 and i != j
            assert got[i, j] == pytest.approx(weight if kept else 0.0)
    # exp(-16/8) = 0.135 is kept, exp(-9/8) = 0.325 as well.
    assert (got > 0).sum() == 6


def test_a_weight_equal_to_the_threshold_is_kept():
    weight = math.exp(-1.0)
    pair = [[0.0, 1.0], [1.0, 0.0]]
    kernel = {"sigma2": 1.0, "unit": 1.0}
    at = gaussian_adjacency(pair, epsilon=weight, **kernel)
    above = gaussian_adjacency(pair, epsilon=weight + 1e-9, **kernel)
    assert (at > 0).sum() == 2
    assert (above > 0).sum() == 0


def test_the_default_threshold_is_2633_metres():
    # sqrt(0.1 ln 2) * 10 km = 2,632.8 m
    near, far = [[0, 2632], [2632, 0]], [[0, 2634], [2634, 0]]
    assert gaussian_adjacency(near)[0, 1] == pytest.approx(0.5, abs=1e-3)
    assert gaussian_adjacency(far)[0, 1] == 0.0


def test_sensors_at_the_same_place_have_weight_one():
    np.testing.assert_array_equal(
        gaussian_adjacency(np.zeros((2, 2))), [[0, 1], [1, 0]]
    )


def test_an_infinite_distance_gives_no_edge():
    far = [[0.0, np.inf], [np.inf, 0.0]]
    np.testing.assert_array_equal(
        gaussian_adjacency(far, epsilon=0.0), np.zeros((2, 2))
    )


def test_sparse_distances_are_those_stored_and_no_others():
    # Entry (0, 1) is a stored zero, (1, 2) is not stored.
    rows, cols = [0, 1, 2], [1, 0, 2]
    given = sp.coo_array(([0.0, 1.0, 0.0], (rows, cols)), shape=(3, 3))
    got = gaussian_adjacency(given, sigma2=1.0, epsilon=0.3, unit=1.0)
    assert isinstance(got, sp.csr_array)
    assert got.nnz == 2  # neither the diagonal nor what is not stored
    assert got[0, 1] == 1.0
    assert got[1, 0] == pytest.approx(math.exp(-1.0))


def test_dense_and_sparse_give_equal_weights(pemsd7_distances):
    dense = gaussian_adjacency(pemsd7_distances)
    # Stored explicitly: 17 pairs of stations have the distance 0, which
    # `sp.csr_array(distances)` would drop.
    rows, cols = np.nonzero(pemsd7_distances < 5000)
    near = sp.coo_array((pemsd7_distances[rows, cols], (rows, cols)))
    sparse = gaussian_adjacency(near)
    assert (dense == 1.0).sum() == 2 * 17
    np.testing.assert_array_equal(sparse.toarray(), dense)


def test_the_input_is_not_changed():
    given = sp.csr_array(DISTANCES)
    gaussian_adjacency(given, unit=1.0)
    np.testing.assert_array_equal(given.toarray(), DISTANCES)


def test_pemsd7_has_its_known_graph(pemsd7):
    assert np.count_nonzero(pemsd7) == 2 * 832
    assert (pemsd7.sum(axis=1) == 0).sum() == 3
    assert connected_components(pemsd7).max() + 1 == 11
    np.testing.assert_array_equal(pemsd7, pemsd7.T)


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
def test_symmetrise_takes_the_maximum_or_the_mean(kind):
    given = kind([[7.0, 4.0, 0.0], [2.0, 0.0, 6.0], [0.0, 0.0, 0.0]])
    largest, mean = symmetrise(given, "max"), symmetrise(given, "mean")
    if sp.issparse(given):
        assert isinstance(largest, sp.csr_array)
        assert isinstance(mean, sp.csr_array)
        largest, mean = largest.toarray(), mean.toarray()
    np.testing.assert_array_equal(largest, [[7, 4, 0], [4, 0, 6], [0, 6, 0]])
    np.testing.assert_array_equal(mean, [[7, 3, 0], [3, 0, 3], [0, 3, 0]])


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
@pytest.mark.parametrize(
    ("entry", "message"),
    [(np.nan, "1 NaN.*infinity"), (-2.0, "lowest -2.*weights already")],
)
def test_a_bad_distance_is_named(kind, entry, message):
    with pytest.raises(ValueError, match=message):
        gaussian_adjacency(kind([[0.0, entry], [1.0, 0.0]]))


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"sigma2": 0.0}, "sigma2=0.0.*> 0"),
        ({"unit": -1.0}, "unit=-1.0.*> 0"),
        ({"unit": np.inf}, "unit=inf.*finite"),
        ({"epsilon": 1.5}, r"epsilon=1.5.*\[0, 1\]"),
        ({"epsilon": -0.1}, r"epsilon=-0.1.*\[0, 1\]"),
    ],
)
def test_a_bad_kernel_is_named(argument, message):
    with pytest.raises(ValueError, match=message):
        gaussian_adjacency(DISTANCES, **argument)


def test_an_unknown_symmetrisation_names_the_nearest():
    with pytest.raises(ValueError, match=r"'maximum'.*mean 'max'\?"):
        symmetrise([[0, 1], [0, 0]], "maximum")
