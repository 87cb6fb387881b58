"""One forecast at a time: readings in, forecast out, both NumPy arrays."""

import keras
import keras_calls
import model_ours
import numpy as np
from model_problem import MEAN
from model_problem import STD


class Contestant(model_ours.Contestant):
    """The paths from a Keras model to its forecast."""

    def variants(self, work):
        x, model = self.problem["x"], self.model
        paths = {
            "predict_on_batch": model.predict_on_batch,
            "model(x)": lambda x: model(x, training=False),
        }
        compiled = keras_calls.compiled_forward
        if keras.backend.backend() == "jax":
            paths["jax.jit"] = compiled(model)
        else:
            paths["tf.function"] = compiled(model)
            paths["tf.function, XLA"] = compiled(model, xla=True)
        return {
            name: lambda path=path: np.asarray(path(x))
            for name, path in paths.items()
        }

    def check(self):
        return {
            name: {"output": (path() - MEAN) / STD}
            for name, path in self.variants("forward").items()
        }
