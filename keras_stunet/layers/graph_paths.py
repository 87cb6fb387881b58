"""The paths that a graph can take, and the choice among them."""

import numpy as np

from keras_stunet.graph import chebyshev_basis
from keras_stunet.layers.neighbour_lists import make_lists
from keras_stunet.layers.spectral_basis import make_basis

PROPAGATIONS = ("auto", "dense", "edges", "spectral")

# Below this share of non-zeros in the rescaled Laplacian the sparse path was
# the faster one in every case measured: two CPU cores, 228 to 4,000 nodes, K=3,
# TensorFlow and JAX, float32 and bfloat16. It is so up to 1 % on TensorFlow in
# float32, 0.5 % in bfloat16, and 12 % and some 2 % on JAX: tasks terms-dense
# and terms-edges in results/benchmark-scale-*.csv. One rule for all: a
# run may go on elsewhere, and the two paths store other weights.
EDGE_DENSITY = 0.005


def road_values(supports, K, propagation, symmetric):
    """The graph as the weights of the path that it takes.

    Args:
        supports: Sparse matrices whose polynomials are the terms.
        K: Number of terms of each.
        propagation: One of `PROPAGATIONS`.
        symmetric: Whether the matrices are.

    Returns:
        `(values, sizes)`: a dict of NumPy arrays by the name of their weight,
        and the `graph_size` of `GraphOperator`.
    """
    nodes = supports[0].shape[0]
    if propagation == "spectral":
        values, blocks = make_basis(supports[0], K)
        return values, {"nodes": nodes, "edges": None, "blocks": blocks}
    if propagation == "auto":
        sparse = supports[0].nnz < EDGE_DENSITY * nodes**2
        propagation = "edges" if sparse else "dense"
    if propagation == "edges":
        matrices = supports
        if not symmetric:
            matrices = [m for s in supports for m in (s, s.T)]
        lists, blocks = zip(*map(make_lists, matrices), strict=True)
        values = {
            "edge_source": np.concatenate([one["source"] for one in lists]),
            "edge_weight": np.concatenate([one["weight"] for one in lists]),
            "edge_place": np.stack([one["place"] for one in lists]),
        }
        return values, {"nodes": nodes, "edges": list(blocks)}
    basis = [chebyshev_basis(s.toarray(), K)[1:] for s in supports]
    basis = np.concatenate(basis).transpose(1, 0, 2)  # (N, M-1, N)
    return {"basis": basis.astype("float32")}, {"nodes": nodes, "edges": None}
