"""What goes along with a training: state kept, order, Ctrl-C, progress bar."""

import copy
import math
import os
import signal
import threading
import time

import keras

from keras_stunet.training.checkpoint import save_checkpoint
from keras_stunet.training.checkpoint import write_best
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.runs.folder import CHECKPOINT

NOTICE = b"\nStopping after this step. Ctrl-C once more stops at once.\n"


class CheckpointCallback(keras.callbacks.Callback):
    """After each epoch: the whole state, then the best model so far.

    In this order, so that after a kill in between `write_best` finds the best
    model in the state, and none is left of an epoch that was killed.

    Args:
        folder: The run folder.
        record: What `restore` returned; it grows with each epoch.
        monitor: What the best epoch has least of.
        devices: What `open_devices` found; of several processes, one writes.
    """

    def __init__(self, folder, record, monitor="val_mae", devices=None):
        super().__init__()
        self.folder = folder
        self.record = record
        self.monitor = monitor
        self.devices = devices or OneDevice()

    def on_train_begin(self, logs=None):
        """Start the clock."""
        self.clock = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Keep what the epoch made."""
        logs = {name: float(value) for name, value in logs.items()}
        now = time.perf_counter()
        for name in ("loss", "val_mae", self.monitor):
            if not math.isfinite(logs[name]):
                raise ValueError(self._diverged(epoch, name, logs[name]))
        self.record["seconds"] += now - self.clock
        self.clock = now
        self.record["history"].append({"epoch": epoch + 1, **logs})
        best = self.record["best"].get(self.monitor, math.inf)
        if logs[self.monitor] < best:
            kept = ("val_mae", self.monitor)
            kept = {name: logs[name] for name in kept}
            self.record["best"] = {"epoch": epoch + 1, **kept}
        if self.devices.writes:
            save_checkpoint(self.folder / CHECKPOINT, self.model, self.record)
        write_best(self.folder, self.model, self.record, self.devices)

    def _diverged(self, epoch, name, value):
        kept = "no epoch before it was finished"
        if epoch:
            kept = f"the state after epoch {epoch} is in "
            kept += f"{self.folder / CHECKPOINT}"
        return (
            f"`{name}` of epoch {epoch + 1} is {value}: the training diverged "
            f"({kept}). Train in another folder with a lower learning rate, "
            "or in float32."
        )


class StopEarly(keras.callbacks.Callback):
    """Ends a training whose error on validation gets no better.

    Args:
        recipe: The `Recipe`.
        record: What `restore` returned, as `CheckpointCallback` keeps it.
    """

    def __init__(self, recipe, record):
        super().__init__()
        self.recipe = recipe
        self.record = record

    def on_epoch_end(self, epoch, logs=None):
        """Stop here if there is nothing more to wait for."""
        if self.recipe.is_over(self.record["history"], self.record["best"]):
            self.model.stop_training = True


class SetOrder(keras.callbacks.Callback):
    """The order of the windows by the number of the epoch alone.

    Args:
        batches: What is trained on, from `make_batches` or alike.
    """

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch, logs=None):
        """Take the order of this epoch."""
        self.batches.epoch = epoch


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

    def watched(self, windows):
        """The same `Windows`, whose `gather` stops if asked to."""
        watched = copy.copy(windows)

        def gather(indices):
            self.check()
            return windows.gather(indices)

        watched.gather = gather
        return watched

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


def new_bar(*columns, **options):
    """A `rich.progress.Progress` that shows nothing where no terminal is.

    Args:
        *columns: As of `Progress`.
        **options: The same.
    """
    from rich.console import Console
    from rich.progress import Progress

    console = Console()
    shown = console.is_interactive or console.is_jupyter
    options["disable"] = options.get("disable", False) or not shown
    return Progress(*columns, console=console, **options)


class TrainingProgress(keras.callbacks.Callback):
    """One bar over all batches of all epochs, and one line an epoch.

    Args:
        epochs: Epochs of the whole training.
        steps_per_epoch: Batches an epoch, or groups of them.
        epochs_done: Epochs that an earlier start has finished.
    """

    def __init__(self, epochs, steps_per_epoch, epochs_done=0):
        from rich import progress as rich

        super().__init__()
        self.epochs = epochs
        self.steps = steps_per_epoch
        self.epochs_done = epochs_done
        self.progress = new_bar(
            rich.TextColumn("{task.description}"),
            rich.BarColumn(),
            rich.MofNCompleteColumn(),
            rich.TimeElapsedColumn(),
            rich.TextColumn("left"),
            rich.TimeRemainingColumn(elapsed_when_finished=False),
        )

    def on_train_begin(self, logs=None):
        """Show the bar."""
        self.task = self.progress.add_task(
            "compiling",
            total=self.epochs * self.steps,
            completed=self.epochs_done * self.steps,
        )
        self.progress.start()

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar."""
        # Where Keras takes several steps a call, the last may overshoot.
        batches = min(batch + 1, self.steps)
        self.progress.update(
            self.task,
            completed=self.epoch * self.steps + batches,
            description=f"epoch {self.epoch + 1}/{self.epochs}",
        )

    def on_epoch_begin(self, epoch, logs=None):
        """Note the epoch."""
        self.epoch = epoch

    def on_epoch_end(self, epoch, logs=None):
        """Print the epoch's figures."""
        logs = logs or {}
        shown = "  ".join(
            f"{name} {logs[name]:.3f}"
            for name in ("loss", "mae", "val_loss", "val_mae")
            if name in logs
        )
        self.progress.console.print(
            f"epoch {epoch + 1:3d}/{self.epochs}  {shown}", highlight=False
        )

    def stop(self):
        """Take the bar away, also after an error."""
        self.progress.stop()
