"""Features times a kernel, as one flat matrix product."""

from keras import ops


def dense_product(x, kernel):
    """`x @ kernel`: `(..., F)` and `(F, U)` to `(..., U)`.

    Flattened to two axes first: as a batched product, TensorFlow computes
    the kernel's gradient once for each entry of the batch and then sums.
    """
    flat = ops.reshape(x, (-1, x.shape[-1]))
    lead = [-1 if size is None else size for size in x.shape[:-1]]
    if lead.count(-1) > 1:
        lead = ops.shape(x)[:-1]
    return ops.reshape(ops.matmul(flat, kernel), (*lead, kernel.shape[-1]))
