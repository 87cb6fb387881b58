"""ST-UNet's forward pass once more, in NumPy loops and float64.

Written from the paper's equations and the weights alone; the layers of
keras_stunet are not used, only its partition.
"""

import re

import numpy as np

from keras_stunet import partition


class NumpySTUNet:
    """The model of which `model` is the Keras version; direct copy only."""

    def __init__(self, model, adj):
        self.config = config = model.get_config()
        self.weights = {
            re.sub(r"gcgru_cell(_\d+)?", "cell", v.path).removeprefix(
                "decoder/"
            ): v.numpy().astype(np.float64)
            for v in model.trainable_variables
        }
        rounds = np.atleast_1d(config["p"]).tolist()
        dilations = np.atleast_1d(config["s"]).tolist()
        self.depth = max(len(rounds), len(dilations))
        self.dilations = dilations * (self.depth // len(dilations))
        self.laplacians, self.labels = [rescaled_laplacian(adj)], []
        for level in rounds * (self.depth // len(rounds)):
            coarse = partition(adj, level)
            adj = coarse.adjacency
            self.labels.append(coarse.labels)
            self.laplacians.append(rescaled_laplacian(adj))

    def __call__(self, x, targets=None, fed=()):
        """Forecast; where `fed[t]`, step t + 1 is fed the target of step t."""
        mean, std = self.config["mean"], self.config["std"]
        x = np.array(x, dtype=np.float64)
        x[..., 0] = (x[..., 0] - mean) / std
        features, states = self.run_u("encoder", x)
        if self.config["head"] == "direct":
            latest = self.norm("encoder", 2 * self.depth + 1, features[:, -1])
            steps = self.conv(0, latest, "forecast")  # (B, N, horizon)
            return steps.transpose(0, 2, 1)[..., None] * std + mean
        step = np.zeros_like(x[:, :1, :, :1])
        steps = []
        side = "encoder" if self.config["share_weights"] else "decoder"
        for t in range(self.config["horizon"]):
            features, states = self.run_u(side, step, states)
            features = self.norm(side, 2 * self.depth + 1, features)
            step = self.conv(0, features, "forecast")
            steps.append(step)
            if t < len(fed) and fed[t]:
                step = (targets[:, t : t + 1] - mean) / std
        return np.concatenate(steps, axis=1) * std + mean

    def run_u(self, side, x, states=None):
        """Features before the last norm, and the lists of last states."""
        states = iter(states or [None] * (1 + 2 * self.depth))
        last = []

        def recur(level, name, x, dilation=1):
            before = next(states)
            if before is None:
                zero = np.zeros((len(x), *x.shape[2:3], self.config["units"]))
                before = [zero] * dilation
            history = list(before)  # the state of step t is at t + dilation
            for t in range(x.shape[1]):
                history.append(self.gru(level, name, x[:, t], history[t]))
            last.append(history[-dilation:])
            return np.stack(history[dilation:], axis=1)

        h = recur(0, f"{side}_gcgru", x)
        levels = [self.norm(side, 1, h)]
        for i in range(self.depth):
            pooled = self.pool(i, levels[-1])
            name = f"{side}_st_pool_{i + 1}/rnn"
            h = recur(i + 1, name, pooled, self.dilations[i])
            levels.append(self.norm(side, i + 2, h))
        up = levels.pop()
        for i in reversed(range(self.depth)):
            copied = up[:, :, self.labels[i]]
            both = np.concatenate([copied, levels.pop()], axis=-1)
            up = recur(i, f"{side}_st_unpool_{i + 1}/rnn", both)
            if i > 0:
                up = self.norm(side, 2 * self.depth - i + 1, up)
        return up, last

    def gru(self, level, name, x, h):
        """Eq. 7, gate by gate."""
        W = np.split(self.weights[f"{name}/cell/kernel"], 3, axis=1)
        U = np.split(self.weights[f"{name}/cell/recurrent_kernel"], 3, axis=1)
        b = np.split(self.weights[f"{name}/cell/bias"], 3)
        z = sigmoid(
            self.cheb(level, x, W[0]) + self.cheb(level, h, U[0]) + b[0]
        )
        r = sigmoid(
            self.cheb(level, x, W[1]) + self.cheb(level, h, U[1]) + b[1]
        )
        new = self.cheb(level, x, W[2]) + self.cheb(level, r * h, U[2]) + b[2]
        return z * h + (1 - z) * np.tanh(new)

    def cheb(self, level, x, kernel):
        """Eq. 2: the sum over terms of T_k(L~) x Theta_k."""
        lap, F = self.laplacians[level], x.shape[-1]
        y = 0.0
        for k in range(self.config["K"]):
            angle = np.linalg.eigh(lap)
            basis = np.cos(k * np.arccos(np.clip(angle[0], -1, 1)))
            T_k = angle[1] @ np.diag(basis) @ angle[1].T
            y = y + np.einsum("ij,...jf->...if", T_k, x) @ kernel[k * F :][:F]
        return y

    def conv(self, level, x, name):
        y = (
            self.cheb(level, x, self.weights[f"{name}/kernel"])
            + (self.weights[f"{name}/bias"])
        )
        return sigmoid(y) if self.config["activation"] == "sigmoid" else y

    def pool(self, i, x):
        reduce = getattr(np, self.config["reduce"])
        groups = range(self.labels[i].max() + 1)
        members = [x[:, :, self.labels[i] == group] for group in groups]
        return np.stack([reduce(part, axis=2) for part in members], axis=2)

    def norm(self, side, number, x):
        kind = self.config["layer_norm"]
        if kind in (None, "none"):
            return x
        axis = (-2, -1) if kind == "joint" else -1
        name = f"{side}_norm_{number}"
        centred = x - x.mean(axis=axis, keepdims=True)
        variance = (centred**2).mean(axis=axis, keepdims=True)
        scaled = centred / np.sqrt(variance + 1e-6)
        gamma, beta = (self.weights[f"{name}/{w}"] for w in ("gamma", "beta"))
        return scaled * gamma + beta


def rescaled_laplacian(adj):
    """2 L / lambda_max - I of a graph without isolated nodes."""
    degree = adj.sum(axis=1)
    identity = np.eye(len(adj))
    lap = identity - adj / np.sqrt(degree[:, None] * degree[None, :])
    return 2 * lap / np.linalg.eigvalsh(lap)[-1] - identity


def sigmoid(x):
    return 1 / (1 + np.exp(-x))
