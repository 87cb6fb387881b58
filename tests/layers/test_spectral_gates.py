"""SpectralGates: a recurrence in the basis of the graph's eigenvectors."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import GCGRUCell
from keras_stunet.layers.spectral_gates import SpectralGates
from keras_stunet.layers.spectral_gates import gates_kept
from keras_stunet.layers.spectral_gates import gates_of
from tests.reference import cells


@pytest.fixture(scope="session")
def scattered(make_graph):
    """`(21, 21)` weights: components of 12, 5, 3 and 1 nodes, shuffled."""
    adj = np.zeros((21, 21))
    for first, last in ((0, 5), (5, 17), (18, 21)):
        part = make_graph(first, last - first)
        adj[first:last, first:last] = part
    order = np.random.default_rng(4).permutation(21)
    return adj[order][:, order]


def recurrence(adj, propagation, dtype="float32", units=3, K=3, **options):
    cell = GCGRUCell(units, K, adj, propagation, dtype=dtype)
    return DilatedRNN(cell, return_state=True, dtype=dtype, **options)


def pair(adj, shape, randomise, **options):
    """A recurrence as it is, and a spectral one of the same weights."""
    plain = recurrence(adj, "dense", **options)
    spectral = recurrence(adj, "spectral", **options)
    for layer in (plain, spectral):
        layer.build(shape)
    randomise(plain)
    for mine, other in zip(
        spectral.trainable_weights, plain.trainable_weights, strict=True
    ):
        mine.assign(ops.convert_to_numpy(other).copy())
    return plain, spectral


def test_the_graph_of_these_tests_has_two_blocks(scattered):
    cell = GCGRUCell(3, 3, scattered, "spectral")
    assert cell.graph.graph_size["blocks"] == [17, 4]
    cell.build((None, 21, 2))
    assert isinstance(cell.gates(), SpectralGates)
    plain = GCGRUCell(3, 3, scattered)
    assert plain.gates() is plain


@pytest.mark.parametrize(
    "K",
    [
        pytest.param(1, marks=pytest.mark.long_on_jax),
        2,
        pytest.param(4, marks=pytest.mark.long_on_jax),
    ],
)
@pytest.mark.parametrize(
    ("steps", "dilation"),
    [
        pytest.param(1, 1, marks=pytest.mark.long_on_jax),
        pytest.param(4, 1, marks=pytest.mark.long_on_jax),
        (5, 2),
        pytest.param(3, 4, marks=pytest.mark.long_on_jax),
    ],
)
def test_it_equals_the_plain_recurrence(
    scattered, signal, randomise, steps, dilation, K
):
    x = signal(2, steps, 21, 2)
    plain, spectral = pair(
        scattered, x.shape, randomise, K=K, dilation=dilation
    )
    first = signal(2, dilation, 21, 3)
    for arguments in ((), ([first],)):
        for found, expected in zip(
            spectral(x, *arguments), plain(x, *arguments), strict=True
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_last_step_alone_is_that_of_all(scattered, signal, randomise):
    x = signal(2, 5, 21, 2)
    for dilation in (1, 2):
        options = {"dilation": dilation, "return_sequences": False}
        plain, spectral = pair(scattered, x.shape, randomise, **options)
        for found, expected in zip(spectral(x), plain(x), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_it_equals_equation_7_step_by_step(scattered, signal, randomise):
    x = signal(2, 3, 21, 2)
    _, spectral = pair(scattered, x.shape, randomise)
    weights = [ops.convert_to_numpy(w) for w in spectral.trainable_weights]
    step, h = cells.gcgru(scattered, *weights, 3), np.zeros((2, 21, 3))
    outputs = np.array(spectral(x)[0])
    for t in range(3):
        h, _ = step(x[:, t], [h])
        np.testing.assert_allclose(outputs[:, t], h, rtol=1e-4, atol=1e-5)


@pytest.mark.long_on_jax
def test_gradients_of_inputs_are_equal(
    scattered, signal, randomise, gradient_of
):
    x = signal(2, 4, 21, 2)
    plain, spectral = pair(scattered, x.shape, randomise, dilation=2)
    expected = gradient_of(lambda x: ops.sum(plain(x)[0] ** 2), x)
    found = gradient_of(lambda x: ops.sum(spectral(x)[0] ** 2), x)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.skipif(
    keras.backend.backend() not in ("tensorflow", "jax"),
    reason="No compiled training.",
)
def test_a_training_step_is_equal(scattered, signal, randomise):
    x, y = signal(2, 3, 21, 2), signal(2, 3, 21, 3)
    after = []
    for layer in pair(scattered, x.shape, randomise):
        inputs = keras.Input(x.shape[1:])
        model = keras.Model(inputs, layer(inputs)[0])
        model.compile(keras.optimizers.SGD(0.5), "mse")
        before = [
            ops.convert_to_numpy(w).copy() for w in layer.trainable_weights
        ]
        model.train_on_batch(x, y)
        after.append(
            [
                ops.convert_to_numpy(w) - old
                for w, old in zip(layer.trainable_weights, before, strict=True)
            ]
        )
        fixed = layer.non_trainable_weights
        assert all(np.isfinite(ops.convert_to_numpy(w)).all() for w in fixed)
    for expected, found in zip(*after, strict=True):
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.long_on_jax
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_is_as_close_as_the_plain_form(
    scattered, signal, randomise, policy
):
    x = signal(4, 6, 21, 8)
    options = {"units": 16, "dtype": policy}
    plain, spectral = pair(scattered, x.shape, randomise, **options)
    weights = [ops.convert_to_numpy(w) / 4 for w in plain.trainable_weights]
    for layer in (plain, spectral):
        for weight, value in zip(layer.trainable_weights, weights, strict=True):
            weight.assign(value)
    step, h = cells.gcgru(scattered, *weights, 3), np.zeros((4, 21, 16))
    for t in range(6):
        h, _ = step(x[:, t], [h])
    error = {}
    for name, layer in (("plain", plain), ("spectral", spectral)):
        output, state = layer(x)
        assert ops.dtype(output) == policy.removeprefix("mixed_")
        assert ops.dtype(state) == "float32"
        gap = np.array(ops.cast(state, "float32"))[:, 0] - h
        error[name] = np.sqrt(np.mean(gap**2))
    assert 0 < error["spectral"] < 2 * error["plain"]


def test_gates_are_made_once_where_they_are_kept(scattered):
    cells_ = [GCGRUCell(3, 2, scattered, "spectral") for _ in range(2)]
    for cell in cells_:
        cell.build((None, 21, 2))
    first, second = cells_
    assert gates_of(first) is not gates_of(first)
    with gates_kept():
        assert gates_of(first) is gates_of(first)
        assert gates_of(first) is not gates_of(second)
        kept = gates_of(first)
    with gates_kept():
        assert gates_of(first) is not kept


def test_weights_but_for_the_graph_are_those_of_the_plain_cell(scattered):
    for propagation in ("dense", "spectral"):
        cell = GCGRUCell(4, 3, scattered, propagation)
        cell.build((None, 21, 2))
        assert [(w.name, tuple(w.shape)) for w in cell.trainable_weights] == [
            ("kernel", (6, 12)),
            ("recurrent_kernel", (12, 12)),
            ("bias", (12,)),
        ]
    assert [
        (w.name, tuple(w.shape), w.dtype) for w in cell.non_trainable_weights
    ] == [
        ("node_order", (21,), "int32"),
        ("node_place", (21,), "int32"),
        ("eigenvectors", (17**2 + 4**2,), "float32"),
        ("spectral_terms", (21, 3), "float32"),
    ]
