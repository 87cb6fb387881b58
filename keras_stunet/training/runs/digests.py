"""Check sums of series and of the files that they came from."""

import hashlib
import os
from pathlib import Path

import numpy as np
import scipy.sparse


def series_sha256(series):
    """Check sum of all that a forecast can depend on, the same everywhere."""
    present = series.mask
    if present is None:
        present = np.ones(series.values.shape, bool)
    graph = scipy.sparse.csr_array(
        series.adjacency, dtype=np.float64, copy=True
    )
    graph.sum_duplicates()
    graph.eliminate_zeros()
    parts = [
        np.where(present, series.values, np.float32(0)),
        present,
        graph.data,
        graph.indices.astype(np.int64),
        graph.indptr.astype(np.int64),
    ]
    if series.timestamps is not None:
        parts.append(series.timestamps.astype(np.int64))
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{part.dtype.str}{part.shape}".encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    if series.node_ids is not None:
        digest.update("\n".join(series.node_ids).encode())
    if series.num_measurements > 1:  # targets are chosen by name
        digest.update("\n".join(series.measurement_names).encode())
    known = {
        name: column[: series.num_steps]
        for name, column in (series.covariates or {}).items()
    }
    for name, column in (known | (series.static or {})).items():
        digest.update(f"{name}{column.dtype.kind}{column.shape}".encode())
        if column.dtype.kind == "U":
            column = np.char.encode(column, "utf-8")
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def described_files(files):
    """Files by what they hold, with digests, for `config.json`.

    Args:
        files: A dict of paths, of lists and dicts of paths; what is no path of
            a file in it stays as it is.

    Returns:
        A dict, with the name and the SHA-256 in place of each path.
    """
    return {key: _described(path) for key, path in files.items()}


def _described(path):
    if isinstance(path, dict):
        return described_files(path)
    if isinstance(path, list):
        return [_described(one) for one in path]
    if not isinstance(path, (str, os.PathLike)) or not Path(path).is_file():
        return path
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": os.fspath(path), "sha256": digest}
