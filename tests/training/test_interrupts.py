"""Ctrl-C waits for writes, and is not lost."""

import os
import signal
import threading

import keras
import numpy as np
import pytest

from keras_stunet.training.interrupts import CleanInterrupts

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="signals as on POSIX systems"
)


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_it_raises_at_once_outside_of_a_write():
    with pytest.raises(KeyboardInterrupt):
        with CleanInterrupts():
            press()
            pytest.fail("went on")


def test_it_waits_for_the_end_of_a_write():
    done = []
    with pytest.raises(KeyboardInterrupt):
        with CleanInterrupts() as interrupts:
            with interrupts.held():
                press()
                done.append("written")
            done.append("went on")
    assert done == ["written"]


def test_an_error_in_a_write_is_not_hidden_by_it():
    with pytest.raises(OSError, match="full"):
        with CleanInterrupts() as interrupts, interrupts.held():
            press()
            raise OSError("full")


@pytest.mark.parametrize("when", ["train", "validation"])
def test_one_that_was_dropped_stops_the_next_batch(linear, splits, when):
    class Drop(keras.callbacks.Callback):
        def drop(self):
            try:
                press()
            except KeyboardInterrupt:
                pass

        def on_train_batch_begin(self, batch, logs=None):
            if when == "train":
                assert batch <= 1
                if batch == 1:
                    self.drop()

        def on_test_batch_begin(self, batch, logs=None):
            assert when == "validation" and batch == 0
            self.drop()

    model = linear()
    model.compile("sgd", "mse")
    x, y = splits.train.gather(np.arange(12))
    with pytest.raises(KeyboardInterrupt):
        with CleanInterrupts() as interrupts:
            model.fit(
                x,
                y,
                batch_size=4,
                validation_data=(x, y),
                validation_batch_size=4,
                callbacks=[interrupts, Drop()],
                verbose=0,
            )


def test_the_former_handler_comes_back():
    with CleanInterrupts():
        assert signal.getsignal(signal.SIGINT) != signal.default_int_handler
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_a_program_that_handles_the_signal_itself_keeps_its_handler():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append("theirs"))
    try:
        with CleanInterrupts():
            press()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["theirs"]


def test_it_can_be_used_in_another_thread():
    errors = []

    def work():
        try:
            with CleanInterrupts():
                pass
        except ValueError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not errors
