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
            `(B, horizon, N, D_out)` float32, in original units.
        """
        check_windows(windows)
        if indices is None:
            indices = np.arange(len(windows))
        rows = windows.input_rows(indices)  # (B, history)
        readings = windows.targets_of(windows.values[rows])
        ago = 0  # steps from the last present reading to the end
        if windows.mask is not None:
            present = windows.targets_of(windows.mask[rows])
            # The first True of the reversed input is the last present step;
            # argmax gives 0, the newest step, where there is none, and that
            # one holds the fill value.
            ago = np.argmax(present[:, ::-1], axis=1)[:, None]
        last = np.broadcast_to(
            windows.history - 1 - ago, (len(rows), 1, *readings.shape[2:])
        )
        forecast = np.take_along_axis(readings, last, axis=1)
        return np.repeat(forecast, windows.horizon, axis=1)
