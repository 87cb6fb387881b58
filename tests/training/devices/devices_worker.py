"""One process of a training on several devices: a script.

python devices_worker.py SERIES DEVICES FOLDER [DEVICES FOLDER ...]

Trains the same tiny model anew into each folder; DEVICES "1x3" is one device
that takes three steps at a time. If STOPPED is set, each training is stopped as
its second epoch begins, and gone on with. FOLDER.calls counts the calls of a
program of several steps.
"""

import os
import sys

from keras_stunet.training import fit as run
from keras_stunet.training.callbacks import SetOrder
from keras_stunet.training.train import train_model

# Four steps an epoch, the last on 3 windows, which two devices do not divide.
# A decoder with scheduled sampling; gradient clipping that takes hold.
OPTIONS = {
    "model": "gcgru",
    "protocol": "days",
    "parts": (3, 2, 1),
    "history": 2,
    "horizon": 2,
    "K": 2,
    "units": 2,
    "layers": 1,
    "epochs": 2,
    "ema_momentum": 0.5,
    "batch_size": 4,
    "clipnorm": 0.5,
    "progress": False,
}


class Stop(SetOrder):
    """Takes part in the run and ends it after its first epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        if epoch == 1:
            raise KeyboardInterrupt


class Count(SetOrder):
    """Takes part in the run and counts what Keras takes for its batches."""

    calls = 0

    def on_train_batch_end(self, batch, logs=None):
        Count.calls += 1


def train_counted(series, folder, where):
    """Train, and write how often the program was called."""
    run.SetOrder = Count
    train_model(series, folder, **where, **OPTIONS)
    run.SetOrder = SetOrder
    with open(f"{folder}.calls", "w") as file:
        file.write(str(Count.calls))


def train_stopped(series, folder, where):
    """Train in two goes."""
    run.SetOrder = Stop
    try:
        train_model(series, folder, **where, **OPTIONS)
    except KeyboardInterrupt:
        run.SetOrder = SetOrder
    train_model(series, folder, **where, resume=True, **OPTIONS)


if __name__ == "__main__":
    sys.modules["matplotlib"] = None  # pictures are not what is tried here
    series, *runs = sys.argv[1:]
    for devices, folder in zip(runs[::2], runs[1::2], strict=True):
        devices, _, steps = devices.partition("x")
        devices = int(devices) if devices.isdecimal() else devices
        where = {"devices": devices, "steps_per_execution": int(steps or 1)}
        if "STOPPED" in os.environ:
            train_stopped(series, folder, where)
        elif steps:
            train_counted(series, folder, where)
        else:
            train_model(series, folder, **where, **OPTIONS)
