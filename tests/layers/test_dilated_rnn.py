"""DilatedRNN: equation 8."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import GCGRUCell
from tests.reference import cells
from tests.reference import recurrence

STEPS_AND_SKIPS = [(1, 1), (4, 1), (1, 3), (2, 3), (4, 2), (5, 2), (7, 3)]


class Case:
    """A Keras cell, its NumPy twin, and the shape of an input step."""

    def __init__(self, kind, graph, randomise):
        if kind == "gcgru":
            self.cell = GCGRUCell(3, 2, graph)
            self.shape, sizes = (7, 2), [(7, 3)]
        else:
            make = {"lstm": keras.layers.LSTMCell, "gru": keras.layers.GRUCell}
            self.cell = make[kind](3)
            self.shape, sizes = (2,), [(3,)] * (2 if kind == "lstm" else 1)
        self.sizes = sizes
        self.cell.build((None, *self.shape))
        self.cell.built = True
        randomise(self.cell)
        weights = [ops.convert_to_numpy(w) for w in self.cell.trainable_weights]
        self.step = {
            "gcgru": lambda: cells.gcgru(graph, *weights, 2),
            "lstm": lambda: cells.lstm(*weights),
            "gru": lambda: cells.gru(*weights),
        }[kind]()


@pytest.fixture(params=["gcgru", "lstm"])
def case(request, graph, randomise):
    return Case(request.param, graph, randomise)


def as_arrays(tensors):
    return [np.array(tensor) for tensor in tensors]


@pytest.mark.parametrize("case", ["gcgru", "lstm", "gru"], indirect=True)
@pytest.mark.parametrize(("steps", "s"), STEPS_AND_SKIPS)
def test_it_equals_the_loop_over_single_steps(case, signal, steps, s):
    x = signal(2, steps, *case.shape)
    queue = [signal(2, s, *size) for size in case.sizes]
    first = [[state[:, i] for state in queue] for i in range(s)]
    rnn = DilatedRNN(case.cell, s, return_state=True)
    for options, start in (
        ({}, [[np.zeros_like(c) for c in state] for state in first]),
        ({"initial_state": queue}, first),
    ):
        expected, last = recurrence.dilated(case.step, x, start, s)
        output, *states = as_arrays(rnn(x, **options))
        np.testing.assert_allclose(output, expected, rtol=1e-4, atol=1e-5)
        assert len(states) == len(last)
        for state, value in zip(states, last, strict=True):
            np.testing.assert_allclose(state, value, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("steps", "s"), STEPS_AND_SKIPS)
def test_the_input_side_is_computed_once_and_s_steps_in_one_call(
    graph, signal, monkeypatch, steps, s
):
    hoisted, batches = [], []
    hoist, step = GCGRUCell.hoist, GCGRUCell.step

    def note_hoist(cell, inputs):
        hoisted.append(tuple(inputs.shape))
        return hoist(cell, inputs)

    def note_step(cell, parts, states):
        batches.append(parts[0].shape[0])
        return step(cell, parts, states)

    monkeypatch.setattr(GCGRUCell, "hoist", note_hoist)
    monkeypatch.setattr(GCGRUCell, "step", note_step)
    rnn = DilatedRNN(GCGRUCell(3, 2, graph), s)
    x = signal(2, steps, 7, 2)
    rnn.build(x.shape)
    rnn(x)
    assert hoisted == [(steps, 2, 7, 2)]
    rounds, rest = divmod(steps, s)
    assert batches == [2 * s] * rounds + [2 * rest] * (rest > 0)


@pytest.mark.parametrize(("steps", "s"), [(4, 1), (5, 2), (7, 3), (3, 5)])
def test_a_run_can_be_cut_anywhere(case, signal, steps, s):
    rnn = DilatedRNN(case.cell, s, return_state=True)
    x = signal(2, steps, *case.shape)
    output, *states = as_arrays(rnn(x))
    for t in range(1, steps):
        before, *queue = rnn(x[:, :t])
        after, *queue = rnn(x[:, t:], initial_state=queue)
        np.testing.assert_allclose(
            np.concatenate(as_arrays([before, after]), 1), output, atol=1e-6
        )
        for state, value in zip(as_arrays(queue), states, strict=True):
            np.testing.assert_allclose(state, value, atol=1e-6)


@pytest.mark.long_on_jax
@pytest.mark.parametrize("s", [1, 2, 3])
def test_a_step_sees_its_own_phase_and_the_past_only(case, signal, s):
    x = signal(1, 6, *case.shape)
    rnn = DilatedRNN(case.cell, s)
    base = np.array(rnn(x))
    for t in range(6):
        moved = x.copy()
        moved[:, t] += 1.0
        changed = abs(np.array(rnn(moved)) - base) > 1e-7
        changed = changed.any(axis=(0, *range(2, changed.ndim)))
        seen = [u >= t and (u - t) % s == 0 for u in range(6)]
        assert changed.tolist() == seen


@pytest.mark.parametrize(
    ("steps", "return_state"), [(5, True), (6, True), (6, False)]
)
def test_without_return_sequences_the_last_output_comes_back(
    case, signal, steps, return_state
):
    x = signal(2, steps, *case.shape)
    every = np.array(DilatedRNN(case.cell, 2)(x))
    rnn = DilatedRNN(
        case.cell, 2, return_sequences=False, return_state=return_state
    )
    last = rnn(x)[0] if return_state else rnn(x)
    np.testing.assert_allclose(last, every[:, -1], atol=1e-6)
    spec = rnn.compute_output_spec(keras.KerasTensor(x.shape))
    spec = spec[0] if return_state else spec
    assert tuple(spec.shape) == tuple(last.shape)


@pytest.mark.parametrize("s", [1, 2])
def test_mixed_precision_keeps_states_in_float32(graph, signal, s):
    policy = "mixed_bfloat16"
    for cell, shape in (
        (GCGRUCell(3, 2, graph, dtype=policy), (7, 2)),
        (keras.layers.LSTMCell(3, dtype=policy), (2,)),
    ):
        rnn = DilatedRNN(cell, s, return_state=True, dtype=policy)
        x = signal(2, 3, *shape)
        first = rnn(x)
        again = rnn(x, initial_state=first[1:])
        spec = rnn.compute_output_spec(keras.KerasTensor(x.shape))
        for tensors in (first, again, spec):
            kinds = [ops.dtype(tensor) for tensor in tensors]
            assert kinds == ["bfloat16"] + ["float32"] * (len(tensors) - 1)
        for tensor, expected in zip(first, spec, strict=True):
            assert tuple(tensor.shape) == tuple(expected.shape)


def test_dropout_in_a_cell_is_drawn_anew_in_each_run(signal):
    cell = keras.layers.GRUCell(8, dropout=0.5, recurrent_dropout=0.5)
    rnn, x = DilatedRNN(cell, 2), np.ones((2, 5, 4), "float32")
    first, second = (np.array(rnn(x, training=True)) for _ in range(2))
    assert np.any(first != second)
    quiet = [np.array(rnn(x, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*quiet)


def test_an_unknown_number_of_steps_is_refused(graph):
    rnn = DilatedRNN(GCGRUCell(3, 2, graph))
    for shape in ((None, 7, 1), (0, 7, 1)):
        with pytest.raises(ValueError, match="steps .axis 1. must be known"):
            rnn(keras.Input(shape))


@pytest.mark.parametrize(
    "shapes",
    [[(2, 3, 7, 3)], [(2, 7, 3)], [(2,)], [(4, 2, 7, 3)], [(2, 2, 7, 3)] * 2],
)
def test_states_of_another_shape_are_refused(graph, signal, shapes):
    rnn = DilatedRNN(GCGRUCell(3, 2, graph), 2)
    states = [signal(*shape) for shape in shapes]
    with pytest.raises(ValueError, match=r"expected \[\(2, 2, 7, 3\)\]"):
        rnn(signal(2, 5, 7, 1), initial_state=states)


def test_a_dilation_below_one_is_refused(graph):
    with pytest.raises(ValueError, match="`dilation` is 0.*at least 1"):
        DilatedRNN(GCGRUCell(3, 2, graph), 0)


def test_something_that_is_no_cell_is_refused():
    with pytest.raises(ValueError, match="no `get_initial_state`.*GCGRUCell"):
        DilatedRNN(keras.layers.Dense(3))
