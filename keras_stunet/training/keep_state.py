"""What a training keeps after each epoch, and how it goes on from there."""

import math
import time

import keras

from keras_stunet.files import atomic_write
from keras_stunet.training.checkpoint import load_newest_checkpoint
from keras_stunet.training.checkpoint import save_checkpoint
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import CHECKPOINT


class KeepState(keras.callbacks.Callback):
    """After each epoch: the whole state, then the best model so far.

    In this order, so that after a kill in between `write_lost_best` finds the
    best model in the state, and none is left of an epoch that was killed.

    Args:
        folder: The run folder.
        record: What `load_record` returned; it grows with each epoch.
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
            if _last_is_best(self.record):
                _write_best(self.folder, self.model, self.devices)

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


def load_record(folder, model, environment):
    """What was done in a run folder; the model takes the state it ended in.

    Args:
        folder: The run folder.
        model: The compiled model; unchanged if nothing was done yet.
        environment: From `describe_environment`. A run that goes on under
            other code or elsewhere says so, from when on.

    Returns:
        Dict of `seconds`, `history`, `best`, `environment` and `resumed`.

    Raises:
        ValueError: If there is a state but no whole one, it is of another
            model, or the best model that belongs to it is not there.
        OSError: If a file cannot be read.
    """
    record = load_newest_checkpoint(folder / CHECKPOINT, model)
    if record is None:
        return {
            "seconds": 0.0,
            "history": [],
            "best": {"epoch": 0},
            "environment": environment,
            "resumed": [],
        }
    if not _last_is_best(record) and not (folder / BEST).exists():
        raise ValueError(
            f"{folder / BEST} is not there, the best model so far (epoch "
            f"{record['best']['epoch']}), though {folder / CHECKPOINT} is. "
            "Put it back, or start anew in another folder (--out)."
        )
    resumed = record["resumed"]
    before = {**(resumed[-1] if resumed else record["environment"])}
    before.pop("first_epoch", None)
    if before != environment:
        first = len(record["history"]) + 1
        resumed.append({"first_epoch": first, **environment})
    return record


def write_lost_best(folder, model, record, devices):
    """Write the best model if it is the state that was gone on from.

    A kill may have come before it. Not in the `scope` of devices: there, what
    a save makes would wait for the other processes.

    Raises:
        OSError: If it cannot be written.
    """
    if record["history"] and _last_is_best(record) and devices.writes:
        _write_best(folder, model, devices)


def _last_is_best(record):
    return record["best"]["epoch"] == len(record["history"])


def _write_best(folder, model, devices):
    with atomic_write(folder / BEST) as temporary, devices.alone():
        model.save(temporary)
