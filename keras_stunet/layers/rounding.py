"""Products in bfloat16 whose sums are wide, on processors without it too."""

import functools

import keras
from keras import ops


def matrix_product(a, b):
    """`a @ b`, as `keras.ops.matmul`, rounded to the nearest; see `product`."""
    return product(ops.matmul, a, b)


def product(function, *tensors):
    """`function(*tensors)`, a product that is summed up wide and rounded once.

    Backends do so by themselves, but for TensorFlow in bfloat16 on a processor
    that oneDNN has no bfloat16 for, as one with AVX2 alone. Its matrix product
    there sums up in float32 and cuts the lower half off: every entry comes out
    too small, by up to 2^-7 of its size. Its convolution's gradient is summed
    up in bfloat16 and wrong by much more. So there `function` gets float32;
    TensorFlow would make that of the numbers itself.

    Args:
        function: `keras.ops.matmul` or `keras.ops.conv`, say.
        *tensors: What it multiplies, all of one dtype.

    Returns:
        What `function` returns, in the dtype of `tensors`.
    """
    half = all(ops.dtype(tensor) == "bfloat16" for tensor in tensors)
    if not half or not _cuts_off():
        return function(*tensors)
    wide = [ops.cast(tensor, "float32") for tensor in tensors]
    return ops.cast(function(*wide), "bfloat16")


@functools.cache
def _cuts_off():
    """Whether the backend's products in bfloat16 are cut off, not rounded."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    # 1 + 0.75 * 2^-7 lies between two numbers, nearer to the upper one. The
    # answer is wanted now, also while a program is being made.
    with tf.init_scope():
        row = ops.ones((1, 2), "bfloat16")
        column = ops.cast([[1.0], [0.75 * 2**-7]], "bfloat16")
        return float(ops.matmul(row, column)[0, 0]) == 1.0
