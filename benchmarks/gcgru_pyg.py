"""PyTorch Geometric Temporal's GConvGRU on a block-diagonal batch."""

import importlib.util
from importlib import metadata
from pathlib import Path

import gcgru_torch
import numpy as np
import torch
from gcgru_problem import LAYERS
from gcgru_problem import layer_weights
from gcgru_problem import read_sizes
from torch import nn

GATES = "zrh"


def import_gconv_gru():
    """`GConvGRU` from its own file.

    Importing the whole package needs torch_sparse, a compiled extension that
    other layers use and this one does not.
    """
    package = importlib.util.find_spec("torch_geometric_temporal")
    folder = Path(package.submodule_search_locations[0])
    file = folder / "nn" / "recurrent" / "gconv_gru.py"
    spec = importlib.util.spec_from_file_location("gconv_gru", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.GConvGRU


class Stack(nn.Module):
    """Stacked GConvGRU over B copies of the graph as one of B * N nodes."""

    def __init__(self, problem):
        super().__init__()
        sizes = self.sizes = read_sizes(problem)
        rows, columns = np.nonzero(problem["adjacency"])
        weights = problem["adjacency"][rows, columns].astype("float32")
        shift = np.arange(sizes.batch)[:, None] * sizes.nodes
        edges = np.stack([(rows + shift).ravel(), (columns + shift).ravel()])
        weights = np.tile(weights, sizes.batch)
        self.register_buffer("edges", torch.from_numpy(edges))
        self.register_buffer("edge_weights", torch.from_numpy(weights))
        limit = torch.tensor(float(problem["lambda_max"]))
        self.register_buffer("lambda_max", limit)
        GConvGRU = import_gconv_gru()
        self.layers = nn.ModuleList()
        for layer in range(LAYERS):
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
    return [value.detach().numpy().copy() for value in (*kernels, bias)]


class Contestant(gcgru_torch.Contestant):
    """As the dense one, with another model."""

    def make_model(self, problem):
        return Stack(problem)

    @staticmethod
    def version():
        names = "torch", "torch_geometric", "torch_geometric_temporal"
        return ", ".join(f"{name} {metadata.version(name)}" for name in names)

    def weights(self):
        return [w for layer in self.model.layers for w in get_weights(layer)]
