"""A fixed sparse matrix times a signal, as gathers along neighbour lists.

A sum over edges by scattering is slow on every backend: rows are added one
after the other, and the messages of all edges lie in memory in between. Here
each node has the list of its neighbours instead, padded to one of a few
widths, and gathers. The gradient is a product with the transposed matrix and
so gathers as well; nothing is kept for it.
"""

import functools

import keras
import numpy as np
import scipy.sparse as sp
from keras import ops

from keras_stunet.layers.rounding import matrix_product

# One more block of lists costs about as much as this many slots a node, in
# operations and in time to compile them.
BLOCK_COST = 2
# Lists up to here are of any width and unrolled where slots are fused; longer
# ones are of 2, 4, 8 ... times this width.
UNROLLED = 16
# Where they are not fused, messages of about so many slots are in memory at a
# time: those of all would be the peak of a training step, and slower. Very
# large graphs have `PIECES` larger pieces: each is several operations.
PIECE = 2**14
PIECES = 8


def make_lists(matrix):
    """Returns the neighbour lists of a sparse matrix.

    The lists of similar length make one block and are padded to its width;
    `choose_widths` says which widths there are.

    Args:
        matrix: `(N, N)` `scipy.sparse` matrix.

    Returns:
        `(values, blocks)`: a dict with `source` `(S,)`, the columns of block
        after block, row by row, and their `weight` `(S,)`, 0 in a padded
        slot; `place` `(N,)`, where each node stands in the order of the
        blocks. `blocks` is a list of `[rows, width]`, whose products sum to
        S, and as plain integers fit for a config.
    """
    matrix = sp.csr_array(matrix)
    matrix.sort_indices()
    nodes = matrix.shape[0]
    degree = np.diff(matrix.indptr)
    widths = choose_widths(degree)
    kind = np.searchsorted(widths, degree)
    order = np.argsort(kind, kind="stable")  # of nodes, block by block
    place = np.empty(nodes, "int32")
    place[order] = np.arange(nodes)
    lengths = np.asarray(widths)[kind[order]]
    starts = np.cumsum(lengths) - lengths
    row = np.repeat(np.arange(nodes), degree)
    slot = starts[place[row]] + np.arange(matrix.nnz) - matrix.indptr[row]
    source = np.zeros(lengths.sum(), "int32")
    weight = np.zeros(lengths.sum(), "float32")
    source[slot], weight[slot] = matrix.indices, matrix.data
    rows = np.bincount(kind, minlength=len(widths)).tolist()
    blocks = [[int(r), int(w)] for r, w in zip(rows, widths, strict=True)]
    return {"source": source, "weight": weight, "place": place}, blocks


def choose_widths(degree):
    """Returns the widths of the blocks with the least slots in all.

    Args:
        degree: `(N,)` lengths of the lists.

    Returns:
        Increasing list of integers, the last one not below any degree.

    Example: one list of three is no reason for a block of its own.

    >>> choose_widths([2, 2, 2, 3]), choose_widths([1] * 9 + [16])
    ([3], [1, 16])
    """
    sizes = np.maximum(degree, 1)
    doublings = np.ceil(np.log2(np.maximum(sizes / UNROLLED, 1))).astype(int)
    sizes = np.where(doublings > 0, UNROLLED * 2**doublings, sizes)
    widths, counts = np.unique(sizes, return_counts=True)
    below = np.concatenate([[0], np.cumsum(counts)])  # rows of less width
    extra = BLOCK_COST * len(sizes)
    best, cut = [0], []  # the first i widths: least cost, start of last block
    for i, width in enumerate(widths):
        costs = [
            best[j] + (below[i + 1] - below[j]) * width for j in range(i + 1)
        ]
        cut.append(int(np.argmin(costs)))
        best.append(costs[cut[-1]] + extra)
    chosen, i = [], len(widths)
    while i > 0:
        chosen.append(int(widths[i - 1]))
        i = cut[i - 1]
    return chosen[::-1]


def multiply(x, lists, transposed):
    """The product of a matrix and a signal `x` `(N, ..., F)`.

    Args:
        x: `(N, ..., F)`.
        lists: `(source, weight, place, blocks)` of the matrix, the first
            three as tensors.
        transposed: Those of its transpose; `lists` where it is symmetric.

    Returns:
        `(N, ..., F)` in the dtype of `x`.
    """

    @ops.custom_gradient
    def product(x):
        def gradient(*args, upstream=None):
            # PyTorch's argument is called `upstream`; others give it alone.
            above = args[0] if upstream is None else upstream
            return multiply(above, transposed, lists)

        return _traced_multiply()(x, *lists), gradient

    return product(x)


@functools.cache
def _traced_multiply():
    # An unrolled recurrence multiplies hundreds of times; a backend that
    # makes a program of Python calls need not trace each of them anew.
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.function(_multiply)
    if keras.backend.backend() == "jax":
        import jax

        return jax.jit(_multiply, static_argnames="blocks")
    return _multiply


def _multiply(x, source, weight, place, blocks):
    dtype = x.dtype
    sizes = [rows * width for rows, width in blocks]
    piece = max(PIECE, sum(sizes) // PIECES)
    add = functools.partial(_all_slots, piece=piece)
    if keras.backend.backend() == "jax":
        # XLA makes one loop of gathers that are added one after the other,
        # and no message of an edge is ever stored. Elsewhere each gather is
        # an operation, and one for all slots is the fastest.
        add = _slot_by_slot
        x = ops.cast(x, weight.dtype)  # once: XLA would do it for each slot
    parts = [
        add(x, ops.reshape(s, block), ops.reshape(w, block))
        for s, w, block in zip(
            cut(source, sizes), cut(weight, sizes), blocks, strict=True
        )
    ]
    if len(parts) == 1:
        return ops.cast(parts[0], dtype)  # in the order of the nodes
    whole = ops.cast(ops.concatenate(parts, axis=0), dtype)
    return ops.take(whole, place, axis=0)


def cut(flat, sizes):
    """Returns the pieces of these sizes of a flat tensor."""
    ends = np.cumsum(sizes).tolist()
    return [flat[e - s : e] for e, s in zip(ends, sizes, strict=True)]


def _all_slots(x, source, weight, piece):
    rows, width = source.shape
    weight = ops.cast(weight, x.dtype)[:, None, :]  # (rows, 1, width)
    sums = []
    step = max(1, piece // width)
    for first in range(0, rows, step):
        last = min(first + step, rows)
        sent = ops.take(x, ops.reshape(source[first:last], (-1,)), axis=0)
        sent = ops.reshape(sent, (last - first, width, -1))  # messages
        sums.append(matrix_product(weight[first:last], sent)[:, 0])
    sums = sums[0] if len(sums) == 1 else ops.concatenate(sums, axis=0)
    return ops.reshape(sums, (rows, *ops.shape(x)[1:]))


def _slot_by_slot(x, source, weight):
    rows, width = source.shape
    source, weight = ops.transpose(source), ops.transpose(weight)
    column = (rows,) + (1,) * (len(x.shape) - 1)

    def add(total, source, weight):
        for slot in range(source.shape[0]):
            sent = ops.take(x, source[slot], axis=0)
            total = total + ops.reshape(weight[slot], column) * sent
        return total  # (rows, ...)

    def add_more(i, total):
        first = (i * UNROLLED, 0)
        return add(
            total,
            ops.slice(source, first, (UNROLLED, rows)),
            ops.slice(weight, first, (UNROLLED, rows)),
        )

    total = ops.zeros((rows, *x.shape[1:]), x.dtype)
    if width <= UNROLLED:
        return add(total, source, weight)
    return ops.fori_loop(0, width // UNROLLED, add_more, total)
