"""Readings to cut windows from."""

import numpy as np


def pipeline_problem(tiny, masked):
    """Readings of the size of a data set; `masked` for METR-LA's."""
    steps, nodes = (34_272, 207) if masked else (12_672, 228)
    if tiny:
        steps, nodes = 300, 5
    rng = np.random.default_rng(0)
    size, batches = (3, 4) if tiny else (50, 100)
    problem = {
        "values": rng.normal(58, 13, (steps, nodes)).astype("float32"),
        "counts": np.array([size, batches]),
    }
    if masked:
        problem["mask"] = rng.random((steps, nodes)) > 0.08
    words = {
        "graph": "",
        "sizes": f"B={size} T=12 horizon=12 N={nodes} steps={steps} "
        f"F={1 + masked}, {batches} batches a call",
        "windows": size * batches,
    }
    return problem, words
