"""Batches of windows for `fit`, `evaluate` and `predict`."""

import keras
import numpy as np

from keras_stunet.checks import check_count


class WindowBatches(keras.utils.PyDataset):
    """Batches of `Windows` on any Keras backend.

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
        _check_batches(windows, batch_size, drop_last)
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
        self._order = (
            np.random.default_rng([self.seed, value]).permutation(count)
            if self.shuffle
            else np.arange(count)
        )
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


def to_tf_data(windows, batch_size, shuffle=False, seed=0, drop_last=False):
    """A `tf.data.Dataset` with the batches of `WindowBatches`.

    Windows are gathered by index inside the TensorFlow graph, from one
    constant copy of the series. With `shuffle` the order is new each time the
    data set is iterated over, and the sequence of orders repeats for the same
    seed and the same global one (`keras.utils.set_random_seed`); a training
    that was interrupted starts this sequence anew (use `WindowBatches` where
    that matters).

    Args:
        windows: a `Windows`.
        batch_size: windows per batch.
        shuffle: whether to permute the windows anew each epoch.
        seed: seeds the permutations.
        drop_last: whether to leave out a short last batch, which also makes
            the batch size static.

    Returns:
        A data set of `(x, y)` or `(x, y, mask)`, as `Windows.gather` makes.

    Raises:
        ImportError: if TensorFlow is not installed.
        ValueError: as `WindowBatches`.
    """
    _check_batches(windows, batch_size, drop_last)
    try:
        import tensorflow as tf
    except ImportError as error:
        raise ImportError(
            "`to_tf_data` needs TensorFlow: "
            "`pip install keras_stunet[tensorflow]`, or use `WindowBatches`, "
            "which works on every backend."
        ) from error

    with tf.device("CPU"):
        starts = tf.constant(windows.starts)
        values = tf.constant(windows.values)  # (steps, N)
        mask = calendar = None
        if windows.mask is not None:
            mask = tf.constant(windows.mask.astype(np.float32))
        if windows.calendar:
            calendar = tf.constant(windows.calendar_features)  # (steps, C)

    def gather(indices):
        first = tf.gather(starts, indices)[:, None]  # (B, 1)
        rows = first + tf.range(windows.history, dtype=tf.int64)
        x = tf.gather(values, rows)[..., None]  # (B, history, N, 1)
        features = [x]
        if calendar is not None:
            extra = tf.gather(calendar, rows)[:, :, None, :]
            features.append(tf.repeat(extra, windows.num_nodes, axis=2))
        if windows.mask_channel:
            features.append(
                tf.ones_like(x)
                if mask is None
                else tf.gather(mask, rows)[..., None]
            )
        x = tf.concat(features, axis=-1)  # (B, history, N, F)
        rows = first + windows.history
        rows += tf.range(windows.horizon, dtype=tf.int64)
        y = tf.gather(values, rows)[..., None]  # (B, horizon, N, 1)
        if mask is None:
            return x, y
        return x, y, tf.gather(mask, rows)[..., None]

    dataset = tf.data.Dataset.range(len(windows))
    if shuffle:
        dataset = dataset.shuffle(
            len(windows), seed=seed, reshuffle_each_iteration=True
        )
    dataset = dataset.batch(batch_size, drop_remainder=drop_last)
    dataset = dataset.map(gather, num_parallel_calls=tf.data.AUTOTUNE)
    return dataset.prefetch(tf.data.AUTOTUNE)


def _check_batches(windows, batch_size, drop_last):
    check_count("batch_size", batch_size, 1)
    if drop_last and len(windows) < batch_size:
        raise ValueError(
            f"{len(windows)} windows do not fill one batch of {batch_size}, "
            "and `drop_last=True` leaves none. Use a smaller batch or "
            "`drop_last=False`."
        )
