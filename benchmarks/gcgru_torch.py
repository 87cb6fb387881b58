"""A plain dense GCGRU in PyTorch, eager or compiled."""

import torch
from gru_problem import layer_weights
from gru_problem import read_sizes
from torch import nn
from torch_base import TorchContestant


class DenseGCGRU(nn.Module):
    """ST-UNet, Eq. 7, with precomputed Chebyshev matrices.

    Args:
        basis: `T_1 ... T_{K-1}` one below the other, `((K-1) N, N)`.
        kernel: `(K * F, 3 U)`, gates z, r, h.
        recurrent_kernel: `(K * U, 3 U)`.
        bias: `(3 U,)`.
    """

    def __init__(self, basis, kernel, recurrent_kernel, bias):
        super().__init__()
        self.register_buffer("basis", basis)
        self.kernel = nn.Parameter(kernel)
        self.recurrent_kernel = nn.Parameter(recurrent_kernel)
        self.bias = nn.Parameter(bias)

    def terms(self, x):
        higher = torch.matmul(self.basis, x)  # (..., (K-1) N, F)
        higher = higher.split(x.shape[-2], dim=-2)
        return torch.cat([x, *higher], dim=-1)  # (..., N, K * F)

    def forward(self, x):
        batch, steps, nodes, _ = x.shape
        U = self.bias.shape[0] // 3
        # The input side of all steps at once: no state in it.
        inputs = self.terms(x) @ self.kernel + self.bias  # (B, T, N, 3 U)
        kernel_zr = self.recurrent_kernel[:, : 2 * U]
        kernel_h = self.recurrent_kernel[:, 2 * U :]
        h = x.new_zeros(batch, nodes, U)
        outputs = []
        for t in range(steps):
            in_zr, in_h = inputs[:, t].split([2 * U, U], dim=-1)
            gates = torch.sigmoid(in_zr + self.terms(h) @ kernel_zr)
            z, r = gates.chunk(2, dim=-1)
            new = torch.tanh(in_h + self.terms(r * h) @ kernel_h)
            h = z * h + (1 - z) * new
            outputs.append(h)
        return torch.stack(outputs, dim=1)  # (B, T, N, U)


class Contestant(TorchContestant):
    """Stacked layers."""

    def make_model(self, problem):
        basis = torch.from_numpy(problem["basis"])
        layers = []
        for layer in range(read_sizes(problem).layers):
            weights = layer_weights(problem, layer)
            weights = [torch.from_numpy(w.copy()) for w in weights]
            layers.append(DenseGCGRU(basis, *weights))
        return nn.Sequential(*layers)
