"""correlation_adjacency: edges between sensors that go together."""

import numpy as np
import pytest

from keras_stunet.graph import correlation_adjacency


def pearson(x, y):
    """By hand, over the rows that both have."""
    both = [
        (a, b)
        for a, b in zip(x, y, strict=True)
        if not np.isnan(a) and not np.isnan(b)
    ]
    a, b = np.array(both).T
    a, b = a - a.mean(), b - b.mean()
    return (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum())


@pytest.fixture(scope="module")
def readings():
    rng = np.random.default_rng(0)
    common = rng.normal(size=(200, 3))
    mixed = common @ rng.normal(size=(3, 12)) + rng.normal(size=(200, 12))
    mixed = 50 + 5 * mixed
    mixed[rng.random(mixed.shape) < 0.2] = np.nan
    return mixed


@pytest.mark.parametrize("k", [1, 3, 50])
def test_weights_are_pearsons_between_the_nearest(readings, k):
    n = readings.shape[1]
    r = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            r[i, j] = pearson(readings[:, i], readings[:, j]) if i != j else 0
    expected = np.zeros((n, n))
    for i in range(n):
        for j in sorted(range(n), key=lambda j: -r[i, j])[:k]:
            if r[i, j] > 0:
                expected[i, j] = expected[j, i] = r[i, j]
    got = correlation_adjacency(readings, k).toarray()
    np.testing.assert_allclose(got, expected, atol=1e-6)
    np.testing.assert_array_equal(got, got.T)


def test_what_is_masked_is_missing(readings):
    hidden = np.ma.array(np.nan_to_num(readings), mask=np.isnan(readings))
    expected = correlation_adjacency(readings)
    assert (correlation_adjacency(hidden) != expected).nnz == 0


def test_blocks_of_sensors_give_the_same(readings, monkeypatch):
    whole = correlation_adjacency(readings)
    monkeypatch.setattr("keras_stunet.graph.correlation._BLOCK", 5)
    assert (correlation_adjacency(readings) != whole).nnz == 0


def test_unit_and_level_do_not_matter(readings):
    changed = readings * np.arange(1, 13) + 1e4 * np.arange(12)
    got = correlation_adjacency(changed).toarray()
    expected = correlation_adjacency(readings).toarray()
    np.testing.assert_allclose(got, expected, atol=2e-6)


def test_constant_empty_and_hardly_shared_sensors_have_no_edge():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 1)) + 0.1 * rng.normal(size=(100, 5))
    x[:, 0] = 0.1 + 0.2
    x[:, 1] = np.nan
    x[:91, 2] = np.nan  # 9 rows of 100
    got = correlation_adjacency(x).toarray()
    assert (got > 0).tolist() == [
        *[[False] * 5] * 3,
        [False, False, False, False, True],
        [False, False, False, True, False],
    ]
    assert correlation_adjacency(x[:, :3]).nnz == 0
    x[90, 2] = 0  # a tenth is enough
    assert correlation_adjacency(x)[2, 3] > 0
    assert correlation_adjacency([[1.0], [2.0]]).shape == (1, 1)


@pytest.mark.parametrize("bad", [np.ones(3), np.ones((0, 3))])
def test_other_arrays_are_refused(bad):
    with pytest.raises(ValueError, match="expected \\(steps, sensors\\)"):
        correlation_adjacency(bad)
    with pytest.raises(ValueError, match="`k` is 0"):
        correlation_adjacency(np.ones((2, 2)), k=0)
