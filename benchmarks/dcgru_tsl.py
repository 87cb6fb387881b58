"""tsl's dense DCRNN cell, run over the steps."""

from importlib import metadata

import torch
from dcgru_pyg import join_gates
from dcgru_pyg import split_gates
from gru_problem import layer_weights
from gru_problem import read_sizes
from peer_modules import import_alone
from torch import nn
from torch_base import TorchContestant

# Gates z, r, h by the peer's names.
GATES = ("update_gate", "forget_gate", "candidate_gate")
CONVOLUTION = "tsl.nn.layers.graph_convs.dense_graph_conv"
CELL = "tsl.nn.layers.recurrent.dense_dcrnn"


class Recurrence(nn.Module):
    """The peer's cell from a zero state, all states."""

    def __init__(self, problem):
        super().__init__()
        sizes = self.sizes = read_sizes(problem)
        convolution = import_alone(CONVOLUTION, keep=("tsl",))
        adjacency = torch.from_numpy(problem["adjacency"].astype("float32"))
        compute = convolution.DenseGraphConvOrderK.compute_support
        along, against = compute(adjacency)
        self.register_buffer("along", along)
        self.register_buffer("against", against)
        cell = import_alone(CELL, keep=("tsl",)).DenseDCRNNCell
        self.cell = cell(
            sizes.features, sizes.units, k=sizes.K - 1, root_weight=True
        )
        self.set_weights(layer_weights(problem, 0))

    def forward(self, x):
        support = [self.along, self.against]
        h = self.cell.initialize_state(x[:, 0])
        outputs = []
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h, support)
            outputs.append(h)
        return torch.stack(outputs, dim=1)  # (B, T, N, U)

    @torch.no_grad()
    def set_weights(self, weights):
        mixing = powers_from_terms(self.sizes.K)
        step = mixing @ mixing.T
        rows, biases = split_gates(weights, self.sizes.terms)
        for name, block, bias in zip(GATES, rows, biases, strict=True):
            mlp = getattr(self.cell, name).mlp
            mlp.weight.copy_(self._as_peer(mix(mixing, block)))
            # The step of SGD on our weights, taken on the peer's.
            mlp.weight.register_hook(
                lambda gradient: self._as_peer(
                    mix(step.to(gradient), self._as_ours(gradient))
                )
            )
            mlp.bias.copy_(bias)

    def weights(self):
        back = torch.linalg.inv(powers_from_terms(self.sizes.K))
        mlps = [getattr(self.cell, name).mlp for name in GATES]
        rows = [mix(back.to(m.weight), self._as_ours(m.weight)) for m in mlps]
        return join_gates(rows, [m.bias for m in mlps], self.sizes.features)

    def _as_peer(self, block):  # (M, F + U, U) to (U, M (F + U), 1, 1)
        return block.flatten(0, 1).T[..., None, None]

    def _as_ours(self, weight):
        flat = weight[..., 0, 0].T
        return flat.reshape(self.sizes.terms, -1, flat.shape[-1])


def mix(matrix, block):
    return torch.einsum("ij,jfu->ifu", matrix, block)


def powers_from_terms(K):
    """Weights of the powers `x, P x, P^2 x` from those of our terms.

    Our third term is `2 P^2 x - x` in each direction, the peer's `P^2 x`:
    the same filters in other coordinates.
    """
    if K != 3:
        raise ValueError(f"K is {K}; expected 3.")
    mixing = torch.eye(5)
    for square in (2, 4):
        mixing[square, square] = 2
        mixing[0, square] = -1
    return mixing


class Contestant(TorchContestant):
    """One layer."""

    def make_model(self, problem):
        return Recurrence(problem)

    @staticmethod
    def version():
        tsl = metadata.version("torch-spatiotemporal")
        return f"torch {torch.__version__}, torch-spatiotemporal {tsl}"

    def weights(self):
        return self.model.weights()
