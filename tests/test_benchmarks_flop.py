"""What the benchmarks count as arithmetic of a whole model."""

import importlib
import pathlib

import numpy as np
import pytest
import tensorflow as tf

FOLDER = pathlib.Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def keras_calls(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module("keras_calls")


def test_products_are_counted_with_those_of_their_gradients(keras_calls):
    count = keras_calls.flop_of_products
    rng = np.random.default_rng(0)
    two_terms = rng.random((2 * 5, 5), "float32")  # of a batch of (5, 3)
    kernel = rng.random((3, 4), "float32")
    filters = rng.random((2, 1, 3, 7), "float32")

    def gradients(function):
        def compute(x):
            with tf.GradientTape() as tape:
                weights = [tf.constant(a) for a in (kernel, filters)]
                tape.watch([x, *weights])
                y = tf.reduce_sum(function(x, *weights) ** 2)
            return [a for a in tape.gradient(y, [x, *weights]) if a is not None]

        return compute

    x = np.zeros((6, 5, 3), "float32")
    graph, dense = 2 * 6 * 10 * 5 * 3, 2 * 6 * 5 * 3 * 4
    convolution = 2 * (6 * 4 * 7) * (2 * 3)
    for function, expected in (
        (lambda x, *_: tf.matmul(two_terms, x), 2 * graph),
        (lambda x, kernel, _: x @ kernel, 3 * dense),
        (lambda x, kernel, _: tf.einsum("bnf,fu->bun", x, kernel), 3 * dense),
        (
            lambda x, _, filters: tf.nn.conv2d(
                x[:, :, None], filters, 1, "VALID"
            ),
            3 * convolution,
        ),
    ):
        assert count(gradients(function), x) == expected
    with pytest.raises(ValueError, match="FLOP of Conv3D are not counted"):
        cube = tf.ones((1, 1, 1, 3, 2))
        count(lambda x: tf.nn.conv3d(x[None, None], cube, [1] * 5, "VALID"), x)
