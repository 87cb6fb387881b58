"""Small graphs and partitions that the tests of this folder share."""

import keras
import numpy as np
import pytest

from keras_stunet import layers
from keras_stunet.graph import Partition
from keras_stunet.graph import coarsen
from tests.layers.gradients import gradient
from tests.layers.small_graphs import connected_graph
from tests.layers.small_graphs import path_graph


@pytest.fixture(scope="session")
def graph():
    """`(7, 7)` weights of a connected graph."""
    return connected_graph()


@pytest.fixture(scope="session")
def directed():
    """`(7, 7)` weights of a directed graph without self-loops.

    No edge leaves node 2, and none enters node 5.
    """
    rng = np.random.default_rng(3)
    weights = rng.uniform(0.1, 1.0, (7, 7)) * (rng.random((7, 7)) < 0.4)
    weights += np.roll(np.eye(7), 1, axis=1) * rng.uniform(0.1, 1.0, 7)
    np.fill_diagonal(weights, 0.0)
    weights[2], weights[:, 5] = 0.0, 0.0
    return weights


@pytest.fixture(scope="session")
def make_graph():
    return connected_graph


@pytest.fixture(scope="session")
def make_path():
    return path_graph


@pytest.fixture(scope="session")
def groups(graph):
    """Its partition into super nodes of 3, 1, 2 and 1 members."""
    labels = np.array([0, 0, 1, 2, 0, 2, 3])
    return Partition(labels, coarsen(graph, labels), (labels,), graph)


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@pytest.fixture
def signal(rng):
    """`signal(*shape)`: float32 values of both signs."""
    return lambda *shape: rng.normal(size=shape).astype("float32")


@pytest.fixture
def randomise(rng):
    """Gives trainable weights (biases too) values that are all different."""

    def fill(layer):
        for weight in layer.trainable_weights:
            weight.assign(rng.normal(scale=0.5, size=weight.shape))

    return fill


@pytest.fixture(scope="session")
def gradient_of():
    """`gradient_of(function, x)`: of a scalar function, as NumPy."""
    return gradient


@pytest.fixture
def layer_cases(graph, directed, groups):
    """Name -> (class, arguments, shape of the input or shapes of the inputs).

    Each exported layer once or more; cells are made anew for each test.
    """
    fine = {"units": 3, "K": 3, "adjacency": graph}
    coarse = {"units": 3, "K": 2, "adjacency": groups.adjacency}
    both = ((2, 3, 4, 2), (2, 3, 7, 1))
    return {
        "AdaptiveDiffusion": (
            layers.AdaptiveDiffusion,
            {"K": 3, "rank": 2, "adjacency": directed},
            ((2, 7, 3, 2),) * 6,
        ),
        "AdaptiveDiffusion learned": (
            layers.AdaptiveDiffusion,
            {"graph_size": {"nodes": 7, "walks": 0}},
            ((2, 7, 2),) * 2,
        ),
        "ChebConv": (layers.ChebConv, fine, (2, 7, 2)),
        "ChebConv edges": (
            layers.ChebConv,
            {
                **fine,
                "propagation": "edges",
                "use_bias": False,
                "activation": "relu",
            },
            (2, 3, 7, 2),
        ),
        "ChebConv spectral": (
            layers.ChebConv,
            {**fine, "propagation": "spectral"},
            (2, 7, 2),
        ),
        "DCGRUCell": (
            layers.DCGRUCell,
            {"units": 3, "K": 3, "adjacency": directed},
            (2, 7, 2),
        ),
        "Denormalise": (layers.Denormalise, {"mean": 6.0}, (2, 3, 7, 1)),
        "DiffusionOperator": (
            layers.DiffusionOperator,
            {"K": 3, "adjacency": directed},
            (2, 7, 2),
        ),
        "DiffusionOperator edges": (
            layers.DiffusionOperator,
            {"K": 3, "adjacency": directed, "propagation": "edges"},
            (2, 7, 2),
        ),
        "DilatedRNN": (
            layers.DilatedRNN,
            {"cell": layers.GCGRUCell(**fine), "dilation": 2},
            (2, 3, 7, 2),
        ),
        "DilatedRNN last": (
            layers.DilatedRNN,
            {"cell": keras.layers.LSTMCell(3), "return_sequences": False},
            (2, 3, 2),
        ),
        "DilatedRNN spectral": (
            layers.DilatedRNN,
            {"cell": layers.GCGRUCell(**fine, propagation="spectral")},
            (2, 3, 7, 2),
        ),
        "FirstOrderConv": (
            layers.FirstOrderConv,
            {"units": 3, "adjacency": graph},
            (2, 3, 7, 2),
        ),
        "GCGRUCell": (layers.GCGRUCell, fine, (2, 7, 2)),
        "GCGRUCell spectral": (
            layers.GCGRUCell,
            {**fine, "propagation": "spectral"},
            (2, 7, 2),
        ),
        "GraphOperator": (
            layers.GraphOperator,
            {"K": 3, "adjacency": graph},
            (2, 7, 2),
        ),
        "GraphOperator edges": (
            layers.GraphOperator,
            {"K": 3, "adjacency": graph, "propagation": "edges"},
            (2, 7, 2),
        ),
        "GraphOperator spectral": (
            layers.GraphOperator,
            {"K": 3, "adjacency": graph, "propagation": "spectral"},
            (2, 7, 2),
        ),
        "GraphPool": (layers.GraphPool, {"partition": groups}, (2, 7, 2)),
        "GraphPool max": (
            layers.GraphPool,
            {"partition": groups, "reduce": "max"},
            (2, 3, 7, 2),
        ),
        "GraphUnpool": (layers.GraphUnpool, {"partition": groups}, (2, 4, 2)),
        "GraphUnpool weighted": (
            layers.GraphUnpool,
            {"partition": groups, "upsampling": "weighted"},
            (2, 3, 4, 2),
        ),
        "Normalise": (layers.Normalise, {"std": 2.0}, (2, 3, 7, 2)),
        "Identities": (
            layers.Identities,
            {"harmonics": 2},
            ((2, 7, 3), (2, 2)),
        ),
        "Identities timeless": (layers.Identities, {}, (2, 7, 3)),
        "IdentityVectors": (
            layers.IdentityVectors,
            {"width": 2, "slots": 4, "decay": 0.1},
            ((2, 7, 3), (2, 2)),
        ),
        "LearnedGraph": (layers.LearnedGraph, {"graphs": 2}, (2, 7, 3)),
        "LearnedGraph steps": (layers.LearnedGraph, {"rank": 2}, (2, 4, 7, 3)),
        "OrderedQuantiles": (
            layers.OrderedQuantiles,
            {"quantiles": [0.1, 0.5, 0.9]},
            (2, 3, 7, 6),
        ),
        "PointwiseDense": (
            layers.PointwiseDense,
            {"units": 3, "activation": "relu"},
            (2, 7, 2),
        ),
        "Relaxation": (
            layers.Relaxation,
            {"horizon": 3},
            ((2, 3, 7, 2), (2, 1, 7, 2)),
        ),
        "STPool": (
            layers.STPool,
            {"cell": layers.GCGRUCell(**coarse), "partition": groups},
            (2, 3, 7, 2),
        ),
        "STUnpool": (
            layers.STUnpool,
            {
                "cell": layers.GCGRUCell(**fine),
                "partition": groups,
                "upsampling": "ordered",
            },
            both,
        ),
        "TemporalConv": (
            layers.TemporalConv,
            {"units": 3, "width": 2},
            (2, 4, 7, 2),
        ),
        "TemporalConv narrower": (
            layers.TemporalConv,
            {"units": 1, "gated": False},
            (2, 4, 7, 2),
        ),
    }


CASES = (
    "AdaptiveDiffusion",
    "AdaptiveDiffusion learned",
    "ChebConv",
    "ChebConv edges",
    "ChebConv spectral",
    "DCGRUCell",
    "Denormalise",
    "DiffusionOperator",
    "DiffusionOperator edges",
    "DilatedRNN",
    "DilatedRNN last",
    "DilatedRNN spectral",
    "FirstOrderConv",
    "GCGRUCell",
    "GCGRUCell spectral",
    "GraphOperator",
    "GraphOperator edges",
    "GraphOperator spectral",
    "GraphPool",
    "GraphPool max",
    "GraphUnpool",
    "GraphUnpool weighted",
    "Identities",
    "Identities timeless",
    "IdentityVectors",
    "LearnedGraph",
    "LearnedGraph steps",
    "Normalise",
    "OrderedQuantiles",
    "PointwiseDense",
    "Relaxation",
    "STPool",
    "STUnpool",
    "TemporalConv",
    "TemporalConv narrower",
)


@pytest.fixture(params=CASES)
def layer_case(request, layer_cases):
    """One of `layer_cases` after the other."""
    return layer_cases[request.param]
