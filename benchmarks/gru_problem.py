"""Recurrences on a graph: sizes, data, weights, and their FLOP count."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Batch B, time steps T, nodes N, input features F, units U, terms K.

    `layers` are stacked. `supports` is 1 for Chebyshev terms (GCGRU), 2 for
    diffusion along and against the edges (DCGRU).
    """

    batch: int = 50
    steps: int = 12
    nodes: int = 228
    features: int = 1
    units: int = 64
    K: int = 3
    layers: int = 2
    supports: int = 1

    @property
    def terms(self):
        """Terms of a signal, itself included."""
        return 1 + self.supports * (self.K - 1)


TINY = {"batch": 2, "steps": 3, "nodes": 12, "units": 4}


def gcgru_problem(tiny, seed=0):
    """Two GCGRU layers on PeMSD7(M): arrays, and words about them."""
    from keras_stunet.graph import chebyshev_basis
    from keras_stunet.graph import largest_eigenvalue
    from keras_stunet.graph import normalised_laplacian
    from keras_stunet.graph import rescaled_laplacian

    sizes = Sizes(**(TINY if tiny else {}))
    rng = np.random.default_rng(seed)
    adjacency, graph = make_graph(sizes.nodes, rng)
    lap = rescaled_laplacian(adjacency)
    basis = chebyshev_basis(lap, sizes.K)[1:]  # (K-1, N, N)
    problem = make_arrays(sizes, adjacency, rng) | {
        "lambda_max": largest_eigenvalue(normalised_laplacian(adjacency)),
        "basis": basis.reshape(-1, sizes.nodes).astype("float32"),
    }
    return problem, describe(sizes, graph)


def dcgru_problem(tiny, seed=0):
    """One DCGRU layer on a ring."""
    sizes = Sizes(**(TINY if tiny else {}), layers=1, supports=2)
    problem = make_arrays(sizes, ring(sizes.nodes), np.random.default_rng(seed))
    return problem, describe(sizes, "ring, 0/1 weights, 8 neighbours each")


def dilation_problem(tiny, seed=0):
    """One GCGRU layer as it stands in ST-UNet, on PeMSD7(M)."""
    sizes = Sizes(**(TINY if tiny else {}), layers=1)
    sizes = dataclasses.replace(sizes, features=sizes.units)
    rng = np.random.default_rng(seed)
    adjacency, graph = make_graph(sizes.nodes, rng)
    return make_arrays(sizes, adjacency, rng), describe(sizes, graph)


def make_arrays(sizes, adjacency, rng):
    """Graph, input, target and weights."""
    shape = (sizes.batch, sizes.steps, sizes.nodes)
    problem = {
        "sizes": np.array(dataclasses.astuple(sizes)),
        "adjacency": adjacency,
        "x": rng.standard_normal((*shape, sizes.features), "float32"),
        "y": rng.standard_normal((*shape, sizes.units), "float32") + 1,
    }
    for layer in range(sizes.layers):
        features = sizes.features if layer == 0 else sizes.units
        for name, rows in weight_rows(features, sizes).items():
            # The bias is not zero, or a forgotten one would not be noticed.
            size = 3 * sizes.units
            limit = np.sqrt(6 / (rows + size)) if rows else 0.1
            shape = (rows, size) if rows else (size,)
            weight = rng.uniform(-limit, limit, shape)
            problem[f"{name}_{layer}"] = weight.astype("float32")
    return problem


def weight_rows(features, sizes):
    """Names of a layer's weights, each `(rows, 3 U)`, gates z, r, h."""
    M, U = sizes.terms, sizes.units
    return {"kernel": M * features, "recurrent_kernel": M * U, "bias": None}


def layer_weights(problem, layer):
    """Kernel, recurrent kernel and bias of one layer."""
    names = ("kernel", "recurrent_kernel", "bias")
    return [problem[f"{name}_{layer}"] for name in names]


def read_sizes(problem):
    return Sizes(*(int(size) for size in problem["sizes"]))


def describe(sizes, graph):
    letters = "B T N F U K layers supports".split()
    values = zip(letters, dataclasses.astuple(sizes), strict=True)
    return {
        "graph": graph,
        "sizes": " ".join(f"{letter}={value}" for letter, value in values),
        "windows": sizes.batch,
    }


def make_graph(nodes, rng):
    """PeMSD7(M) for 228 nodes where its raw files are, else synthetic."""
    from keras_stunet.data.catalog import load_series
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


def ring(nodes, reach=4):
    """As `freeway`, closed and with weights 1: all nodes have one degree."""
    adjacency = np.zeros((nodes, nodes))
    for step in range(1, reach + 1):
        rows = np.arange(nodes)
        adjacency[rows, (rows + step) % nodes] = 1.0
    return np.maximum(adjacency, adjacency.T)


def gflop(problem, work):
    """GFLOP of the matrix products on a dense graph.

    A product of `(m, k)` and `(k, n)` counts `2 m k n`. Element-wise work is
    not counted. In a training step kernel products have two more in the
    backward pass, one for each factor; the graph needs no gradient, so
    propagation has one; the first layer's input has none.
    """
    sizes = read_sizes(problem)
    B, T, N = sizes.batch, sizes.steps, sizes.nodes
    U, M = sizes.units, sizes.terms
    training = work == "step"

    def propagation(features):
        return 2 * B * T * (M - 1) * N * N * features

    def kernel(features):
        return 2 * B * T * N * M * features * 3 * U  # of all three gates

    total = 0
    for layer in range(sizes.layers):
        F = sizes.features if layer == 0 else U
        above = training and layer > 0  # a gradient is handed down
        total += (1 + above) * propagation(F)
        total += (1 + training + above) * kernel(F)
        total += (1 + training) * 2 * propagation(U)  # of h, and of r * h
        total += (1 + 2 * training) * kernel(U)
    return total / 1e9
