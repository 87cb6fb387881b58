"""Windows that JAX gathers on its device, several batches an item."""

import functools

import jax
import jax.numpy as jnp

from keras_stunet.data.batches import WindowBatches
from keras_stunet.data.gather import gather_windows


class DeviceBatches(WindowBatches):
    """The batches of `WindowBatches`, `group` of them joined in an item.

    The series lies on the device once; an item takes the numbers of its
    windows there and nothing else. Batches hold the same windows in the same
    order as in `WindowBatches`. The last group of a pass may have fewer
    batches; a short last batch is an item of its own, so that the windows of
    each item are a multiple of `batch_size` or fewer than it.

    Args:
        windows: a `Windows`.
        batch_size: windows per batch.
        group: batches an item, at least 1.
        shuffle: as in `WindowBatches`.
        seed: as in `WindowBatches`.

    Example:
    >>> import numpy as np
    >>> from keras_stunet.data import Series, make_windows
    >>> series = Series(np.arange(30.0)[:, None], adjacency=np.eye(1))
    >>> windows = make_windows(
    ...     series, protocol="windows", history=2, horizon=1
    ... ).train  # 17 of them
    >>> batches = DeviceBatches(windows, batch_size=3, group=2)
    >>> [len(batches[i][0]) for i in range(len(batches))]
    [6, 6, 3, 2]
    """

    def __init__(self, windows, batch_size, group, shuffle=False, seed=0):
        super().__init__(windows, batch_size, shuffle=shuffle, seed=seed)
        full = len(windows) // batch_size
        cuts = [*range(0, full, group), full]  # of groups, in batches
        cuts = [cut * batch_size for cut in cuts]
        if len(windows) > cuts[-1]:
            cuts.append(len(windows))
        self._cuts = cuts
        self._series = jax.device_put(windows.arrays)

    def __len__(self):
        return len(self._cuts) - 1

    def _places(self, index):
        return slice(self._cuts[index], self._cuts[index + 1])

    def _gather(self, indices):
        windows = self.windows
        return _gather(self._series, windows.form, windows.starts[indices])


@functools.partial(jax.jit, static_argnums=1)
def _gather(series, form, starts):
    first = starts[:, None]  # (B, 1)
    return gather_windows(
        jnp,
        series,
        form,
        first + jnp.arange(form.history),
        first + form.history + jnp.arange(form.horizon),
    )
