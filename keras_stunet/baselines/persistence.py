"""Persistence: nothing changes."""

import numpy as np

from keras_stunet.baselines.checks import check_windows


class Persistence:
    """The last present reading of each node, repeated over the horizon.

    `forecast[b, h, n] = values[t, n]`, with `t` the last input row of window
    `b` at which node `n` is present. A node with no present reading in the
    input takes the fill value of the windows, which is the training mean.

    Nothing is learnt; `fit` exists so that all baselines are used alike.
    """

    def fit(self, windows):
        """Return the baseline itself.

        Args:
            windows: the training `Windows`, not used.
        """
        check_windows(windows)
        return self

    def predict(self, windows, indices=None):
        """Forecast the targets of windows.

        Args:
            windows: `Windows`.
            indices: `(B,)` integers, by default all windows.

        Returns:
            `(B, horizon, N, 1)` float32, in original units.
        """
        check_windows(windows)
        if indices is None:
            indices = np.arange(len(windows))
        rows = windows.input_rows(indices)  # (B, history)
        last = np.broadcast_to(
            rows[:, -1:], (len(rows), windows.num_nodes)
        )  # (B, N)
        if windows.mask is not None:
            present = windows.mask[rows]  # (B, history, N)
            # The first True of the reversed input is the last present step;
            # argmax gives 0, the newest step, where there is none, and that
            # one holds the fill value.
            last = last - np.argmax(present[:, ::-1], axis=1)
        forecast = windows.values[last, np.arange(windows.num_nodes)]
        shape = (len(rows), windows.horizon, windows.num_nodes, 1)
        return np.broadcast_to(forecast[:, None, :, None], shape).copy()
