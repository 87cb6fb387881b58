"""PyTorch Geometric Temporal's BatchedDCRNN."""

import gcgru_pyg
import torch
from gcgru_pyg import edges_of
from gru_problem import layer_weights
from gru_problem import read_sizes
from peer_modules import import_alone
from torch import nn
from torch_base import TorchContestant
from torch_base import to_numpy

GATES = "zrh"
MODULE = "torch_geometric_temporal.nn.recurrent.dcrnn"


class Layer(nn.Module):
    """The peer's layer, which takes the edges in each call."""

    def __init__(self, problem):
        super().__init__()
        sizes = self.sizes = read_sizes(problem)
        edges, weights = edges_of(problem["adjacency"])
        self.register_buffer("edges", torch.from_numpy(edges))
        self.register_buffer("edge_weights", torch.from_numpy(weights))
        BatchedDCRNN = import_alone(MODULE).BatchedDCRNN
        self.layer = BatchedDCRNN(sizes.features, sizes.units, sizes.K)
        self.convolutions = [
            getattr(self.layer, f"conv_x_{gate}") for gate in GATES
        ]
        self.set_weights(layer_weights(problem, 0))

    def forward(self, x):
        return self.layer(x, self.edges, self.edge_weights)

    @torch.no_grad()
    def set_weights(self, weights):
        gates = zip(*split_gates(weights, self.sizes.terms), strict=True)
        for convolution, (rows, bias) in zip(
            self.convolutions, gates, strict=True
        ):
            K = self.sizes.K
            along, against = rows[:K], rows[K:]
            weight = convolution.weight  # (2, K, F + U, U)
            weight[0].copy_(along)
            weight[1, 0].zero_()
            weight[1, 1:].copy_(against)
            weight.register_hook(only_one_root)
            convolution.bias.copy_(bias)

    def weights(self):
        rows = [
            torch.cat([c.weight[0], c.weight[1, 1:]]) for c in self.convolutions
        ]
        biases = [c.bias for c in self.convolutions]
        return join_gates(rows, biases, self.sizes.features)


def only_one_root(gradient):
    """No gradient for the second weight of the signal itself.

    The peer has one in each direction, on the same values: trained both,
    their sum would take the double step.
    """
    gradient = gradient.clone()
    gradient[1, 0] = 0
    return gradient


def split_gates(weights, terms):
    """For each gate its kernel `(M, F + U, U)`, and its bias `(U,)`."""
    kernel, recurrent_kernel, bias = map(torch.from_numpy, weights)
    parts = [
        torch.stack(part.chunk(terms)) for part in (kernel, recurrent_kernel)
    ]
    rows = torch.cat(parts, dim=1)  # (M, F + U, 3 U)
    return rows.chunk(3, -1), bias.chunk(3)


def join_gates(rows, biases, features):
    """Kernel, recurrent kernel and bias, as `layer_weights` has them."""
    joined = torch.cat(rows, -1)  # (M, F + U, 3 U)
    parts = joined[:, :features], joined[:, features:]
    kernels = [part.flatten(0, 1) for part in parts]
    return [to_numpy(value).copy() for value in (*kernels, torch.cat(biases))]


class Contestant(TorchContestant):
    """One layer."""

    version = staticmethod(gcgru_pyg.Contestant.version)

    def make_model(self, problem):
        return Layer(problem)

    def weights(self):
        return self.model.weights()
