"""The quickest way to one forecast of a small model."""

import keras
import numpy as np


def forecast(model, x):
    # JAX compiles each operation apart, where it is not given a whole program.
    jax = keras.backend.backend() == "jax"
    return model.predict(x, verbose=0) if jax else np.array(model(x))
