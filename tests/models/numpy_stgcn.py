"""STGCN's forward pass once more, in NumPy loops and float64.

Written from the paper's equations and the weights alone; nothing of
keras_stunet is used.
"""

import numpy as np

from tests.reference import chebyshev


class NumpySTGCN:
    """The model of which `model` is the Keras version."""

    def __init__(self, model, adj):
        self.config, self.adj = model.get_config(), adj
        self.weights = {
            v.path: v.numpy().astype("float64")
            for v in model.trainable_variables
        }
        looped = adj + np.eye(len(adj))
        root = np.diag(looped.sum(axis=1) ** -0.5)
        self.first_order = np.eye(len(adj)) + root @ looped @ root

    def __call__(self, x, steps=None):
        """Forecast; `steps` cuts the roll-out short."""
        mean, std = self.config["mean"], self.config["std"]
        x = np.array(x, dtype="float64")
        x[..., 0] = (x[..., 0] - mean) / std
        if self.config["head"] == "direct":
            return self.network(x) * std + mean
        for _ in range(steps or self.config["horizon"]):
            window = x[:, -self.config["history"] :]
            x = np.concatenate([x, self.network(window)], axis=1)
        return x[:, self.config["history"] :] * std + mean

    def network(self, x):
        """`(B, history, N, F)` to `(B, steps, N, 1)`, in standard units."""
        for i, _ in enumerate(self.config["channels"], start=1):
            x = self.temporal(f"block_{i}_gated", x, gated=True)
            x = np.maximum(self.graph(f"block_{i}_graph", x) + x, 0)
            x = self.temporal(f"block_{i}_relu", x, gated=False)
            x = self.norm(f"block_{i}_norm", x)
        x = self.temporal("output_gated", x, gated=True)
        x = self.norm("output_norm", x)[:, 0]
        w = self.weights
        x = sigmoid(x @ w["output_sigmoid/kernel"] + w["output_sigmoid/bias"])
        steps = np.einsum("bnc,ch->bhn", x, w["forecast/kernel"])
        return (steps + w["forecast/bias"])[..., None]

    def temporal(self, name, x, gated):
        """A valid convolution: output t from inputs t ... t + width - 1."""
        kernel = self.weights[f"{name}/kernel"][:, 0]  # (width, F, U or 2 U)
        width, features, units = kernel.shape
        units = units // 2 if gated else units
        outputs = []
        for t in range(x.shape[1] - width + 1):
            y = self.weights[f"{name}/bias"]
            for i in range(width):
                y = y + x[:, t + i] @ kernel[i]
            now = x[:, t + width - 1]
            if features > units:
                now = now @ self.weights[f"{name}/residual_kernel"]
            elif features < units:
                zeros = np.zeros((*now.shape[:-1], units - features))
                now = np.concatenate([now, zeros], axis=-1)
            if gated:
                y = (y[..., :units] + now) * sigmoid(y[..., units:])
            else:
                y = np.maximum(y + now, 0)
            outputs.append(y)
        return np.stack(outputs, axis=1)

    def graph(self, name, x):
        """Chebyshev by eigenvectors, or one product with the neighbours."""
        kernel = self.weights[f"{name}/kernel"]
        if self.config["convolution"] == "first_order":
            y = np.einsum("ij,btjf->btif", self.first_order, x) @ kernel
        else:
            theta = kernel.reshape(self.config["K"], -1, kernel.shape[-1])
            y = chebyshev.convolve(self.adj, x, theta)
        return y + self.weights[f"{name}/bias"]

    def norm(self, name, x):
        """Over nodes and channels at once; gain and bias for each pair."""
        centred = x - x.mean(axis=(-2, -1), keepdims=True)
        variance = (centred**2).mean(axis=(-2, -1), keepdims=True)
        scaled = centred / np.sqrt(variance + 1e-6)
        gamma, beta = (self.weights[f"{name}/{w}"] for w in ("gamma", "beta"))
        return scaled * gamma + beta


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
