"""Ctrl-C waits for the end of a step."""

import os
import signal
import threading

import keras
import numpy as np
import pytest

from keras_stunet.baselines import Persistence
from keras_stunet.evaluation.scoring import score_windows
from keras_stunet.training.callbacks import CleanInterrupts

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="signals as on POSIX systems"
)


def press():
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_noted_and_raised_at_the_next_check(capfd):
    done = []
    with pytest.raises(KeyboardInterrupt):
        with CleanInterrupts() as interrupts:
            interrupts.check()
            press()
            done.append("written")
            interrupts.check()
            done.append("went on")
    assert done == ["written"]
    assert "Ctrl-C once more stops at once" in capfd.readouterr().err


def test_the_second_is_raised_at_once():
    with pytest.raises(KeyboardInterrupt):
        with CleanInterrupts():
            press()
            press()
            pytest.fail("went on")


def test_scoring_stops_at_the_next_batch(splits):
    class Press(Persistence):
        def predict(self, windows, indices):
            seen.append(len(indices))
            if len(seen) == 2:
                press()
            return super().predict(windows, indices)

    seen = []
    with pytest.raises(KeyboardInterrupt):
        with CleanInterrupts() as interrupts:
            windows = interrupts.watched(splits.test)
            score_windows(Press(), windows, batch_size=4)
    assert seen == [4, 4]
    with CleanInterrupts() as interrupts:
        windows = interrupts.watched(splits.test)
        scores = score_windows(Persistence(), windows)
    assert scores == score_windows(Persistence(), splits.test)


@pytest.mark.parametrize("when", ["train", "validation"])
def test_it_stops_training_before_the_next_batch(linear, splits, when):
    class Press(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if when == "train":
                assert batch <= 1
                if batch == 1:
                    press()

        def on_test_batch_begin(self, batch, logs=None):
            assert when == "validation" and batch == 0
            press()

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
                callbacks=[interrupts, Press()],
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
