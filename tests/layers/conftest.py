"""Small graphs and partitions that the tests of this folder share."""

import keras
import numpy as np
import pytest

from keras_stunet.graph import Partition
from keras_stunet.graph import coarsen


def connected_graph(seed=0, nodes=7):
    """Random symmetric weights; a path through all nodes connects them."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.1, 1.0, (nodes, nodes))
    kept = rng.random((nodes, nodes)) < 0.25
    kept |= np.eye(nodes, k=1, dtype=bool)
    half = np.triu(weights * kept, 1)
    return half + half.T


def path_graph(nodes):
    half = np.eye(nodes, k=1)
    return half + half.T


@pytest.fixture(scope="session")
def graph():
    """`(7, 7)` weights of a connected graph."""
    return connected_graph()


@pytest.fixture(scope="session")
def make_graph():
    return connected_graph


@pytest.fixture(scope="session")
def make_path():
    return path_graph


@pytest.fixture(scope="session")
def groups(graph):
    """Its partition into super nodes of 3, 1, 2 and 1 members."""
    labels = np.array([0, 0, 1, 2, 0, 2, 3])
    return Partition(labels, coarsen(graph, labels), (labels,), graph)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@pytest.fixture
def signal(rng):
    """`signal(*shape)`: float32 values of both signs."""
    return lambda *shape: rng.normal(size=shape).astype("float32")


@pytest.fixture
def randomise(rng):
    """Gives trainable weights (biases too) values that are all different."""

    def fill(layer):
        for weight in layer.trainable_weights:
            weight.assign(rng.normal(scale=0.5, size=weight.shape))

    return fill


@pytest.fixture(scope="session")
def gradient_of():
    """`gradient_of(function, x)`: of a scalar function, as NumPy."""
    backend = keras.backend.backend()

    def gradient(function, x):
        if backend == "tensorflow":
            import tensorflow as tf

            x = tf.convert_to_tensor(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            return np.array(tape.gradient(y, x))
        if backend == "jax":
            import jax

            return np.array(jax.grad(function)(x))
        if backend == "torch":
            import torch

            x = torch.tensor(x, requires_grad=True)
            return torch.autograd.grad(function(x), x)[0].numpy()
        pytest.skip(f"No gradients on backend {backend!r}.")

    return gradient
