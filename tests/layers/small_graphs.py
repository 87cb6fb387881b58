"""Graphs of a few nodes."""

import numpy as np


def connected_graph(seed=0, nodes=7):
    """Random symmetric weights; a path through all nodes connects them."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.1, 1.0, (nodes, nodes))
    kept = rng.random((nodes, nodes)) < 0.25
    kept |= np.eye(nodes, k=1, dtype=bool)
    half = np.triu(weights * kept, 1)
    return half + half.T


def path_graph(nodes):
    half = np.eye(nodes, k=1)
    return half + half.T
