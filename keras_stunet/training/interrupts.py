"""Ctrl-C stops a training at once, but never within a write, and for sure."""

import contextlib
import signal
import threading

import keras


class CleanInterrupts(keras.callbacks.Callback):
    """Context manager and callback for a `fit` that Ctrl-C may end.

    Python raises `KeyboardInterrupt` wherever the program happens to be. In
    the middle of a write that would lose the epoch; and some places that
    libraries call back from (clean-up hooks, a bare `except`) drop it, so that
    the training would go on. So within `held()` the interrupt waits for the
    end of the block, and one that was dropped is raised again before the next
    batch.

    Outside of the main thread, and under a program that handles or ignores
    the signal itself, nothing is changed.
    """

    def __init__(self):
        super().__init__()
        self.requested = False
        self._held = False

    def __enter__(self):
        self._installed = (
            threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        )
        if self._installed:
            signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_):
        if self._installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    @contextlib.contextmanager
    def held(self):
        """Let an interrupt wait for the end of the block."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self._raise_requested()

    def on_train_batch_begin(self, batch, logs=None):
        """Raise an interrupt that was dropped."""
        self._raise_requested()

    def on_test_batch_begin(self, batch, logs=None):
        """Raise an interrupt that was dropped."""
        self._raise_requested()

    def _handle(self, number, frame):
        self.requested = True
        if not self._held:
            raise KeyboardInterrupt

    def _raise_requested(self):
        if self.requested:
            raise KeyboardInterrupt
