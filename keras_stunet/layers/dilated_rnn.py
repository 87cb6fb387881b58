"""Dilated recurrence: every step depends on the state s steps before."""

import inspect

import keras
from keras import ops

from keras_stunet.checks import check_count


@keras.saving.register_keras_serializable(package="keras_stunet")
class DilatedRNN(keras.layers.Layer):
    """Runs a recurrent cell with dilated skip connections.

    `c_t = g(x_t, c_{t-s})` (ST-UNet, Eq. 8; Chang et al. 2017). The s
    interleaved sequences do not depend on each other, so they are folded
    into the batch and the recurrence takes `ceil(T / s)` sequential steps.
    No step is padded: a last incomplete round runs on the sequences that
    still have a step. With `dilation=1` it is a plain recurrence.

    The layer hands on the last s true states, oldest first, and takes the
    same as `initial_state`: `run(x)` equals `run(x[:t])` followed by
    `run(x[t:], state)` for all T, s and t. Without an initial state each
    interleaved sequence starts from the cell's own (zeros).

    Any Keras cell with a flat list of states will do (`keras.layers.LSTMCell`,
    whose output is not its whole state, too). A cell with the methods `hoist`
    and `step` (`GCGRUCell`) has its input side computed once for all time
    steps; one with `gates` says what else to run in its place. States are
    kept in the cell's variable dtype.

    The loop is unrolled while the graph is built, so T must be known then.

    Args:
        cell: A cell: `call(inputs, states) -> (output, states)` and
            `get_initial_state(batch_size)`.
        dilation: The skip length s, at least 1.
        return_sequences: Whether to return the outputs of all steps or of
            the last one.
        return_state: Whether to return the last s states as well.

    Call arguments:
        inputs: `(B, T, ...)`, e.g. `(B, T, N, F)` for a graph cell.
        initial_state: List of the cell's states, each with an axis of s
            states after the batch: `(B, s, N, U)` for `GCGRUCell`.
        training: Passed on to the cell where it takes it.

    Returns:
        Outputs `(B, T, N, U)`, or `(B, N, U)` without `return_sequences`;
        with `return_state`, a tuple of these and of each state.

    Raises:
        ValueError: For `dilation` below 1, unknown T, or states of another
            number than the cell has or of another length than s.

    Example: a cell that sums, `c_t = x_t + c_{t-2}`.

    >>> import numpy as np
    >>> cell = keras.layers.SimpleRNNCell(
    ...     1,
    ...     activation=None,
    ...     kernel_initializer="ones",
    ...     recurrent_initializer="ones",
    ... )
    >>> rnn = DilatedRNN(cell, dilation=2, return_state=True)
    >>> x = np.array([[[1.0], [2.0], [3.0], [4.0], [5.0]]], dtype="float32")
    >>> y, state = rnn(x)
    >>> np.array(y).ravel().tolist(), np.array(state).ravel().tolist()
    ([1.0, 2.0, 4.0, 6.0, 9.0], [6.0, 9.0])
    """

    def __init__(
        self,
        cell,
        dilation=1,
        return_sequences=True,
        return_state=False,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        for needed in ("call", "get_initial_state"):
            if not hasattr(cell, needed):
                raise ValueError(
                    f"`cell` is {cell!r} and has no `{needed}`; expected a "
                    "recurrent cell such as GCGRUCell."
                )
        self.cell = cell
        self.dilation = check_count("dilation", dilation, 1)
        self.return_sequences = return_sequences
        self.return_state = return_state

    def build(self, inputs_shape, initial_state_shape=None):
        if not self.cell.built:
            self.cell.build((inputs_shape[0], *inputs_shape[2:]))
            self.cell.built = True

    def call(self, inputs, initial_state=None, training=None):
        s = self.dilation
        self._check_steps(inputs.shape)
        batch = ops.shape(inputs)[0]
        states = self._first_states(batch, initial_state)  # (B, s, ...) each
        cell = self.cell.gates() if hasattr(self.cell, "gates") else self.cell
        # (T, B, ...): a step is one piece of memory; or (N, T, B, ...).
        time, enter, leave = 0, _swap, _swap
        if hasattr(cell, "enter"):
            time, enter, leave = 1, cell.enter, cell.leave
        inputs, states = enter(inputs), [enter(state) for state in states]
        if hasattr(cell, "hoist"):
            parts, step = cell.hoist(inputs), cell.step
        else:
            parts = [ops.cast(inputs, self.compute_dtype)]
            step = self._call_cell(training)
        rounds = zip(*(_rounds(part, s, time) for part in parts), strict=True)
        outputs = []
        for chunk in rounds:
            width = chunk[0].shape[time]  # sequences with a step to do
            if width < s:
                self._forget_dropout()  # masks of another batch size
            # Drop the oldest, append the newest: always oldest first.
            old, kept = zip(
                *(_oldest(state, width, time) for state in states), strict=True
            )
            output, new = step(
                [_fold(part, time) for part in chunk],
                [_fold(state, time) for state in old],
            )
            outputs.append(_unfold(output, width, time))  # (width, B, ...)
            states = [
                _join([*rest, _unfold(state, width, time)], time)
                for rest, state in zip(kept, new, strict=True)
            ]
        self._forget_dropout()
        if self.return_sequences:
            outputs = leave(_join(outputs, time))  # (B, T, ...)
        else:
            outputs = leave(_latest(outputs[-1], time))[:, 0]  # (B, ...)
        outputs = ops.cast(outputs, self.compute_dtype)
        if not self.return_state:
            return outputs
        return (outputs, *(leave(state) for state in states))

    def _call_cell(self, training):
        arguments = inspect.signature(self.cell.call).parameters
        options = {"training": training} if "training" in arguments else {}
        dtype = self.cell.variable_dtype

        def step(parts, states):
            output, new = self.cell(parts[0], states, **options)
            return output, [ops.cast(state, dtype) for state in new]

        return step

    def _check_steps(self, shape):
        if not shape[1]:
            raise ValueError(
                f"The input of layer {self.name!r} has shape {tuple(shape)}; "
                "the number of time steps (axis 1) must be known, and at "
                "least 1, when the layer is called."
            )

    def _forget_dropout(self):
        # Keras's cells keep their masks for all steps of a run.
        if hasattr(self.cell, "reset_dropout_mask"):
            self.cell.reset_dropout_mask()
            self.cell.reset_recurrent_dropout_mask()

    def _first_states(self, batch, initial_state):
        zeros = self.cell.get_initial_state(batch_size=batch)
        zeros = list(zeros) if isinstance(zeros, (list, tuple)) else [zeros]
        dtype = self.cell.variable_dtype
        if initial_state is None:
            zeros = [ops.expand_dims(ops.cast(z, dtype), 1) for z in zeros]
            return [ops.repeat(z, self.dilation, axis=1) for z in zeros]
        states = initial_state
        states = list(states) if isinstance(states, (list, tuple)) else [states]
        shapes = [tuple(state.shape) for state in states]
        batch = batch if isinstance(batch, int) else None
        expected = [(batch, self.dilation, *z.shape[1:]) for z in zeros]
        # A batch size that is not known yet fits any other.
        if [shape[1:] for shape in shapes] != [e[1:] for e in expected] or any(
            None not in (shape[0], batch) and shape[0] != batch
            for shape in shapes
        ):
            raise ValueError(
                f"`initial_state` has shapes {shapes}; expected {expected}: "
                f"the last {self.dilation} states, oldest first, as "
                "`return_state=True` gives them."
            )
        return [ops.cast(state, dtype) for state in states]

    def compute_output_shape(self, inputs_shape, initial_state_shape=None):
        self._check_steps(inputs_shape)
        batch = inputs_shape[0]
        size = self.cell.state_size
        sizes = size if isinstance(size, list) else [size]
        sizes = [s if isinstance(s, tuple) else (s,) for s in sizes]
        if hasattr(self.cell, "output_size"):
            output = (batch, self.cell.output_size)
        else:
            output = (batch, *sizes[0])
        if self.return_sequences:
            output = (batch, inputs_shape[1], *output[1:])
        if not self.return_state:
            return output
        states = [(batch, self.dilation, *size) for size in sizes]
        return (output, *states)

    def compute_output_spec(self, inputs, initial_state=None, training=None):
        shape = self.compute_output_shape(inputs.shape)
        output = shape[0] if self.return_state else shape
        output = keras.KerasTensor(output, dtype=self.compute_dtype)
        if not self.return_state:
            return output
        states = shape[1:]
        dtype = self.cell.variable_dtype
        return output, *(keras.KerasTensor(s, dtype=dtype) for s in states)

    def get_config(self):
        return {
            **super().get_config(),
            "cell": keras.saving.serialize_keras_object(self.cell),
            "dilation": self.dilation,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        cell = keras.saving.deserialize_keras_object(config.pop("cell"))
        return cls(cell, **config)


def _swap(x):
    # (B, T, ...) -> (T, B, ...), and back
    return ops.swapaxes(x, 0, 1)


# Below, `time` is the axis of steps, and that of the batch is the next.


def _rounds(x, s, time):
    # (T, B, ...) -> pieces (s, B, ...), the last one maybe shorter. One
    # split, not a slice each: a slice's gradient is as large as all of x.
    cuts = list(range(s, x.shape[time], s))
    return ops.split(x, cuts, axis=time) if cuts else [x]


def _fold(x, time):
    # (width, B, ...) -> (width * B, ...)
    return ops.reshape(x, (*x.shape[:time], -1, *x.shape[time + 2 :]))


def _unfold(x, width, time):
    # (width * B, ...) -> (width, B, ...)
    return ops.reshape(x, (*x.shape[:time], width, -1, *x.shape[time + 1 :]))


def _oldest(states, width, time):
    # (s, B, ...) -> the first (width, B, ...), and the rest in a list
    if width == states.shape[time]:
        return states, []
    oldest, rest = ops.split(states, [width], axis=time)
    return oldest, [rest]


def _latest(outputs, time):
    # (width, B, ...) -> the last (1, B, ...)
    width = outputs.shape[time]
    return (
        ops.split(outputs, [width - 1], axis=time)[1] if width > 1 else outputs
    )


def _join(parts, time):
    return parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=time)
