"""Graphs that the tests of this folder share."""

import os
from pathlib import Path

import numpy as np
import pytest

from keras_stunet.graph import gaussian_adjacency

RAW_DIR = Path(
    os.environ.get("KERAS_STUNET_RAW_DIR")
    or Path(__file__).parents[2].parent / "shared" / "data"
)


def _random_graph(seed, nodes=12, density=0.3, levels=None):
    """Symmetric weights; with `levels`, whole numbers full of ties."""
    rng = np.random.default_rng(seed)
    if levels:
        weights = rng.integers(1, levels + 1, (nodes, nodes)).astype(float)
    else:
        weights = rng.uniform(0.1, 1.0, (nodes, nodes))
    half = np.triu(weights * (rng.random((nodes, nodes)) < density), 1)
    return half + half.T


@pytest.fixture(scope="session")
def random_graph():
    return _random_graph


@pytest.fixture(scope="session")
def pemsd7_distances():
    """`(228, 228)` distances in metres between the PeMSD7(M) stations."""
    path = RAW_DIR / "pemsd7_m" / "PeMSD7_W_228.csv.gz"
    if not path.exists():
        pytest.skip(
            f"The PeMSD7(M) distances are not at {path}; set "
            "KERAS_STUNET_RAW_DIR to the folder that holds pemsd7_m/."
        )
    return np.loadtxt(path, delimiter=",")


@pytest.fixture(scope="session")
def pemsd7(pemsd7_distances):
    """The road graph that STGCN and ST-UNet make of them."""
    return gaussian_adjacency(pemsd7_distances)
