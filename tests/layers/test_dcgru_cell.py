"""DCGRUCell: the recurrence of DCRNN."""

import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import DCGRUCell
from tests.reference import diffusion


def numpy_step(cell, adj):
    """The reference cell with the weights of `cell`."""
    weights = [ops.convert_to_numpy(w) for w in cell.trainable_weights]
    return diffusion.dcgru(adj, *weights, cell.graph.K)


def built(adj, randomise, units=4, K=3, features=2, **options):
    cell = DCGRUCell(units, K, adj, **options)
    cell.build((None, len(adj), features))
    randomise(cell)
    return cell


@pytest.mark.parametrize("propagation", ["dense", "edges"])
@pytest.mark.parametrize(
    ("K", "features", "units"), [(1, 2, 3), (2, 3, 1), (3, 1, 4), (4, 2, 2)]
)
def test_it_equals_the_equations(
    directed, signal, randomise, propagation, K, features, units
):
    options = {"propagation": propagation}
    cell = built(directed, randomise, units, K, features, **options)
    x, h = signal(2, 7, features), signal(2, 7, units)
    output, [state] = cell(x, [h])
    expected, _ = numpy_step(cell, directed)(x, [h])
    np.testing.assert_allclose(state, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(output, state)


def test_weights_have_names_order_shapes_and_first_biases(directed):
    cell = DCGRUCell(4, 3, directed)
    cell.build((None, 7, 2))
    assert [(w.name, tuple(w.shape)) for w in cell.weights] == [
        ("kernel", (10, 12)),
        ("recurrent_kernel", (20, 12)),
        ("bias", (12,)),
        ("basis", (7, 4, 7)),
    ]
    np.testing.assert_array_equal(cell.bias, [1.0] * 8 + [0.0] * 4)


def test_hoisting_all_steps_at_once_changes_nothing(
    directed, signal, randomise
):
    cell, x = built(directed, randomise), signal(2, 5, 7, 2)
    [hoisted] = cell.hoist(x)
    h = signal(2, 7, 4)
    output, _ = cell.step([hoisted[:, 3]], [h])
    expected, _ = cell(x[:, 3], [h])
    np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-6)


def test_renumbering_the_nodes_renumbers_the_state(
    directed, signal, randomise, rng
):
    cell, order = built(directed, randomise), rng.permutation(7)
    other = DCGRUCell(4, 3, directed[order][:, order])
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


@pytest.mark.parametrize("propagation", ["dense", "edges"])
@pytest.mark.parametrize("K", [1, 2, 3])
def test_the_input_is_seen_k_minus_1_edges_away_and_no_further(
    make_path, signal, randomise, propagation, K
):
    one_way = np.triu(make_path(7))
    cell = built(one_way, randomise, K=K, propagation=propagation)
    x, h = signal(1, 7, 2), np.zeros((1, 7, 4), "float32")
    changed = x.copy()
    changed[0, 3] += 1
    before, after = (np.array(cell(x, [h])[0]) for x in (x, changed))
    seen = (before != after).any(axis=(0, 2))
    assert np.flatnonzero(seen).tolist() == list(range(4 - K, 3 + K))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_the_state_in_float32(directed, signal, policy):
    cell = DCGRUCell(4, 3, directed, dtype=policy)
    output, [state] = cell(signal(2, 7, 2), cell.get_initial_state(2))
    assert ops.dtype(output) == policy.removeprefix("mixed_")
    assert ops.dtype(state) == "float32"
    # Not a rounded number that is merely stored in float32:
    rounded = ops.cast(ops.cast(state, output.dtype), "float32")
    assert np.any(np.array(state) != np.array(rounded))
