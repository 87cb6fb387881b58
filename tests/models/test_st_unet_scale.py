"""No array of N x N on the whole way from a sparse graph to a forecast."""

import pathlib

import keras
import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet import build_st_unet

STATUS = pathlib.Path("/proc/self/status")


def resident(key):
    for line in STATUS.read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"no {key} in {STATUS}")


def test_a_large_sparse_graph_needs_no_dense_memory():
    if keras.backend.backend() != "tensorflow":
        pytest.skip("Compiles for long; JAX's programs are read elsewhere.")
    if not STATUS.exists():
        pytest.skip("Peak memory is read from Linux' /proc.")
    nodes = 20_000  # N x N would be 1.6 GB in float32, 3.2 GB in float64
    rng = np.random.default_rng(0)
    ends = rng.integers(0, nodes, (2, 5 * nodes))
    half = sp.triu(
        sp.coo_array((np.ones(5 * nodes), tuple(ends)), (nodes, nodes)), 1
    )
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    before = resident("VmRSS")
    model = build_st_unet(
        sp.csr_array(half + half.T),
        history=2,
        horizon=1,
        units=2,
        head="direct",
    )
    y = np.asarray(model(rng.normal(size=(1, 2, nodes, 1)).astype("float32")))
    assert resident("VmHWM") - before < nodes**2 * 4 / 2
    assert y.shape == (1, 1, nodes, 1) and np.isfinite(y).all()
    assert y.std() > 0
