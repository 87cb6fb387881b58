"""Equation 8 in NumPy, one step after the other."""

import numpy as np


def dilated(step, x, first, s):
    """`c_t = g(x_t, c_{t-s})` for t = 0 ... T-1.

    Args:
        step: `step(x, states) -> (output, states)`.
        x: `(B, T, ...)`.
        first: The states at t = -s ... -1, each a list of arrays `(B, ...)`.
        s: Skip length.

    Returns:
        The outputs `(B, T, ...)`, and the last s states, oldest first, as
        one array `(B, s, ...)` for each state of the cell.
    """
    states = {t - s: state for t, state in enumerate(first)}
    outputs = []
    steps = x.shape[1]
    for t in range(steps):
        output, states[t] = step(x[:, t], states[t - s])
        outputs.append(output)
    last = [states[t] for t in range(steps - s, steps)]
    return np.stack(outputs, 1), [
        np.stack(c, 1) for c in zip(*last, strict=True)
    ]
