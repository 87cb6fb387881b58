"""check_adjacency and the small checks beside it."""

import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.graph import check_adjacency
from keras_stunet.graph.checks import check_square
from keras_stunet.graph.checks import without_self_loops

KINDS = [np.array, sp.csr_array, sp.csr_matrix, sp.coo_array, sp.csc_array]
PAIR = [[0.0, 2.0], [2.0, 0.0]]


def dense(matrix):
    return matrix.toarray() if sp.issparse(matrix) else matrix


@pytest.mark.parametrize("kind", KINDS)
def test_values_and_kind_are_kept(kind):
    given = kind(PAIR)
    checked = check_adjacency(given)
    np.testing.assert_array_equal(dense(checked), PAIR)
    if sp.issparse(given):
        assert isinstance(checked, sp.csr_array)
    else:
        assert isinstance(checked, np.ndarray)


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float32"])
def test_any_real_dtype_becomes_float64(dtype):
    given = np.array([[0, 1], [1, 0]], dtype)
    for checked in check_adjacency(given), check_adjacency(sp.coo_array(given)):
        assert checked.dtype == "float64"
        np.testing.assert_array_equal(dense(checked), [[0, 1], [1, 0]])


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
def test_the_answer_is_a_copy(kind):
    given = kind(PAIR)
    checked = check_adjacency(given)
    checked[0, 1] = 7.0
    np.testing.assert_array_equal(dense(given), PAIR)


def test_stored_zeros_are_no_edges():
    given = sp.csr_array(np.array([[1.0, 2.0], [2.0, 0.0]]))
    given.data[0] = 0.0
    assert check_adjacency(given).nnz == 2
    assert given.nnz == 3  # the input keeps its stored zero


def test_rounding_asymmetry_is_averaged_away():
    given = np.array(PAIR)
    given[0, 1] += 2e-7
    for kind in np.array, sp.csr_array:
        checked = check_adjacency(kind(given))
        if sp.issparse(checked):
            assert isinstance(checked, sp.csr_array)
        checked = dense(checked)
        np.testing.assert_allclose(checked[0, 1], 2.0 + 1e-7, rtol=1e-15)
        assert checked[0, 1] == checked[1, 0]


def test_a_directed_graph_passes_where_direction_is_allowed():
    checked = check_adjacency([[0, 1], [0, 0]], symmetric=False)
    np.testing.assert_array_equal(checked, [[0, 1], [0, 0]])


def test_a_mask_is_not_lost():
    hidden = np.ma.masked_equal([[0, 5], [5, 0]], 5)
    with pytest.raises(ValueError, match="masked array that hides 2 entries"):
        check_adjacency(hidden)
    check_adjacency(np.ma.array([[0, 5], [5, 0]]))


def test_a_graph_without_edges_is_one():
    np.testing.assert_array_equal(
        check_adjacency(np.zeros((2, 2))), np.zeros((2, 2))
    )
    assert check_adjacency(sp.csr_array((2, 2))).nnz == 0


@pytest.mark.parametrize("kind", [np.array, sp.csr_array])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], r"shape \(2, 3\).*square"),
        ([[0.0, np.nan], [np.nan, 0.0]], "2 NaN.*Write 0"),
        ([[0.0, np.inf], [np.inf, 0.0]], "2 infinite.*gaussian_adjacency"),
        ([[0.0, -3.0], [-3.0, 0.0]], r"negative.*lowest -3\).*clip"),
        (
            [[0.0, 3.0, 0.0], [3.0, 0.0, 5.0], [0.0, 4.0, 0.0]],
            r'\(1, 2\) is 5 and entry \(2, 1\) is 4.*symmetrise\(adj, "max"\)',
        ),
        ([[0j, 1j], [1j, 0j]], "dtype complex128.*expected real"),
    ],
)
def test_a_bad_adjacency_is_named(kind, bad, message):
    with pytest.raises(ValueError, match=message):
        check_adjacency(kind(bad))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros(3), r"shape \(3,\)"),
        (np.zeros((0, 0)), r"shape \(0, 0\).*N >= 1"),
        (np.zeros((1, 2, 2)), r"shape \(1, 2, 2\)"),
        ([["a", "b"], ["c", "d"]], "dtype <U1"),
        ([[0, 1], [1]], "rows of unequal length"),
    ],
)
def test_what_is_no_matrix_is_named(bad, message):
    with pytest.raises(ValueError, match=f"The map has .*{message}"):
        check_square(bad, "map")


def test_self_loops_are_removed_from_both_kinds():
    given = np.array([[5.0, 1.0], [1.0, 0.0]])
    np.testing.assert_array_equal(
        without_self_loops(given.copy()), [[0, 1], [1, 0]]
    )
    sparse = without_self_loops(sp.csr_array(given))
    np.testing.assert_array_equal(sparse.toarray(), [[0, 1], [1, 0]])
    assert sparse.nnz == 2


def test_an_unknown_choice_names_the_nearest():
    with pytest.raises(ValueError, match=r"`method` is 'GPAA'.*mean 'gpa'\?"):
        check_choice("method", "GPAA", ("pga", "gpa", "exact"))


@pytest.mark.parametrize("bad", [0, -1, 1.0, True, np.True_, "2", None])
def test_what_is_no_count_is_named(bad):
    with pytest.raises(
        ValueError, match="`K` is.*expected an integer of at least 1"
    ):
        check_count("K", bad, minimum=1)


@pytest.mark.parametrize("good", [1, np.int64(1), np.uint8(1)])
def test_any_integer_is_a_count(good):
    assert type(check_count("K", good, minimum=1)) is int
