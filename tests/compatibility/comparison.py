"""What fixtures are compared by: digests of a series, and the machine."""

import hashlib
import platform
from pathlib import Path

import keras
import numpy as np
import scipy.sparse


def describe_series(series):
    """The fields of a `Series`: arrays as dtype, shape and digest."""
    names = ("values", "mask", "timestamps", "node_ids", "coordinates")
    arrays = {name: getattr(series, name) for name in (*names, "distances")}
    sparse = scipy.sparse.issparse(series.adjacency)
    arrays["adjacency"] = (
        series.adjacency.toarray() if sparse else series.adjacency
    )
    return {
        **{name: _describe(array) for name, array in arrays.items()},
        "sparse": sparse,
        "name": series.name,
        "utc_offset": series.utc_offset,
    }


def made_with():
    """Processor, backend and versions: the last bits depend on them."""
    backend = keras.backend.backend()
    return {
        "processor": _processor(),
        "backend": f"{backend} {__import__(backend).__version__}",
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def _describe(array):
    if array is None:
        return None
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"{array.dtype.str} {array.shape} {digest}"


def _processor():
    """Its name and what decides on the order of sums: how wide it computes."""
    info = Path("/proc/cpuinfo").read_text()
    lines = dict(
        map(str.strip, line.split(":", 1))
        for line in info.splitlines()
        if ":" in line
    )
    name = lines.get("model name", platform.machine())
    flags = lines.get("flags", "").split()
    return " ".join(
        [name, *sorted(flag for flag in flags if flag[:3] in ("avx", "amx"))]
    )
