"""Weighted means over nodes, against loops in NumPy."""

import numpy as np
import pytest

from keras_stunet.layers import LearnedGraph


@pytest.mark.parametrize("shape", [(2, 5, 3), (2, 4, 5, 3)])
def test_it_is_a_mean_with_weights_of_two_vectors(shape, signal, randomise):
    layer, x = LearnedGraph(graphs=2, rank=3), signal(*shape)
    layer.build(shape)
    randomise(layer)
    seeking, found = (np.array(w) for w in layer.weights)
    expected = []
    for E, F in zip(seeking, found, strict=True):
        A = np.exp(np.maximum(E @ F.T, 0))
        A /= A.sum(axis=1, keepdims=True)
        expected.append(np.einsum("ij,...jf->...if", A, x))
    expected = np.concatenate(expected, axis=-1)
    np.testing.assert_allclose(layer(x), expected, 1e-4, 1e-5)


def test_what_all_nodes_share_stays_as_it_is(signal):
    layer, x = LearnedGraph(graphs=3), np.ones((2, 5, 1), "float32")
    np.testing.assert_allclose(layer(x), np.ones((2, 5, 3)), 1e-5)


@pytest.mark.parametrize("option", ["graphs", "rank"])
def test_a_bad_option_is_refused(option):
    with pytest.raises(ValueError, match=f"`{option}` is 0"):
        LearnedGraph(**{option: 0})
