"""A progress bar over a whole training, with the time that is left."""

import keras
from rich.console import Console
from rich.progress import BarColumn
from rich.progress import MofNCompleteColumn
from rich.progress import Progress
from rich.progress import TextColumn
from rich.progress import TimeElapsedColumn
from rich.progress import TimeRemainingColumn


class TrainingProgress(keras.callbacks.Callback):
    """One bar over all batches of all epochs, and one line an epoch.

    Args:
        epochs: Epochs of the whole training.
        steps_per_epoch: Batches an epoch, or groups of them.
        epochs_done: Epochs that an earlier start has finished.
    """

    def __init__(self, epochs, steps_per_epoch, epochs_done=0):
        super().__init__()
        self.epochs = epochs
        self.steps = steps_per_epoch
        self.epochs_done = epochs_done
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            console=Console(),
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
