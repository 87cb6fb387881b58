"""Sections 3.2 and 3.3 in NumPy, node by node."""

import numpy as np


def members(labels):
    """List of the nodes of each super node."""
    return [np.flatnonzero(labels == a) for a in range(max(labels) + 1)]


def pool(x, labels, reduce):
    """Mean or maximum over the members, `(..., N, F)` to `(..., N', F)`."""
    function = {"mean": np.mean, "max": np.max}[reduce]
    groups = [function(x[..., own, :], axis=-2) for own in members(labels)]
    return np.stack(groups, axis=-2)


def copy(x, labels):
    """`y_i = x_f(i)`."""
    return np.stack([x[..., a, :] for a in labels], axis=-2)


def degree_ranks(W, labels):
    """Rank of each node by degree in its super node, the highest first."""
    degree = W.sum(axis=1)
    ranks = np.zeros(len(labels), int)
    for own in members(labels):
        for i in own:
            ranks[i] = np.sum(degree[own] > degree[i])
    return ranks


def ordered(x, W, labels, taps, bias):
    """`y_i = x_f(i) W_r + b_r`; `taps` `(M, F, F)`, `bias` `(M, F)`."""
    ranks = degree_ranks(W, labels)
    nodes = [
        x[..., a, :] @ taps[r] + bias[r]
        for a, r in zip(labels, ranks, strict=True)
    ]
    return np.stack(nodes, axis=-2)


def weighted(x, W, labels, taps, bias, mixing):
    """`y_i = [ordered_i ; s_i] V`, `s_i` the weights to the members by rank."""
    up = ordered(x, W, labels, taps, bias)
    ranks = degree_ranks(W, labels)
    structure = np.zeros((len(labels), len(taps)))
    for own in members(labels):
        for i in own:
            for j in own:
                structure[i, ranks[j]] = W[i, j]
    structure = np.broadcast_to(structure, (*up.shape[:-1], len(taps)))
    return np.concatenate([up, structure], axis=-1) @ mixing
