"""A plain dense GCGRU in PyTorch, eager or compiled."""

import torch
from gcgru_problem import LAYERS
from gcgru_problem import LEARNING_RATE
from gcgru_problem import layer_weights
from torch import nn


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


class Contestant:
    """Forward, loss, backward and SGD; what `model` is, `__init__` says."""

    def __init__(self, problem, precision, compiled):
        self.x = torch.from_numpy(problem["x"])
        self.y = torch.from_numpy(problem["y"])
        self.model = self.make_model(problem)
        self.half = precision == "bfloat16"
        self.compute = torch.compile(self._loss) if compiled else self._loss
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.SGD(trained, LEARNING_RATE)

    def make_model(self, problem):
        basis = torch.from_numpy(problem["basis"])
        layers = []
        for layer in range(LAYERS):
            weights = layer_weights(problem, layer)
            weights = [torch.from_numpy(w.copy()) for w in weights]
            layers.append(DenseGCGRU(basis, *weights))
        return nn.Sequential(*layers)

    @staticmethod
    def version():
        return f"torch {torch.__version__}"

    def _loss(self, x, y):
        with torch.autocast("cpu", torch.bfloat16, enabled=self.half):
            output = self.model(x)
            return torch.nn.functional.mse_loss(output, y), output

    def forward(self):
        _, output = self.compute(self.x, self.y)
        return output.detach().float().numpy()

    def step(self):
        self.optimizer.zero_grad()
        loss, _ = self.compute(self.x, self.y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def weights(self):
        # The order of registration: kernel, recurrent kernel, bias.
        return [p.detach().numpy().copy() for p in self.model.parameters()]
