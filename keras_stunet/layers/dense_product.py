"""Features times a kernel, as one flat matrix product, and a bias."""

import keras
from keras import ops

from keras_stunet.layers.rounding import matrix_product


def dense_product(x, kernel):
    """`x @ kernel`: `(..., F)` and `(F, U)` to `(..., U)`.

    Flattened to two axes first: as a batched product, TensorFlow computes
    the kernel's gradient once for each entry of the batch and then sums.
    """
    flat = ops.reshape(x, (-1, x.shape[-1]))
    lead = [-1 if size is None else size for size in x.shape[:-1]]
    if lead.count(-1) > 1:
        lead = ops.shape(x)[:-1]
    return ops.reshape(matrix_product(flat, kernel), (*lead, kernel.shape[-1]))


def add_bias(y, bias):
    """`y + bias`: `(..., U)` and `(U,)`, or `(N, U)`, to `(..., U)`.

    The bias's gradient is a sum over all other axes, in a batch of many nodes
    over tens of thousands of rows. In bfloat16 it stops to grow long before.
    XLA adds up what it is given, so on JAX it is given float32, which it
    fuses away; TensorFlow's and PyTorch's sums are wide by themselves, but
    not that of `BiasAdd`, which Keras's own `ops.add` calls on TensorFlow.
    """
    if keras.backend.backend() == "jax":
        wide = ops.cast(y, "float32") + ops.cast(bias, "float32")
        return ops.cast(wide, y.dtype)
    return y + bias
