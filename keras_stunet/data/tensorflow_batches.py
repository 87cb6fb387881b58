"""Windows that TensorFlow gathers inside its own input pipeline."""

import numpy as np
import tensorflow as tf

from keras_stunet.data.batches import check_batches
from keras_stunet.data.batches import window_order


class TensorFlowBatches(tf.data.Dataset):
    """The batches of `WindowBatches`, as a `tf.data.Dataset`.

    Windows are gathered by index inside the TensorFlow graph, from one
    constant copy of the series; no Python runs between two batches. The order
    is that of `WindowBatches`, a variable that is set each time the data set
    is iterated over. A pass counts once its last batch was taken.

    What `map` and the like make of it stays in the order that is set: set
    `epoch` yourself before each pass then.

    Args:
        windows: a `Windows`.
        batch_size: windows per batch.
        shuffle: as in `WindowBatches`.
        seed: as in `WindowBatches`.
        drop_last: as in `WindowBatches`; it also makes the batch size static.

    Raises:
        ValueError: as `WindowBatches`.

    Example:
    >>> from keras_stunet.data import Series, make_windows
    >>> series = Series(np.arange(30.0)[:, None], adjacency=np.eye(1))
    >>> windows = make_windows(
    ...     series, protocol="windows", history=2, horizon=1
    ... ).train  # 17 of them
    >>> batches = TensorFlowBatches(windows, batch_size=12, shuffle=True)
    >>> [len(x) for x, y in batches], batches.epoch
    ([12, 5], 1)
    """

    def __init__(
        self, windows, batch_size, shuffle=False, seed=0, drop_last=False
    ):
        check_batches(windows, batch_size, drop_last)
        self.windows = windows
        self.batch_size = batch_size
        self.seed = seed
        self._shuffled = shuffle
        with tf.device("CPU"):
            self._order = tf.Variable(self._order_of(0), trainable=False)
            self._epoch = tf.Variable(np.int64(0), trainable=False)
            gather = _gather_function(windows)
        self._ordered = 0  # the epoch whose order is set
        order, epoch = self._order, self._epoch
        places = tf.data.Dataset.range(len(windows))
        places = places.batch(batch_size, drop_remainder=drop_last)
        last = len(places) - 1

        def count(number, batch):
            epoch.assign_add(tf.cast(number == last, epoch.dtype))
            return batch

        batches = places.map(
            lambda places: gather(tf.gather(order, places)),
            num_parallel_calls=1,
        )
        batches = batches.prefetch(2)
        # After the prefetching, so that what is counted has been taken.
        batches = batches.enumerate().map(count)
        # Its tuner sleeps for up to a minute where a pass has ended, and the
        # next pass waits for it.
        options = tf.data.Options()
        options.autotune.enabled = False
        self._batches = batches.with_options(options)
        super().__init__(tf.data.experimental.to_variant(self._batches))

    @property
    def epoch(self):
        """Number of the epoch whose order is in use, from 0."""
        return int(self._epoch.numpy())

    @epoch.setter
    def epoch(self, value):
        self._epoch.assign(value)
        self._set_order()

    @property
    def element_spec(self):
        """Shapes and dtypes of a batch."""
        return self._batches.element_spec

    def __iter__(self):
        if tf.executing_eagerly():
            self._set_order()
        return super().__iter__()

    def _inputs(self):
        return [self._batches]

    def _order_of(self, epoch):
        count = len(self.windows)
        return window_order(count, self._shuffled, self.seed, epoch)

    def _set_order(self):
        if self._ordered != self.epoch:
            self._ordered = self.epoch
            self._order.assign(self._order_of(self._ordered))


def _gather_function(windows):
    """`Windows.gather` as operations of TensorFlow."""
    starts = tf.constant(windows.starts)
    shape = windows.values.shape[:2] + (windows.num_measurements,)
    values = tf.constant(windows.values.reshape(shape))  # (steps, N, D)
    form, nodes = windows.form, windows.num_nodes
    mask = known = static = None
    if windows.mask is not None:
        mask = windows.mask.reshape(shape)
        mask = tf.constant(mask.astype(np.float32))
    if windows.arrays.known is not None:
        known = tf.constant(windows.arrays.known)  # (steps, 1 or N, C + E)
    if windows.arrays.static is not None:
        static = tf.constant(windows.arrays.static)  # (N, S)
    usual = windows.usual
    if usual is not None:
        usual = usual._replace(
            values=tf.constant(usual.values),  # (V, R, N, 2 D)
            day=tf.constant(usual.day),
            variant=tf.constant(usual.variant),
        )
    everything = windows.targets == tuple(range(windows.num_measurements))

    def targets_of(readings, rows):
        readings = tf.gather(readings, rows)  # (B, horizon, N, D)
        if everything:
            return readings
        return tf.gather(readings, windows.targets, axis=-1)

    def known_of(rows):
        extra = tf.gather(known, rows)  # (B, T, 1 or N, C + E)
        return tf.repeat(extra, nodes // extra.shape[2], axis=2)

    def usual_of(first):
        # (B, history, N, 2 D), (B, horizon, N, 2 D)
        steps = windows.history + windows.horizon
        rows = first + tf.range(steps, dtype=tf.int64)
        day = tf.gather(usual.day, rows)
        spans = tf.stack([day - day[:, :1], day[:, -1:] - day], axis=-1)
        variants = tf.gather_nd(usual.variant, spans)
        found = tf.gather_nd(usual.values, tf.stack([variants, rows], axis=-1))
        return tf.split(found, [windows.history, windows.horizon], axis=1)

    def gather(indices):
        first = tf.gather(starts, indices)[:, None]  # (B, 1)
        rows = first + tf.range(windows.history, dtype=tf.int64)
        ahead = first + windows.history
        ahead += tf.range(windows.horizon, dtype=tf.int64)
        x = tf.gather(values, rows)  # (B, history, N, D)
        if usual is not None:
            before, later = usual_of(first)
            if mask is not None:
                there = tf.gather(mask, rows) > 0
                x = tf.where(there, x, before[..., : x.shape[-1]])
        features = [x]
        if known is not None:
            features.append(known_of(rows))
        if form.shifted:
            features.append(known_of(rows + form.horizon)[..., -form.shifted :])
        if static is not None:
            shape = tf.concat([tf.shape(x)[:3], static.shape[-1:]], axis=0)
            features.append(tf.broadcast_to(static, shape))
        if windows.mask_channel:
            features.append(
                tf.ones_like(x) if mask is None else tf.gather(mask, rows)
            )
        if usual is not None:
            features.append(before)
        x = tf.concat(features, axis=-1)  # (B, history, N, F)
        if form.future:
            future = [] if known is None else [known_of(ahead)]
            future += [] if usual is None else [later]
            x = x, tf.concat(future, axis=-1)  # (B, horizon, N, _)
        y = targets_of(values, ahead)  # (B, horizon, N, targets)
        if mask is None:
            return x, y
        return x, y, targets_of(mask, ahead)

    return gather
