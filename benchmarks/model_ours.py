"""A training step of a whole model, as `keras-stunet train` compiles it."""

import json

import keras
import keras_calls
from contestant import LEARNING_RATE
from contestant import Contestant as Base
from model_problem import MEAN
from model_problem import STD

from keras_stunet.models import build_model
from keras_stunet.training import Recipe
from keras_stunet.training import compile_model
from keras_stunet.training.recipe import LOSSES

# So small that rounding does not lead steps apart, as the recipe's does in a
# decoder with random weights. The work is the same.
TIMED_RATE = 1e-4
CHECKED = 4  # windows that are compared: enough, and quick for large graphs


class Contestant(Base):
    """One model; the check takes plain SGD and the recipe's loss."""

    version = staticmethod(keras_calls.version)

    def __init__(self, problem, precision, option):
        policy = "float32" if precision == "float32" else "mixed_bfloat16"
        options = json.loads(str(problem["options"]))
        if option:
            options["propagation"] = option
        self.model = build_model(
            options.pop("model"),
            problem["adjacency"],
            mean=MEAN,
            std=STD,
            dtype=policy,
            **options,
        )
        keras_calls.set_weights(self.model)
        self.problem = problem
        self.set_windows(slice(None))

    def set_windows(self, rows):
        self.batch = [
            keras.ops.convert_to_tensor(self.problem[name][rows])
            for name in ("x", "y", "mask")
            if name in self.problem
        ]

    def variants(self, work):
        compile_model(self.model, Recipe(learning_rate=TIMED_RATE), 100, STD)
        return super().variants(work)

    def check(self):
        self.set_windows(slice(CHECKED))
        rate = keras.optimizers.SGD(LEARNING_RATE)
        loss = LOSSES[Recipe.loss](STD)
        self.model.compile(rate, loss=loss)
        return super().check()

    def forward(self):
        # The recipe's loss is in standard units; so is what is compared.
        output = self.model.predict_on_batch(self.batch[0])
        return (output - MEAN) / STD

    def step(self):
        return keras_calls.train(self.model, *self.batch)

    def weights(self):
        variables = self.model.trainable_variables
        return [keras.ops.convert_to_numpy(v) for v in variables]

    def gflop(self, work):
        return keras_calls.gflop(self.model, self.batch[0], work == "step")
