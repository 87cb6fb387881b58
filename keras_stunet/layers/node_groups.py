"""Sums over groups of nodes, and back: the algebra of pooling."""

from keras import ops

from keras_stunet.layers.rounding import matrix_product

# Up to this many entries a 0/1 matrix product beats gather and scatter on a
# CPU (their backward passes sort); above, memory forbids it.
DENSE_LIMIT = 2**20


def sum_groups(x, labels, num_groups):
    """Sum `x` `(..., N, F)` over the nodes of each group: `(..., N', F)`.

    `labels` `(N,)` int32 gives the group of each node.
    """
    if _fits_dense(x.shape[-2], num_groups):
        member = ops.one_hot(labels, num_groups, dtype=x.dtype)  # (N, N')
        return matrix_product(ops.transpose(member), x)
    return over_nodes_first(
        x, lambda first: ops.segment_sum(first, labels, num_groups)
    )


def spread_groups(x, labels, num_nodes):
    """Give each node its group's value: `(..., N', F)` to `(..., N, F)`."""
    if _fits_dense(num_nodes, x.shape[-2]):
        member = ops.one_hot(labels, x.shape[-2], dtype=x.dtype)  # (N, N')
        return matrix_product(member, x)
    return ops.take(x, labels, axis=-2)


def over_nodes_first(x, function):
    """Apply `function` to `x` `(..., N, F)` laid out as `(N, ..., F)`."""
    rank = len(x.shape)
    first = ops.transpose(x, (rank - 2, *range(rank - 2), rank - 1))
    back = (*range(1, rank - 1), 0, rank - 1)
    return ops.transpose(function(first), back)


def _fits_dense(num_nodes, num_groups):
    return num_nodes * num_groups <= DENSE_LIMIT
