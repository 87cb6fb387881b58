"""Recurrent cells in NumPy: `step(x, states) -> (output, states)`."""

import numpy as np

from tests.reference.chebyshev import convolve


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gcgru(W, kernel, recurrent_kernel, bias, K):
    """Equation 7, from kernels with the gates z, r, h side by side."""

    def gates(matrix):  # (K * F, 3 U) -> three of (K, F, U)
        parts = np.split(matrix, 3, axis=1)
        return [p.reshape(K, len(matrix) // K, p.shape[1]) for p in parts]

    W_z, W_r, W_h = gates(kernel)
    U_z, U_r, U_h = gates(recurrent_kernel)
    b_z, b_r, b_h = np.split(bias, 3)

    def step(x, states):
        (h,) = states
        z = sigmoid(convolve(W, x, W_z) + convolve(W, h, U_z) + b_z)
        r = sigmoid(convolve(W, x, W_r) + convolve(W, h, U_r) + b_r)
        new = np.tanh(convolve(W, x, W_h) + convolve(W, r * h, U_h) + b_h)
        h = z * h + (1 - z) * new
        return h, [h]

    return step


def lstm(kernel, recurrent_kernel, bias):
    """Keras's LSTM: gates i, f, c, o side by side; the states are h and c."""

    def step(x, states):
        h, c = states
        i, f, g, o = np.split(x @ kernel + h @ recurrent_kernel + bias, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return h, [h, c]

    return step


def gru(kernel, recurrent_kernel, bias):
    """Keras's GRU: gates z, r, h; the reset acts after the product."""

    def step(x, states):
        (h,) = states
        x_z, x_r, x_h = np.split(x @ kernel + bias[0], 3, -1)
        h_z, h_r, h_h = np.split(h @ recurrent_kernel + bias[1], 3, -1)
        z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
        h = z * h + (1 - z) * np.tanh(x_h + r * h_h)
        return h, [h]

    return step
