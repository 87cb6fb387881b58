"""One forecast at a time: readings in, forecast out, both NumPy arrays."""

import keras
import keras_calls
import model_ours
import numpy as np
from model_problem import MEAN
from model_problem import STD


class Contestant(model_ours.Contestant):
    """The roads from a Keras model to its forecast."""

    def variants(self, work):
        x, model = self.problem["x"], self.model
        roads = {
            "predict_on_batch": model.predict_on_batch,
            "model(x)": lambda x: model(x, training=False),
        }
        compiled = keras_calls.compiled_forward
        if keras.backend.backend() == "jax":
            roads["jax.jit"] = compiled(model)
        else:
            roads["tf.function"] = compiled(model)
            roads["tf.function, XLA"] = compiled(model, xla=True)
        return {
            name: lambda road=road: np.asarray(road(x))
            for name, road in roads.items()
        }

    def check(self):
        return {
            name: {"output": (road() - MEAN) / STD}
            for name, road in self.variants("forward").items()
        }
