"""STPool: section 3.2's pooling and dilation, composed."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import GCGRUCell
from keras_stunet.layers import STPool
from tests.reference import cells
from tests.reference import pooling
from tests.reference import recurrence


def built(groups, randomise, s=2, reduce="mean", **options):
    cell = GCGRUCell(3, 2, groups.adjacency)
    layer = STPool(cell, groups, s, reduce, return_state=True, **options)
    layer.build((None, 5, 7, 2))
    randomise(layer)
    return layer


def expected_of(layer, groups, x, queue, s, reduce="mean"):
    weights = [ops.convert_to_numpy(w) for w in layer.trainable_weights]
    step = cells.gcgru(groups.adjacency, *weights, 2)
    first = [[queue[:, i]] for i in range(s)]
    pooled = pooling.pool(x, groups.labels, reduce)
    return recurrence.dilated(step, pooled, first, s)


@pytest.mark.parametrize("reduce", ["mean", "max"])
@pytest.mark.parametrize("s", [1, 2, 3])
def test_it_pools_each_step_and_then_runs_the_dilated_loop(
    groups, signal, randomise, reduce, s
):
    layer, x = built(groups, randomise, s, reduce), signal(2, 5, 7, 2)
    for queue in (np.zeros((2, s, 4, 3), "float32"), signal(2, s, 4, 3)):
        y, state = layer(x, initial_state=queue)
        expected, [last] = expected_of(layer, groups, x, queue, s, reduce)
        assert y.shape == (2, 5, 4, 3)
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(state, last, rtol=1e-4, atol=1e-5)


def test_steps_one_at_a_time_equal_the_whole_run(groups, signal, randomise):
    layer, x = built(groups, randomise), signal(2, 5, 7, 2)
    whole, last = (np.array(part) for part in layer(x))
    state, outputs = None, []
    for t in range(5):
        y, state = layer(x[:, t : t + 1], initial_state=state)
        outputs.append(np.array(y))
    np.testing.assert_allclose(np.concatenate(outputs, 1), whole, atol=1e-6)
    np.testing.assert_allclose(state, last, atol=1e-6)


def test_without_return_state_the_outputs_come_alone(groups, signal):
    layer = STPool(GCGRUCell(3, 2, groups.adjacency), groups)
    assert tuple(layer(signal(2, 5, 7, 2)).shape) == (2, 5, 4, 3)


def test_it_works_inside_a_functional_model_with_states(groups, signal):
    inputs, queue = keras.Input((5, 7, 2)), keras.Input((2, 4, 3))
    cell = GCGRUCell(3, 2, groups.adjacency)
    layer = STPool(cell, groups, return_state=True)
    model = keras.Model([inputs, queue], layer(inputs, initial_state=queue))
    x, h = signal(3, 5, 7, 2), signal(3, 2, 4, 3)
    for found, expected in zip(
        model.predict([x, h], verbose=0),
        layer(x, initial_state=h),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_cell_on_another_graph_is_refused(graph, groups, signal):
    layer = STPool(GCGRUCell(3, 2, graph), groups)
    with pytest.raises(ValueError, match="so 4 nodes .*its graph has 7"):
        layer(signal(2, 5, 7, 2))


def test_bad_arguments_are_refused_by_name(groups):
    cell = GCGRUCell(3, 2, groups.adjacency)
    with pytest.raises(ValueError, match="`reduce` is 'sum'"):
        STPool(cell, groups, reduce="sum")
    with pytest.raises(ValueError, match="is 0; expected an integer of at"):
        STPool(cell, groups, s=0)
    with pytest.raises(ValueError, match="`partition`.*got neither"):
        STPool(cell)
