"""What training windows say about each node: readings, mean and spread."""

from typing import NamedTuple

import numpy as np

from keras_stunet.baselines.checks import check_windows


class TrainingReadings(NamedTuple):
    """The rows that windows cover, each once, in order.

    `rows` is `(R,)`; `values` (float64, missing ones hold the fill value) and
    `present` are `(R, N)`.
    """

    rows: np.ndarray
    values: np.ndarray
    present: np.ndarray


class NodeScale(NamedTuple):
    """Mean and standard deviation of each node, both `(N,)` float64."""

    mean: np.ndarray
    std: np.ndarray

    def normalise(self, values):
        """Original units to standard ones, nodes on the last axis."""
        return (values - self.mean) / self.std

    def denormalise(self, values):
        """Standard units to original ones, nodes on the last axis."""
        return values * self.std + self.mean


def training_readings(windows, target=0):
    """The readings to fit on, of one target.

    Args:
        windows: The training `Windows`.
        target: Its place among the targets.

    Returns:
        A `TrainingReadings`.

    Raises:
        ValueError: If `windows` is no `Windows`, or nothing is present.
    """
    check_windows(windows)
    rows = windows.covered_rows()
    values = windows.targets_of(windows.values[rows])[..., target]
    values = values.astype(np.float64)  # (R, N)
    present = np.ones(values.shape, dtype=bool)
    if windows.mask is not None:
        present = windows.targets_of(windows.mask[rows])[..., target]
    if not present.any():
        raise ValueError(
            f"No reading is present in the {len(rows)} rows to fit on. "
            "Check the mask: True means present."
        )
    return TrainingReadings(rows, values, present)


def node_scale(readings):
    """Mean and population standard deviation of each node's readings.

    A node without a reading takes the mean of all readings. A node whose
    readings are all alike takes 1 for its standard deviation, so that it is
    centred and not scaled.

    Args:
        readings: `TrainingReadings`.

    Returns:
        A `NodeScale`.
    """
    _, values, present = readings
    count = np.maximum(present.sum(axis=0), 1)
    mean = np.where(present, values, 0.0).sum(axis=0) / count  # (N,)
    mean = np.where(present.any(axis=0), mean, values[present].mean())
    square = np.where(present, (values - mean) ** 2, 0.0)
    std = np.sqrt(square.sum(axis=0) / count)
    # Rounding leaves a constant node a little spread.
    flat = std <= 1e-9 * np.maximum(1.0, np.abs(mean))
    return NodeScale(mean, np.where(flat, 1.0, std))
