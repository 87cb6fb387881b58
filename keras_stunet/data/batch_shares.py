"""Batches that divide by the devices of a training, and a process's share."""

import numpy as np

from keras_stunet.data.batches import WindowBatches


class BatchShares(WindowBatches):
    """The batches of `WindowBatches`, cut into equal shares, one a device.

    Each batch holds the same windows in the same order as without devices.
    Where it does not divide, as the last one of a pass mostly, it is filled up
    with windows of its own whose mask is 0 throughout: a loss or a score that
    averages over present readings does not see them. So every item is
    `(x, y, mask)`.

    Args:
        windows: a `Windows`.
        batch_size: windows per batch, over all devices.
        shares: number of devices.
        mine: `range` of the shares that the items hold, by default all; a
            process of several asks for those of its own devices.
        shuffle: as in `WindowBatches`.
        seed: as in `WindowBatches`.

    Example:
    >>> from keras_stunet.data import Series, make_windows
    >>> series = Series(np.arange(30.0)[:, None], adjacency=np.eye(1))
    >>> windows = make_windows(
    ...     series, protocol="windows", history=2, horizon=1
    ... ).train  # 17 of them
    >>> batches = BatchShares(windows, batch_size=12, shares=4)
    >>> [len(batches[i][0]) for i in range(2)]
    [12, 8]
    """

    def __init__(
        self, windows, batch_size, shares, mine=None, shuffle=False, seed=0
    ):
        super().__init__(windows, batch_size, shuffle=shuffle, seed=seed)
        self.shares = shares
        self.mine = range(shares) if mine is None else mine

    def _gather(self, indices):
        size = -(-len(indices) // self.shares)
        filled = np.resize(indices, size * self.shares)
        present = np.arange(len(filled)) < len(indices)
        rows = slice(self.mine.start * size, self.mine.stop * size)
        x, y, *mask = self.windows.gather(filled[rows])
        mask = mask[0] if mask else np.ones_like(y)
        return x, y, mask * present[rows, None, None, None]
