"""GCGRUCell: equation 7."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import DCGRUCell
from keras_stunet.layers import GCGRUCell
from tests.reference import cells


def numpy_step(cell, adj):
    """The reference cell with the weights of `cell`."""
    weights = [ops.convert_to_numpy(w) for w in cell.trainable_weights]
    return cells.gcgru(adj, *weights, cell.graph.K)


def built(adj, randomise, units=4, K=3, features=2, **options):
    cell = GCGRUCell(units, K, adj, **options)
    cell.build((None, len(adj), features))
    randomise(cell)
    return cell


@pytest.mark.parametrize("propagation", ["dense", "edges", "spectral"])
@pytest.mark.parametrize(
    ("K", "features", "units"), [(1, 2, 3), (2, 3, 1), (3, 1, 4), (4, 2, 2)]
)
def test_it_equals_equation_7(
    graph, signal, randomise, propagation, K, features, units
):
    cell = built(graph, randomise, units, K, features, propagation=propagation)
    x, h = signal(2, 7, features), signal(2, 7, units)
    output, [state] = cell(x, [h])
    expected, _ = numpy_step(cell, graph)(x, [h])
    np.testing.assert_allclose(state, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(output, state)


def test_large_update_keeps_the_state_and_small_update_replaces_it(
    graph, signal, randomise
):
    cell = built(graph, randomise, units=1)
    x, h = signal(2, 7, 2), signal(2, 7, 1)
    cell.bias.assign([50.0, 0.0, 0.0])  # z = 1
    np.testing.assert_allclose(cell(x, [h])[0], h, rtol=1e-5)
    cell.bias.assign([-50.0, 0.0, 50.0])  # z = 0, h' = 1
    np.testing.assert_allclose(cell(x, [h])[0], np.ones_like(h), rtol=1e-5)


def test_a_closed_reset_gate_forgets_the_state(graph, signal, randomise):
    cell = built(graph, randomise, units=1)
    x = signal(2, 7, 2)
    cell.bias.assign([-50.0, -50.0, 0.0])  # z = 0, r = 0
    a, b = (np.array(cell(x, [signal(2, 7, 1)])[0]) for _ in range(2))
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_hoisting_all_steps_at_once_changes_nothing(graph, signal, randomise):
    cell, x = built(graph, randomise), signal(2, 5, 7, 2)
    [hoisted] = cell.hoist(x)
    assert tuple(hoisted.shape) == (2, 5, 7, 12)
    h = signal(2, 7, 4)
    output, _ = cell.step([hoisted[:, 3]], [h])
    expected, _ = cell(x[:, 3], [h])
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-6)


def test_renumbering_the_nodes_renumbers_the_state(
    graph, signal, randomise, rng
):
    cell, order = built(graph, randomise), rng.permutation(7)
    other = GCGRUCell(4, 3, graph[order][:, order])
    other.build((None, 7, 2))
    for weight, value in zip(
        other.trainable_weights, cell.trainable_weights, strict=True
    ):
        weight.assign(value)
    x, h = signal(2, 7, 2), signal(2, 7, 4)
    output, _ = cell(x, [h])
    renumbered, _ = other(x[:, order], [h[:, order]])
    np.testing.assert_allclose(
        renumbered, np.array(output)[:, order], rtol=1e-4, atol=1e-5
    )


def test_weights_have_names_order_and_shapes(graph):
    cell = GCGRUCell(4, 3, graph)
    cell.build((None, 7, 2))
    assert [(w.name, tuple(w.shape)) for w in cell.weights] == [
        ("kernel", (6, 12)),
        ("recurrent_kernel", (12, 12)),
        ("bias", (12,)),
        ("basis", (7, 2, 7)),
    ]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_the_state_in_float32(graph, signal, policy):
    cell = GCGRUCell(4, 3, graph, dtype=policy)
    output, [state] = cell(signal(2, 7, 2), cell.get_initial_state(2))
    assert ops.dtype(output) == policy.removeprefix("mixed_")
    assert ops.dtype(state) == "float32"
    # Not a rounded number that is merely stored in float32:
    rounded = ops.cast(ops.cast(state, output.dtype), "float32")
    assert np.any(np.array(state) != np.array(rounded))


def test_the_first_state_is_zero(graph):
    [state] = GCGRUCell(4, 3, graph).get_initial_state(batch_size=2)
    np.testing.assert_array_equal(state, np.zeros((2, 7, 4)))


@pytest.mark.parametrize("name", ["units", "K"])
def test_counts_below_one_are_refused(graph, name):
    counts = {"units": 2, "K": 2, name: 0}
    with pytest.raises(ValueError, match=f"`{name}` is 0.*at least 1"):
        GCGRUCell(**counts, adjacency=graph)


def test_another_number_of_nodes_is_refused(graph, signal):
    cell = GCGRUCell(4, 3, graph)
    with pytest.raises(ValueError, match="so 6 nodes .*its graph has 7"):
        cell(signal(2, 6, 2), cell.get_initial_state(2))


@pytest.mark.parametrize(
    "shapes", [[(2, 6, 4)], [(2, 7, 5)], [(7, 4)], [(2, 7, 4)] * 2, []]
)
def test_states_of_another_shape_are_refused(graph, signal, shapes):
    cell = GCGRUCell(4, 3, graph)
    with pytest.raises(ValueError, match=r"expected \[\(None, 7, 4\)\]"):
        cell(signal(2, 7, 2), [signal(*shape) for shape in shapes])


@pytest.mark.parametrize("kind", [GCGRUCell, DCGRUCell])
def test_keras_stack_of_cells_says_how_to_stack(kind, graph, signal):
    stack = keras.layers.RNN([kind(2, 2, graph), kind(2, 2, graph)])
    with pytest.raises(ValueError, match=r"shape \(\w+, 7\);.*DilatedRNN"):
        stack(signal(2, 5, 7, 1))
