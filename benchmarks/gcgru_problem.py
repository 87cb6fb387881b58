"""The task all contestants get: graph, data, weights, and its FLOP count."""

import dataclasses

import numpy as np

LAYERS = 2
# Plain SGD. With a large rate the losses of the timed steps move, so that
# they show whether the updates were right.
LEARNING_RATE = 1.0


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Batch B, time steps T, nodes N, input features F, units U, terms K."""

    batch: int = 50
    steps: int = 12
    nodes: int = 228
    features: int = 1
    units: int = 64
    K: int = 3


TINY = Sizes(batch=2, steps=3, nodes=12, units=4)


def make_problem(sizes, seed=0):
    """The task as a dict of arrays, and what graph it has."""
    from keras_stunet.graph import chebyshev_basis
    from keras_stunet.graph import largest_eigenvalue
    from keras_stunet.graph import normalised_laplacian
    from keras_stunet.graph import rescaled_laplacian

    rng = np.random.default_rng(seed)
    adjacency, graph = make_graph(sizes.nodes, rng)
    lap = rescaled_laplacian(adjacency)
    basis = chebyshev_basis(lap, sizes.K)[1:]  # (K-1, N, N)
    shape = (sizes.batch, sizes.steps, sizes.nodes)
    problem = {
        "sizes": np.array(dataclasses.astuple(sizes)),
        "adjacency": adjacency,
        "lambda_max": largest_eigenvalue(normalised_laplacian(adjacency)),
        "basis": basis.reshape(-1, sizes.nodes).astype("float32"),
        "x": rng.standard_normal((*shape, sizes.features), "float32"),
        "y": rng.standard_normal((*shape, sizes.units), "float32") + 1,
    }
    for layer in range(LAYERS):
        features = sizes.features if layer == 0 else sizes.units
        for name, rows in weight_rows(features, sizes).items():
            # The bias is not zero, or a forgotten one would not be noticed.
            size = 3 * sizes.units
            limit = np.sqrt(6 / (rows + size)) if rows else 0.1
            shape = (rows, size) if rows else (size,)
            weight = rng.uniform(-limit, limit, shape)
            problem[f"{name}_{layer}"] = weight.astype("float32")
    return problem, graph


def weight_rows(features, sizes):
    """Names of a layer's weights, each `(rows, 3 U)`, gates z, r, h."""
    K, U = sizes.K, sizes.units
    return {"kernel": K * features, "recurrent_kernel": K * U, "bias": None}


def layer_weights(problem, layer):
    """Kernel, recurrent kernel and bias of one layer."""
    names = ("kernel", "recurrent_kernel", "bias")
    return [problem[f"{name}_{layer}"] for name in names]


def read_sizes(problem):
    return Sizes(*(int(size) for size in problem["sizes"]))


def make_graph(nodes, rng):
    """PeMSD7(M) for 228 nodes where its raw files are, else synthetic."""
    from keras_stunet.data.sources import load_series
    from keras_stunet.datasets.pemsd7.reader import has_raw
    from keras_stunet.datasets.raw_folder import environment_folder

    folder = environment_folder()
    if nodes == Sizes.nodes and folder is not None and has_raw(folder, "m"):
        series = load_series("pemsd7/m", raw_dir=folder)
        return join_isolated(series.adjacency, series.distances), "PeMSD7(M)"
    return freeway(nodes, rng), "synthetic"


def join_isolated(adjacency, distances):
    """Gives nodes without an edge one to their nearest node.

    The isolated stations of PeMSD7(M) are why: an isolated node has
    `L~_ii = -1` here and 0 in PyTorch Geometric, so that no weights make the
    two equal. The new edge has the weight that the kernel gives to its length,
    below the usual threshold.
    """
    from keras_stunet.graph import gaussian_adjacency
    from keras_stunet.graph import symmetrise

    adjacency = np.array(adjacency, "float64")
    close = gaussian_adjacency(distances, epsilon=0.0)
    for node in np.flatnonzero(adjacency.sum(axis=1) == 0):
        nearest = close[node].argmax()
        adjacency[node, nearest] = close[node, nearest]
    return symmetrise(adjacency, "max")


def freeway(nodes, rng, reach=4):
    """Nodes on a line, each joined to `reach` ones on either side.

    Non-zeros for 228 nodes: 1,804 (PeMSD7(M): 1,664).
    """
    adjacency = np.zeros((nodes, nodes))
    for step in range(1, min(reach, nodes - 1) + 1):
        rows = np.arange(nodes - step)
        adjacency[rows, rows + step] = rng.uniform(0.5, 1.0, rows.size)
    return adjacency + adjacency.T


def training_gflop(sizes):
    """GFLOP of the matrix products of one training step, dense graph.

    A product of `(m, k)` and `(k, n)` counts `2 m k n`. Kernel products have
    two more in the backward pass, one for each factor; the graph needs no
    gradient, so propagation has one; the first layer's input has none.
    Element-wise work is not counted.
    """
    B, T, N = sizes.batch, sizes.steps, sizes.nodes
    U, K = sizes.units, sizes.K

    def propagation(features):
        return 2 * B * T * (K - 1) * N * N * features

    def kernel(features, gates):
        return 2 * B * T * N * K * features * gates * U

    total = 0
    for layer in range(LAYERS):
        first = layer == 0
        F = sizes.features if first else U
        total += (1 if first else 2) * propagation(F)
        total += (2 if first else 3) * kernel(F, gates=3)
        total += 2 * 2 * propagation(U)  # of h, and of r * h
        total += 3 * kernel(U, gates=3)
    return total / 1e9
