"""STUnpool: section 3.3's upsampling, skip and plain recurrence, composed."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import GCGRUCell
from keras_stunet.layers import STUnpool
from tests.reference import cells
from tests.reference import pooling
from tests.reference import recurrence


def built(graph, groups, randomise, upsampling="copy", **options):
    cell = GCGRUCell(3, 2, graph)
    layer = STUnpool(cell, groups, upsampling, return_state=True, **options)
    layer.build([(None, 5, 4, 2), (None, 5, 7, 1)])
    randomise(layer)
    return layer


def expected_of(layer, graph, groups, coarse, skip, state):
    labels, unpool = groups.labels, layer.unpool
    if layer.unpool.upsampling == "copy":
        up = pooling.copy(coarse, labels)
    else:
        kernel, bias = (
            ops.convert_to_numpy(w) for w in (unpool.kernel, unpool.bias)
        )
        taps = kernel.reshape(2, 3, 2).transpose(1, 0, 2)
        up = pooling.ordered(coarse, graph, labels, taps, bias.reshape(3, 2))
    weights = [ops.convert_to_numpy(w) for w in layer.rnn.trainable_weights]
    merged = np.concatenate([up, skip], axis=-1)
    step = cells.gcgru(graph, *weights, 2)
    return recurrence.dilated(step, merged, [[state[:, 0]]], 1)


@pytest.mark.parametrize("upsampling", ["copy", "ordered"])
def test_it_unpools_joins_the_skip_and_runs_the_plain_loop(
    graph, groups, signal, randomise, upsampling
):
    layer = built(graph, groups, randomise, upsampling)
    coarse, skip = signal(2, 5, 4, 2), signal(2, 5, 7, 1)
    for start in (np.zeros((2, 1, 7, 3), "float32"), signal(2, 1, 7, 3)):
        y, state = layer([coarse, skip], initial_state=start)
        expected, [last] = expected_of(
            layer, graph, groups, coarse, skip, start
        )
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(state, last, rtol=1e-4, atol=1e-5)


def test_steps_one_at_a_time_equal_the_whole_run(
    graph, groups, signal, randomise
):
    layer = built(graph, groups, randomise)
    coarse, skip = signal(2, 5, 4, 2), signal(2, 5, 7, 1)
    whole, last = (np.array(part) for part in layer([coarse, skip]))
    state, outputs = None, []
    for t in range(5):
        now = slice(t, t + 1)
        y, state = layer([coarse[:, now], skip[:, now]], initial_state=state)
        outputs.append(np.array(y))
    np.testing.assert_allclose(np.concatenate(outputs, 1), whole, atol=1e-6)
    np.testing.assert_allclose(state, last, atol=1e-6)


def test_the_last_step_alone_can_come_back(graph, groups, signal, randomise):
    layer = built(graph, groups, randomise)
    inputs = [signal(2, 5, 4, 2), signal(2, 5, 7, 1)]
    last = STUnpool(layer.rnn.cell, groups, return_sequences=False)
    every, _ = layer(inputs)
    np.testing.assert_allclose(last(inputs), every[:, -1], atol=1e-6)


def test_inputs_that_do_not_belong_together_are_refused(graph, groups, signal):
    for skip in ((2, 4, 7, 1), (3, 5, 7, 1), (2, 5, 6, 1)):
        layer = STUnpool(GCGRUCell(3, 2, graph), groups)
        with pytest.raises(ValueError, match=r"skip of shape \(2, 5, 7, None"):
            layer([signal(2, 5, 4, 2), signal(*skip)])
    with pytest.raises(ValueError, match="so 7 super nodes .*graph has 4"):
        layer([signal(2, 5, 7, 2), signal(2, 5, 7, 1)])
    with pytest.raises(ValueError, match=r"skip of shape \(None, 5, 7, None"):
        layer([keras.Input((5, 4, 2)), keras.Input((4, 7, 1))])


def test_bad_arguments_are_refused_by_name(graph, groups):
    cell = GCGRUCell(3, 2, graph)
    with pytest.raises(ValueError, match="`upsampling` is 'wieghted'.*weigh"):
        STUnpool(cell, groups, "wieghted")
    with pytest.raises(ValueError, match="`partition`.*got neither"):
        STUnpool(cell)
