"""Several training steps each time the program is started."""

import keras

from keras_stunet.checks import check_count
from keras_stunet.training.devices.base import OneDevice


class TensorFlowSteps(OneDevice):
    """One device that takes so many steps before it answers, as Keras does it.

    Args:
        steps: Steps a call, at least 1.
    """

    def __init__(self, steps):
        self.steps = steps

    def fit(self, model, batches, **arguments):
        model.steps_per_execution = self.steps
        super().fit(model, batches, **arguments)


def with_steps(devices, steps):
    """The devices of a training, `steps` steps a call of its program.

    Args:
        devices: What `open_devices` found.
        steps: A number, 1 for as Keras does by itself.

    Returns:
        What to train with, a `OneDevice`.

    Raises:
        ValueError: For `steps` below 1; above 1 on several devices, or on a
            backend that cannot.
    """
    check_count("steps_per_execution", steps, 1)
    if steps == 1:
        return devices
    if devices.count > 1:
        raise ValueError(
            f"`steps_per_execution` is {steps} on {devices.count} devices; "
            "expected 1 there. Leave it out, or train on one device."
        )
    backend = keras.backend.backend()
    if backend == "jax":
        from keras_stunet.training.devices.jax_steps import JaxSteps

        return JaxSteps(steps)
    if backend == "tensorflow":
        return TensorFlowSteps(steps)
    raise ValueError(
        f"`steps_per_execution` is {steps} on backend {backend!r}, which takes "
        "one step at a time; leave it out, or set KERAS_BACKEND to jax or "
        "tensorflow."
    )
