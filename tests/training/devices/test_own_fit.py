"""The fit of our own on several devices, and the shares of a batch."""

import keras
import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data.batch_shares import BatchShares
from keras_stunet.data.batches import WindowBatches
from keras_stunet.training.devices import tensorflow as tensorflow_devices
from keras_stunet.training.devices.tensorflow_fit import fit_together
from tests.training.devices.masked_series import masked_series


@pytest.fixture(scope="module")
def windows():
    return make_windows(
        masked_series(), "days", parts=(3, 2, 1), history=2, horizon=2
    ).train  # 15 of them


@pytest.mark.parametrize("batch_size, shares", [(8, 2), (8, 4), (6, 3)])
def test_shares_hold_each_window_once(windows, batch_size, shares):
    plain = WindowBatches(windows, batch_size, shuffle=True, seed=3)
    order = {"shuffle": True, "seed": 3}
    cut = [
        BatchShares(windows, batch_size, shares, range(i, i + 1), **order)
        for i in range(shares)
    ]
    whole = BatchShares(windows, batch_size, shares, **order)
    for epoch in range(2):
        for batches in (plain, whole, *cut):
            batches.epoch = epoch
        for i in range(len(plain)):
            parts = [batches[i] for batches in cut]
            assert len({len(x) for x, _, _ in parts}) == 1
            together = [
                np.concatenate(arrays) for arrays in zip(*parts, strict=True)
            ]
            for ours, theirs, alike in zip(
                together, plain[i], whole[i], strict=True
            ):
                np.testing.assert_array_equal(ours[: len(theirs)], theirs)
                np.testing.assert_array_equal(ours, alike)
            assert not together[2][len(plain[i][0]) :].any()


def test_shares_of_a_series_without_gaps_have_a_mask(windows):
    series = masked_series()
    series = Series(series.values, series.adjacency, series.timestamps)
    windows = make_windows(
        series, "days", parts=(3, 2, 1), history=2, horizon=2
    ).train
    x, y, mask = BatchShares(windows, 15, 4)[0]
    assert len(x) == len(y) == 16
    assert mask[:15].all() and not mask[15:].any()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's own fit"
)
def test_our_own_fit_goes_on_after_the_epochs_that_are_done(windows):
    class Calls(keras.callbacks.Callback):
        seen, logs = [], {}

        def on_epoch_begin(self, epoch, logs=None):
            self.seen.append(epoch)

        def on_train_batch_begin(self, batch, logs=None):
            self.seen.append(f"train {batch}")

        def on_test_batch_begin(self, batch, logs=None):
            self.seen.append(f"test {batch}")

        def on_epoch_end(self, epoch, logs=None):
            self.logs = logs

    strategy = tensorflow_devices.tf.distribute.OneDeviceStrategy("cpu:0")
    with strategy.scope():
        model = keras.Sequential(
            [keras.Input((2, 8, 1)), keras.layers.Dense(1)]
        )
        model.compile("sgd", loss="mse", weighted_metrics=["mae"])
    calls = Calls()
    fit_together(
        strategy,
        model,
        BatchShares(windows, 10, 1),
        epochs=3,
        initial_epoch=1,
        validation_data=BatchShares(windows, 15, 1),
        callbacks=[calls],
    )
    # A Ctrl-C is heeded where a batch begins, in training and validation.
    assert calls.seen == [1, "train 0", "train 1", "test 0"] + [
        *(2, "train 0", "train 1", "test 0")
    ]
    assert {"loss", "mae", "val_loss", "val_mae"} <= calls.logs.keys()
    assert int(model.optimizer.iterations) == 4


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's own fit"
)
def test_our_own_fit_ends_where_a_callback_says_so(windows):
    class Stop(keras.callbacks.Callback):
        seen = []

        def on_epoch_end(self, epoch, logs=None):
            self.seen.append(epoch)
            self.model.stop_training = epoch == 1

    strategy = tensorflow_devices.tf.distribute.OneDeviceStrategy("cpu:0")
    with strategy.scope():
        model = keras.Sequential(
            [keras.Input((2, 8, 1)), keras.layers.Dense(1)]
        )
        model.compile("sgd", loss="mse")
    stop = Stop()
    fit_together(
        strategy,
        model,
        BatchShares(windows, 10, 1),
        epochs=5,
        initial_epoch=0,
        validation_data=BatchShares(windows, 15, 1),
        callbacks=[stop],
    )
    assert stop.seen == [0, 1]
