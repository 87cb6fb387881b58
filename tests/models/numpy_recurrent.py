"""GCGRU, DCRNN and FC-LSTM once more, in NumPy loops and float64.

Written from the equations and the weights alone.
"""

import numpy as np

from tests.reference import cells
from tests.reference import chebyshev
from tests.reference import diffusion


class NumpyRecurrent:
    """The model of which `model` is the Keras version, on the graph `adj`."""

    def __init__(self, model, adj):
        self.kind, self.config = type(model).__name__, model.get_config()
        self.adj = np.array(adj, dtype=np.float64)
        if self.kind == "DCRNN":
            np.fill_diagonal(self.adj, 1.0)
        self.weights = {
            v.path.removeprefix("decoder/"): v.numpy().astype(np.float64)
            for v in model.trainable_variables
        }

    def __call__(self, x, targets=None, fed=()):
        """Forecast; where `fed[t]`, step t + 1 is fed the target of step t."""
        mean, std = self.config["mean"], self.config["std"]
        x = np.array(x, dtype=np.float64)
        x[..., 0] = (x[..., 0] - mean) / std
        states = self.zeros(len(x))
        for t in range(self.config["history"]):
            latest, states = self.run("encoder", x[:, t], states)
        if self.config["head"] == "direct":
            steps = self.read(latest, self.config["horizon"])
            return steps * std + mean
        step, steps = np.zeros_like(x[:, 0, :, :1]), []  # (B, N, 1)
        for t in range(self.config["horizon"]):
            latest, states = self.run("decoder", step, states)
            steps.append(self.read(latest, 1))
            step = steps[-1][:, 0]
            if t < len(fed) and fed[t]:
                step = (targets[:, t] - mean) / std
        return np.concatenate(steps, axis=1) * std + mean

    def zeros(self, batch):
        """First states, a list for each layer."""
        units, layers = self.config["units"], self.config["layers"]
        if self.kind == "FCLSTM":
            return [[np.zeros((batch, units))] * 2] * layers
        return [[np.zeros((batch, len(self.adj), units))]] * layers

    def run(self, side, x, states):
        """One step of a stack, from `(B, N, F)`."""
        if self.kind == "FCLSTM":
            x = x.reshape(len(x), -1)
        new = []
        for i, old in enumerate(states):
            x, state = self.cell(f"{side}_{i + 1}/cell")(x, old)
            new.append(state)
        return x, new

    def cell(self, name):
        weights = [
            self.weights[f"{name}/{part}"]
            for part in ("kernel", "recurrent_kernel", "bias")
        ]
        if self.kind == "FCLSTM":
            return cells.lstm(*weights)
        make = {"GCGRU": cells.gcgru, "DCRNN": diffusion.dcgru}[self.kind]
        return make(self.adj, *weights, self.config["K"])

    def read(self, h, steps):
        """`(B, steps, N, 1)` from the features of the top layer."""
        kernel = self.weights["forecast/kernel"]
        if self.kind == "DCRNN":
            y = h @ kernel
        elif self.kind == "GCGRU":
            theta = kernel.reshape(self.config["K"], -1, steps)
            y = chebyshev.convolve(self.adj, h, theta)
            y = y + self.weights["forecast/bias"]
        else:
            y = h @ kernel + self.weights["forecast/bias"]
            return y.reshape(len(h), steps, -1, 1)
        return y.transpose(0, 2, 1)[..., None]
