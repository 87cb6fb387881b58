"""A learning rate that rises before it follows its schedule."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="keras_stunet")
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """`rate(i) = schedule(i) min(1, (i + 1) / steps)` at step i = 0, 1, ...

    Goyal et al. 2017, section 2.2: the first steps go from random weights,
    where a full step may lead anywhere.

    Args:
        schedule: Schedule that is followed after `steps` steps.
        steps: Steps of the rise, at least 1.
    """

    def __init__(self, schedule, steps):
        self.schedule = schedule
        self.steps = steps

    def __call__(self, step):
        share = (ops.cast(step, "float32") + 1) / self.steps
        return self.schedule(step) * ops.minimum(share, 1.0)

    def get_config(self):
        schedule = keras.saving.serialize_keras_object(self.schedule)
        return {"schedule": schedule, "steps": self.steps}

    @classmethod
    def from_config(cls, config):
        schedule = keras.saving.deserialize_keras_object(config["schedule"])
        return cls(schedule, config["steps"])
