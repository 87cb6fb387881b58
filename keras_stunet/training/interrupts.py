"""Ctrl-C ends a training between two steps, where nothing is half done."""

import os
import signal
import threading

import keras

NOTICE = b"\nStopping after this step. Ctrl-C once more stops at once.\n"


class CleanInterrupts(keras.callbacks.Callback):
    """Context manager, and callback of a `fit`, that holds Ctrl-C back.

    Python raises `KeyboardInterrupt` wherever the program happens to be: in
    the middle of a write, in clean-up hooks and a bare `except` of libraries,
    which drop it, and in JAX while other threads compile, which crashes as
    the process ends. So within the block the first Ctrl-C is only noted, and
    raised before the next batch or at `check()`. The second is raised at once.

    Outside of the main thread, and under a program that handles or ignores
    the signal itself, nothing is changed.
    """

    def __init__(self):
        super().__init__()
        self.requested = False

    def __enter__(self):
        self._installed = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._installed:
            signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_):
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def check(self):
        """Raise the `KeyboardInterrupt` that was noted, if any."""
        if self.requested:
            raise KeyboardInterrupt

    def on_train_batch_begin(self, batch, logs=None):
        """Stop here if asked to."""
        self.check()

    def on_test_batch_begin(self, batch, logs=None):
        """Stop here if asked to."""
        self.check()

    def _note(self, number, frame):
        self.check()
        self.requested = True
        os.write(2, NOTICE)  # a signal may come in the middle of a `print`
