"""Several training steps in one call of a compiled JAX program."""

import contextlib

import jax
import keras

from keras_stunet.data.device_batches import DeviceBatches
from keras_stunet.training.devices.base import OneDevice


class JaxSteps(OneDevice):
    """One device that takes so many steps before it answers.

    Keras's own `steps_per_execution` calls the program once a step on JAX. Here
    an item of the data is a group of batches, and the program a scan over them.
    Callbacks see groups.

    Args:
        steps: Steps a call, at least 1.
    """

    def __init__(self, steps):
        self.steps = steps

    def batches(self, windows, batch_size, **order):
        return DeviceBatches(windows, batch_size, self.steps, **order)

    def fit(self, model, batches, **arguments):
        with grouped(model, batches.batch_size):
            super().fit(model, batches, **arguments)


@contextlib.contextmanager
def grouped(model, batch_size):
    """Context in which the steps of a model are taken over groups of batches.

    Args:
        model: A compiled model.
        batch_size: Rows of a batch.
    """
    # As attributes of this one model; Keras keeps what it has compiled.
    names = ("train_step", "test_step")
    for name in names:
        setattr(model, name, over_group(getattr(model, name), batch_size))
    model.train_function = model.test_function = None
    try:
        yield
    finally:
        for name in names:
            delattr(model, name)
        model.train_function = model.test_function = None


def over_group(step, batch_size):
    """Take a step on each batch of a group, or on data of one batch.

    Args:
        step: A step of Keras on JAX, `(state, data) -> (logs, state)`.
        batch_size: Rows of a batch.

    Returns:
        Such a step on a group of batches joined along their rows; its logs
        are those of the last batch.
    """

    def steps(state, data):
        size = keras.tree.flatten(data)[0].shape[0]
        if size <= batch_size:
            return step(state, data)

        def cut(x):
            return x.reshape(-1, batch_size, *x.shape[1:])

        def one(state, batch):
            logs, state = step(state, batch)
            return state, logs

        state, logs = jax.lax.scan(one, state, jax.tree.map(cut, data))
        return jax.tree.map(lambda log: log[-1], logs), state

    return steps
