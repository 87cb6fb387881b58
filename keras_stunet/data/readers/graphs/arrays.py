"""Graphs written as arrays: npy, npz, and pickles of DCRNN."""

import numpy as np
import scipy.sparse as sp

from keras_stunet.data.readers.array_files import read_arrays
from keras_stunet.data.readers.graphs.graph_file import GraphFile
from keras_stunet.data.readers.graphs.graph_file import agreed
from keras_stunet.data.readers.graphs.matrices import check_matrix
from keras_stunet.data.readers.graphs.matrices import pick
from keras_stunet.data.readers.graphs.matrices import warn_of_one_way
from keras_stunet.data.readers.graphs.pickles import read_pickled_graph
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.series import Series

_ARRAY_KINDS = {
    "adjacency": "weights",
    "weights": "weights",
    "distances": "distances",
    "coordinates": "coordinates",
}


def read_graph_arrays(path, node_ids, kind):
    """The `GraphFile` of an npy or npz file; see `read_graph`."""
    arrays = read_arrays(path)
    if "format" in arrays and "shape" in arrays:
        arrays = {"": _sparse(path, arrays)}
    elif "format" in arrays:
        series = Series.load(path)
        arrays = {"adjacency": series.adjacency, "node_ids": series.node_ids}
    found = [key for key in arrays if key in _ARRAY_KINDS]
    if "" in arrays:
        key, said = "", None
        if arrays[""].dtype == bool:
            said = "weights"
    elif len(found) == 1:
        key, said = found[0], _ARRAY_KINDS[found[0]]
    else:
        raise ValueError(
            f"{path} has {', '.join(arrays) or 'nothing'}; expected just one "
            f"of {', '.join(_ARRAY_KINDS)}, and `node_ids` if it has names."
        )
    content, ids = arrays[key], arrays.get("node_ids")
    places = said == "coordinates"
    n = len(node_ids) if ids is None else len(ids)
    if content.dtype.kind not in "biuf" or content.shape != (
        n,
        2 if places else n,
    ):
        raise ValueError(
            f"{path}: the array has shape {content.shape} and dtype "
            f"{content.dtype}; expected numbers "
            f"{(n, 2) if places else (n, n)} for {n} sensors."
        )
    content = content.astype("float64")
    if not places or kind is not None:
        kind = agreed(path, said, kind, f"its key {key!r}" if key else "dtype")
    if ids is not None:
        ids = check_headings(path, ids.astype(str).tolist(), "row")
        columns = None if places else ids
        content = pick(path, content, node_ids, ids, "row", columns)
    named = ids is not None
    if places:
        return GraphFile("coordinates", "coordinates", content, named)
    if sp.issparse(content):
        # Never made dense: such a graph may have any number of sensors.
        content = _checked_sparse(path, content, kind)
        return GraphFile("edge list", kind, content, named)
    content = check_matrix(path, content, node_ids, kind)
    return GraphFile("matrix", kind, content, named)


def _sparse(path, arrays):
    """The matrix that `scipy.sparse.save_npz` wrote."""
    try:
        form = arrays["format"].item()
        form = form.decode() if isinstance(form, bytes) else str(form)
        shape = tuple(int(size) for size in arrays["shape"])
        if form in ("csr", "csc"):
            parts = tuple(arrays[key] for key in ("data", "indices", "indptr"))
            make = sp.csr_array if form == "csr" else sp.csc_array
            matrix = make(parts, shape)
            matrix.check_format()
        elif form == "coo" and "row" in arrays:
            ends = arrays["row"], arrays["col"]
            matrix = sp.coo_array((arrays["data"], ends), shape)
        elif form == "coo":
            ends = tuple(arrays["coords"])
            matrix = sp.coo_array((arrays["data"], ends), shape)
        else:
            raise ValueError(f"it has the form {form!r}")
        return sp.csr_array(matrix)
    # A damaged one raises what it likes.
    except Exception as error:
        raise ValueError(
            f"{path} could not be read as a sparse matrix: {error}. Write it "
            "with `scipy.sparse.save_npz`, in the form csr, csc or coo."
        ) from error


def _checked_sparse(path, content, kind):
    content = sp.csr_array(content)
    content.sum_duplicates()
    stored = content.tocoo()
    off = stored.row != stored.col
    if kind == "weights":
        off &= stored.data != 0
    else:
        off |= stored.data == 0  # a distance of 0 to itself is listed
    bad = ~np.isfinite(stored.data) | (stored.data < 0)
    if bad.any():
        at = int(bad.argmax())
        raise ValueError(
            f"{path}: the {kind.removesuffix('s')} in row "
            f"{int(stored.row[at])}, column {int(stored.col[at])} (from 0) is "
            f"{stored.data[at]:g}; expected numbers of 0 or more. Correct it."
        )
    ends = stored.row[off], stored.col[off]
    content = sp.csr_array((stored.data[off], ends), content.shape)
    joined = content.astype(bool)
    joined.data[:] = True
    joined.setdiag(False)
    warn_of_one_way(path, joined)
    return content


def from_pickle(path, node_ids, kind):
    """The `GraphFile` of a pickle; see `read_graph`."""
    ids, content = read_pickled_graph(path)
    if ids is None:
        n = len(node_ids)
        if content.shape != (n, n):
            raise ValueError(
                f"{path}: the array has shape {content.shape}; expected "
                f"{(n, n)} for {n} sensors."
            )
        kind = agreed(path, None, kind, "it")
    else:
        kind = agreed(path, "weights", kind, "a pickle of DCRNN")
        ids = check_headings(path, ids, "row")
        content = pick(path, content, node_ids, ids, "row", ids)
    content = check_matrix(path, content, node_ids, kind)
    return GraphFile("matrix", kind, content, named=ids is not None)
