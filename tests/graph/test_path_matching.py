"""path_matching against brute force."""

import itertools

import numpy as np
import pytest

from keras_stunet.graph import path_matching


def brute_force(weights, closed=False):
    """The largest weight over all subsets without neighbouring edges."""
    edges = len(weights)
    best = 0.0
    for chosen in itertools.product((0, 1), repeat=edges):
        pairs = list(itertools.pairwise(chosen))
        if closed and edges > 1:
            pairs.append((chosen[-1], chosen[0]))
        if (1, 1) not in pairs:
            best = max(best, float(np.dot(chosen, weights)))
    return best


def assert_best(weights, closed):
    chosen = path_matching(weights, closed)
    assert chosen == sorted(set(chosen))
    assert all(b - a > 1 for a, b in itertools.pairwise(chosen))
    if closed and len(weights) > 1:
        assert not {0, len(weights) - 1} <= set(chosen)
    got = sum(weights[i] for i in chosen)
    assert got == pytest.approx(brute_force(weights, closed))


@pytest.mark.parametrize("closed", [False, True])
def test_thousands_of_random_paths_equal_brute_force(closed):
    rng = np.random.default_rng(0)
    for trial in range(2000):
        edges = trial % 9
        if trial % 2:
            weights = rng.integers(0, 5, edges).tolist()  # full of ties
        else:
            weights = rng.random(edges).tolist()
        assert_best(weights, closed)


def test_the_second_edge_does_not_hide_the_first():
    # A recursion that starts from w_2 instead of max(w_1, w_2) finds 15.
    chosen = path_matching([10, 1, 5, 6])
    assert chosen == [0, 3]


@pytest.mark.parametrize(
    ("weights", "closed", "expected"),
    [
        ([], False, []),
        ([], True, []),
        ([3.0], False, [0]),
        ([3.0], True, [0]),
        ([2.0, 2.0], False, [0]),  # a tie leaves the later edge out
        ([2.0, 2.0], True, [0]),
        ([5, 1, 1, 5], True, [0, 2]),
        ([1, 9, 1, 9], True, [1, 3]),
    ],
)
def test_short_paths_and_ties_are_as_documented(weights, closed, expected):
    assert path_matching(weights, closed) == expected


@pytest.mark.parametrize("bad", [-1.0, float("nan")])
def test_a_bad_weight_is_named(bad):
    with pytest.raises(ValueError, match="expected numbers >= 0"):
        path_matching([1.0, bad])
