"""PyTorch Geometric Temporal's GConvGRU on a block-diagonal batch."""

from importlib import metadata

import numpy as np
import torch
from gru_problem import layer_weights
from gru_problem import read_sizes
from peer_modules import import_alone
from torch import nn
from torch_base import TorchContestant
from torch_base import to_numpy

GATES = "zrh"
MODULE = "torch_geometric_temporal.nn.recurrent.gconv_gru"


class Stack(nn.Module):
    """Stacked GConvGRU over B copies of the graph as one of B * N nodes."""

    def __init__(self, problem):
        super().__init__()
        sizes = self.sizes = read_sizes(problem)
        edges, weights = edges_of(problem["adjacency"])
        shift = np.arange(sizes.batch)[:, None] * sizes.nodes
        edges = np.stack([(ends + shift).ravel() for ends in edges])
        weights = np.tile(weights, sizes.batch)
        self.register_buffer("edges", torch.from_numpy(edges))
        self.register_buffer("edge_weights", torch.from_numpy(weights))
        limit = torch.tensor(float(problem["lambda_max"]))
        self.register_buffer("lambda_max", limit)
        GConvGRU = import_alone(MODULE).GConvGRU
        self.layers = nn.ModuleList()
        for layer in range(sizes.layers):
            features = sizes.features if layer == 0 else sizes.units
            gru = GConvGRU(features, sizes.units, sizes.K, normalization="sym")
            set_weights(gru, layer_weights(problem, layer))
            self.layers.append(gru)

    def forward(self, x):
        batch, steps, nodes, _ = x.shape
        states = [None] * len(self.layers)
        outputs = []
        for t in range(steps):
            value = x[:, t].reshape(batch * nodes, -1)
            for i, layer in enumerate(self.layers):
                value = states[i] = layer(
                    value,
                    self.edges,
                    self.edge_weights,
                    states[i],
                    lambda_max=self.lambda_max,
                )
            outputs.append(value.reshape(batch, nodes, -1))
        return torch.stack(outputs, dim=1)  # (B, T, N, U)


def edges_of(adjacency):
    """Ends `(2, E)` of the edges, by their first end, and their weights."""
    ends = np.nonzero(adjacency)
    return np.stack(ends), adjacency[ends].astype("float32")


def chebyshev_weights(gru, side):
    """Kernels of one side ("x" or "h"): for each term, those of z, r, h."""
    convolutions = [getattr(gru, f"conv_{side}_{gate}") for gate in GATES]
    return [[c.lins[k].weight for c in convolutions] for k in range(gru.K)]


@torch.no_grad()
def set_weights(gru, weights):
    kernel, recurrent_kernel, bias = map(torch.from_numpy, weights)
    for side, value in (("x", kernel), ("h", recurrent_kernel)):
        parts = chebyshev_weights(gru, side)
        for term, rows in zip(parts, value.chunk(gru.K), strict=True):
            for weight, block in zip(term, rows.chunk(3, 1), strict=True):
                weight.copy_(block.T)  # torch's Linear keeps (out, in)
    for gate, value in zip(GATES, bias.chunk(3), strict=True):
        getattr(gru, f"conv_x_{gate}").bias.copy_(value)
        # A second bias on the same sum: nothing to learn that the first
        # one does not, and trained beside it it would double the step.
        getattr(gru, f"conv_h_{gate}").bias.zero_().requires_grad_(False)


def get_weights(gru):
    kernels = [
        torch.cat([torch.cat([w.T for w in term], 1) for term in parts])
        for parts in (chebyshev_weights(gru, side) for side in "xh")
    ]
    bias = torch.cat([getattr(gru, f"conv_x_{gate}").bias for gate in GATES])
    return [to_numpy(value).copy() for value in (*kernels, bias)]


class Contestant(TorchContestant):
    """As the dense one, with another model."""

    def make_model(self, problem):
        return Stack(problem)

    @staticmethod
    def version():
        names = "torch", "torch_geometric", "torch_geometric_temporal"
        return ", ".join(f"{name} {metadata.version(name)}" for name in names)

    def weights(self):
        return [w for layer in self.model.layers for w in get_weights(layer)]
