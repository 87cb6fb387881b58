"""Products along neighbour lists against SciPy's, values and gradients."""

import itertools

import keras
import numpy as np
import pytest
import scipy.sparse as sp
from keras import ops

from keras_stunet.layers import neighbour_lists
from keras_stunet.layers.neighbour_lists import BLOCK_COST
from keras_stunet.layers.neighbour_lists import choose_widths
from keras_stunet.layers.neighbour_lists import make_lists
from keras_stunet.layers.neighbour_lists import multiply


def directed_matrix(nodes=60, hub=50):
    """Short rows, empty rows, and one row longer than any unrolled list."""
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(nodes, nodes)) * (rng.random((nodes, nodes)) < 0.1)
    dense[7] = 0.0
    dense[3, :hub] = rng.normal(size=hub)
    return sp.csr_array(dense)


def as_tensors(matrix):
    values, blocks = make_lists(matrix)
    parts = [
        ops.convert_to_tensor(values[name])
        for name in ("source", "weight", "place")
    ]
    return (*parts, tuple(map(tuple, blocks)))


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(neighbour_lists, "PIECE", 32)
    monkeypatch.setattr(neighbour_lists, "PIECES", 1000)
    neighbour_lists._traced_multiply.cache_clear()
    yield
    neighbour_lists._traced_multiply.cache_clear()


@pytest.mark.long_on_jax
def test_large_lists_are_cut_in_few_pieces(monkeypatch, signal):
    # Each piece is a few operations; a hundred of them took minutes to trace.
    monkeypatch.setattr(neighbour_lists, "PIECE", 4)
    monkeypatch.setattr(neighbour_lists, "PIECES", 8)
    source, weight, _, blocks = as_tensors(directed_matrix())
    slots = sum(rows * width for rows, width in blocks)
    assert slots // 4 > 50
    gathers = []
    take = ops.take
    monkeypatch.setattr(
        neighbour_lists.ops,
        "take",
        lambda *args, **kwargs: gathers.append(args) or take(*args, **kwargs),
    )
    x = ops.convert_to_tensor(signal(60, 2))
    place = ops.convert_to_tensor(np.arange(60, dtype="int32"))
    neighbour_lists._multiply(x, source, weight, place, blocks)
    if keras.backend.backend() != "jax":  # slot by slot there
        # One gather brings the nodes back into order.
        assert len(gathers) <= 8 + 2 * len(blocks) + 1


@pytest.mark.parametrize("lead", [(), (2, 3)])
def test_products_are_those_of_the_matrix(signal, lead, small_pieces):
    matrix, x = directed_matrix(), signal(60, *lead, 2)
    lists = as_tensors(matrix)
    assert max(width for _, width in lists[3]) == 64  # the hub's, a loop's
    assert len(lists[3]) > 1
    y = multiply(ops.convert_to_tensor(x), lists, as_tensors(matrix.T))
    expected = np.einsum("ij,j...->i...", matrix.toarray(), x)
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_gradients_are_products_with_the_transpose(signal, gradient_of):
    matrix, x, above = directed_matrix(), signal(60, 2), signal(60, 2)
    forward, backward = as_tensors(matrix), as_tensors(matrix.T)

    def weighted(x):
        return ops.sum(multiply(x, forward, backward) * above)

    found = gradient_of(weighted, x)
    np.testing.assert_allclose(found, matrix.T @ above, rtol=1e-4, atol=1e-5)
    again = gradient_of(
        lambda x: ops.sum(ops.square(multiply(x, forward, backward))), x
    )
    expected = 2 * matrix.T @ (matrix @ x)
    np.testing.assert_allclose(again, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_sums_in_full(signal, dtype):
    # 60 terms of size 1 summed in bfloat16 would be off by some 0.2.
    matrix = sp.csr_array(np.ones((60, 60)))
    x = ops.cast(np.linspace(0.9, 1.1, 60, dtype="float32")[:, None], dtype)
    lists = as_tensors(matrix)
    y = multiply(x, lists, lists)
    assert keras.backend.standardize_dtype(y.dtype) == dtype
    total = np.array(ops.cast(x, "float32"), "float64").sum()
    y = np.array(ops.cast(y, "float32"))
    np.testing.assert_allclose(y, total, rtol=2**-8)


def test_every_entry_is_in_the_list_of_its_row():
    matrix = directed_matrix()
    values, blocks = make_lists(matrix)
    assert sum(rows for rows, _ in blocks) == 60
    rebuilt, start, lists = np.zeros((60, 60)), 0, []
    for rows, width in blocks:
        for _ in range(rows):
            piece = slice(start, start + width)
            lists.append((values["source"][piece], values["weight"][piece]))
            start += width
    assert start == len(values["source"]) == len(values["weight"])
    for node, place in enumerate(values["place"]):
        np.add.at(rebuilt[node], *lists[place])
    np.testing.assert_array_equal(rebuilt, matrix.toarray().astype("float32"))


def test_widths_are_the_best_of_all_choices():
    rng = np.random.default_rng(0)
    for trial in range(40):
        degree = rng.integers(0, 12, size=4 + 3 * trial)
        usable = sorted(set(np.maximum(degree, 1).tolist()))

        def cost(widths, degree=degree):
            padded = np.asarray(widths)[np.searchsorted(widths, degree)]
            return padded.sum() + BLOCK_COST * len(degree) * len(widths)

        choices = (
            [*some, usable[-1]]
            for size in range(len(usable))
            for some in itertools.combinations(usable[:-1], size)
        )
        assert cost(choose_widths(degree)) == min(map(cost, choices))


def test_a_hub_does_not_lengthen_other_lists():
    # 100,000 nodes of degree 3 and a hub of degree 100,000.
    degree = np.full(100_000, 3)
    degree[5] = 100_000
    assert choose_widths(degree) == [3, 16 * 2**13]


def test_no_backend_scatters(signal):
    if keras.backend.backend() != "jax":
        pytest.skip("The program can be printed on JAX.")
    import jax

    lists = as_tensors(directed_matrix())
    x = ops.convert_to_tensor(signal(60, 2))

    def loss(x):
        return ops.sum(multiply(x, lists, lists) ** 2)

    assert "scatter" not in str(jax.make_jaxpr(jax.grad(loss))(x))
