"""Gradients on whichever backend runs."""

import keras
import numpy as np
import pytest


def gradient(function, x):
    """Of a scalar function, as NumPy."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        x = tf.convert_to_tensor(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return np.array(tape.gradient(y, x))
    if backend == "jax":
        import jax

        return np.array(jax.grad(function)(x))
    if backend == "torch":
        import torch

        x = torch.tensor(x, requires_grad=True)
        return torch.autograd.grad(function(x), x)[0].numpy()
    pytest.skip(f"No gradients on backend {backend!r}.")
