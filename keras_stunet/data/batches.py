"""Batches of windows for `fit`, `evaluate` and `predict`."""

import keras
import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.messages import install_hint


class WindowBatches(keras.utils.PyDataset):
    """Batches of `Windows` in NumPy, for any Keras backend.

    Take `make_batches` for a training: it knows what is quick on the backend.

    Item `i` is what `Windows.gather` returns for the `i`-th batch of the
    order: `(x, y)`, or `(x, y, mask)`, the mask in the place of Keras' sample
    weights.

    The order is a pure function of `(seed, epoch)`. `epoch` advances when
    `fit` ends a pass over all batches; set it to go on where another run
    stopped, or to see an order again.

    Call `fit(..., shuffle=False)`: the default of Keras shuffles the batches
    once more, with Python's global random state, which keeps every window but
    loses the reproducible order.

    Args:
        windows: a `Windows`.
        batch_size: windows per batch.
        shuffle: whether to permute the windows anew each epoch.
        seed: non-negative integer that seeds the permutations.
        drop_last: whether to leave out a short last batch. Keep it (the
            default) unless compiled code needs one batch size; never drop it
            when scoring.

    Raises:
        ValueError: if `batch_size` is not positive, or `drop_last` leaves no
            batch.
    """

    def __init__(
        self, windows, batch_size, shuffle=False, seed=0, drop_last=False
    ):
        super().__init__()
        check_batches(windows, batch_size, drop_last)
        self.windows = windows
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.seed = seed
        self.drop_last = drop_last
        self.epoch = 0

    @property
    def epoch(self):
        """Number of the epoch whose order is in use, from 0."""
        return self._epoch

    @epoch.setter
    def epoch(self, value):
        count = len(self.windows)
        self._order = window_order(count, self.shuffle, self.seed, value)
        self._epoch = int(value)
        self._begun = False
        self._served = 0

    def __len__(self):
        full, rest = divmod(len(self.windows), self.batch_size)
        return full if self.drop_last or not rest else full + 1

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(
                f"Batch {index} was asked for; there are {len(self)}, "
                "counted from 0."
            )
        self._served += self._begun
        return self._gather(self._order[self._places(index)])

    def _places(self, index):
        first = index * self.batch_size
        return slice(first, first + self.batch_size)

    def _gather(self, indices):
        return self.windows.gather(indices)

    # Keras also ends an "epoch" before the first one: TensorFlow without
    # having begun it, JAX after one batch that served to build the model. So
    # only a begun epoch that served every batch counts. (With a single batch
    # the first fit on JAX cannot be told apart and takes one order more.)
    def on_epoch_begin(self):
        """Note that a pass over the batches begins."""
        self._begun = True

    def on_epoch_end(self):
        """Take the order of the next epoch, if this one is complete."""
        if self._served >= len(self):
            self.epoch += 1
        self._begun = False


def make_batches(windows, batch_size, shuffle=False, seed=0, drop_last=False):
    """Batches of windows for `fit` and `evaluate`, as the backend takes them.

    On TensorFlow that is `to_tf_data`: what Keras makes of a `PyDataset`
    there, a data set that calls Python for each batch, has TensorFlow give
    its memory back at each step for the rest of the process, and take it
    anew. On JAX and PyTorch it is `WindowBatches`.

    Both hold the same windows in the same order, in each epoch; `len` is the
    number of batches, and `epoch` can be read and set. Call `fit(...,
    shuffle=False)` on either.

    Args:
        windows: a `Windows`.
        batch_size: windows per batch.
        shuffle: whether to permute the windows anew each epoch.
        seed: non-negative integer that seeds the permutations.
        drop_last: whether to leave out a short last batch.

    Returns:
        A `tf.data.Dataset` or a `keras.utils.PyDataset` of `(x, y)` or `(x,
        y, mask)`, as `Windows.gather` makes.

    Raises:
        ValueError: as `WindowBatches`.

    Example:
    >>> from keras_stunet.data import Series, make_windows
    >>> series = Series(np.arange(30.0)[:, None], adjacency=np.eye(1))
    >>> windows = make_windows(
    ...     series, protocol="windows", history=2, horizon=1
    ... ).train  # 17 of them
    >>> len(make_batches(windows, batch_size=5, shuffle=True))
    4
    """
    on_tensorflow = keras.backend.backend() == "tensorflow"
    make = to_tf_data if on_tensorflow else WindowBatches
    return make(windows, batch_size, shuffle, seed, drop_last)


def to_tf_data(windows, batch_size, shuffle=False, seed=0, drop_last=False):
    """A `tf.data.Dataset` with the batches of `WindowBatches`, on any backend.

    Windows are gathered by index inside the TensorFlow graph, from one
    constant copy of the series, in the order that `WindowBatches` has in each
    epoch. As there, `epoch` advances with each whole pass, and may be set;
    what `map` and the like make of the data set does not set its order.

    Args:
        windows: a `Windows`.
        batch_size: windows per batch.
        shuffle: whether to permute the windows anew each epoch.
        seed: non-negative integer that seeds the permutations.
        drop_last: whether to leave out a short last batch, which also makes
            the batch size static.

    Returns:
        A data set of `(x, y)` or `(x, y, mask)`, as `Windows.gather` makes.

    Raises:
        ImportError: if TensorFlow is not installed.
        ValueError: as `WindowBatches`.
    """
    try:
        import tensorflow  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"`to_tf_data` needs TensorFlow. {install_hint('tensorflow')} Or "
            "use `make_batches`, which works on every backend."
        ) from error
    from keras_stunet.data.tensorflow_batches import TensorFlowBatches

    return TensorFlowBatches(windows, batch_size, shuffle, seed, drop_last)


def window_order(count, shuffle, seed, epoch):
    """The order of so many windows in an epoch: NumPy's, by seed and epoch."""
    if not shuffle:
        return np.arange(count)
    return np.random.default_rng([seed, epoch]).permutation(count)


def check_batches(windows, batch_size, drop_last):
    """Raise for batches that cannot be made.

    Raises:
        ValueError: if `batch_size` is not positive, or `drop_last` leaves no
            batch.
    """
    check_count("batch_size", batch_size, 1)
    if drop_last and len(windows) < batch_size:
        raise ValueError(
            f"{len(windows)} windows do not fill one batch of {batch_size}, "
            "and `drop_last=True` leaves none. Use a smaller batch or "
            "`drop_last=False`."
        )
