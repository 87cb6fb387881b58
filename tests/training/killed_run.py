"""Starts of a tiny run, each killed at a named point: a script.

python killed_run.py SERIES WHOLE KILLED POINT [POINT ...]

A run to the end in the folder WHOLE, then the starts in KILLED. Points are of
POINTS, "none" for a run to the end. Each start is a process that is forked
from this one, which has imported everything and computed nothing. It kills
itself with SIGKILL, which no handler sees and after which nothing is tidied. A
line of JSON a start: how it ended, what it wrote to standard error, and the
files it left. The first that does not end as its point wants is the last.
"""

import io
import json
import os
import pathlib
import signal
import sys
import tempfile
import traceback

import keras
import numpy as np

from keras_stunet.training import callbacks
from keras_stunet.training import fit as run
from keras_stunet.training.runs.folder import CHECKPOINT
from keras_stunet.training.train import train_model

# Three epochs of nine steps; a decoder with scheduled sampling.
OPTIONS = {
    "model": "gcgru",
    "protocol": "days",
    "history": 2,
    "horizon": 2,
    "K": 1,
    "layers": 1,
    "units": 2,
    "epochs": 3,
    "batch_size": 20,
    "progress": False,
}


def die():
    """End as a power cut does."""
    os.kill(os.getpid(), signal.SIGKILL)


class SeeEpoch(callbacks.SetOrder):
    """Takes part in the run, and knows the number of the epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        self.epoch = epoch + 1


def at_batch(epoch, batch):
    """Before this batch of training."""

    class Kill(SeeEpoch):
        def on_train_batch_begin(self, number, logs=None):
            if (self.epoch, number) == (epoch, batch):
                die()

    run.SetOrder = Kill


def in_validation():
    """Before the second batch of validation, in epoch 2 or later."""

    class Kill(SeeEpoch):
        def on_test_batch_begin(self, number, logs=None):
            if self.epoch >= 2 and number == 1:
                die()

    run.SetOrder = Kill


def in_best_model():
    """Half of the best model's bytes."""

    def save(self, path):
        whole(self, path)
        data = pathlib.Path(path).read_bytes()
        pathlib.Path(path).write_bytes(data[: len(data) // 2])
        die()

    whole = keras.Model.save
    keras.Model.save = save


def in_checkpoint():
    """Half of the checkpoint's bytes, of epoch 2 or later."""

    def savez(file, **arrays):
        data = io.BytesIO()
        whole(data, **arrays)
        if not (pathlib.Path(file.name).parent / CHECKPOINT).exists():
            file.write(data.getvalue())
            return
        file.write(data.getvalue()[: data.tell() // 2])
        file.flush()
        die()

    whole = np.savez
    np.savez = savez


def between_renames():
    """The newest checkpoint is put back, the new one not yet in its place."""

    def replace(self, target):
        moved = whole(self, target)
        if self.name == CHECKPOINT:
            die()
        return moved

    whole = pathlib.Path.replace
    pathlib.Path.replace = replace


def before_best_model():
    """The checkpoint is written, the best model of its epoch is not."""

    def save_checkpoint(path, model, record):
        whole(path, model, record)
        if record["best"]["epoch"] == len(record["history"]):
            die()

    whole = callbacks.save_checkpoint
    callbacks.save_checkpoint = save_checkpoint


def before_scores():
    """All epochs are done, nothing is scored."""
    run.score_beside_naive = lambda *_, **__: die()


def in_text(name):
    """Half of a text file."""

    def write_text(self, text):
        whole(self, text[: len(text) // 2])
        if self.name.startswith(name):
            die()
        return whole(self, text)

    whole = pathlib.Path.write_text
    pathlib.Path.write_text = write_text


POINTS = {
    "in the configuration": lambda: in_text("config"),
    "in epoch 1": lambda: at_batch(1, 4),
    "between checkpoint and best model": before_best_model,
    "in the first best model": in_best_model,
    "in epoch 2": lambda: at_batch(2, 5),
    "in validation": in_validation,
    "in a checkpoint": in_checkpoint,
    "between the renames": between_renames,
    "in epoch 3": lambda: at_batch(3, 1),
    "before the scores": before_scores,
    "in the scores": lambda: in_text("metrics"),
    "in the table": lambda: in_text("table"),
    "none": lambda: None,
}


CUT = "in epoch 3"  # after this kill the newest checkpoint is cut short


def start(series, folder, point):
    """One start, in a process of its own: how it ended and what it left."""
    with tempfile.TemporaryFile() as errors:
        child = os.fork()
        if child == 0:
            os.dup2(errors.fileno(), sys.stderr.fileno())
            os.dup2(errors.fileno(), sys.stdout.fileno())
            code = 1
            try:
                POINTS[point]()
                train_model(series, folder, resume=True, **OPTIONS)
                code = 0
            except BaseException:
                traceback.print_exc()
            finally:  # never back into the code of the parent
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        errors.seek(0)
        return {
            "point": point,
            "code": code,
            "errors": errors.read().decode(),
            "files": sorted(os.listdir(folder)),
        }


def cut_short(path):
    """As a disk leaves it that lost its second half."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


if __name__ == "__main__":
    sys.modules["matplotlib"] = None  # pictures are not what is tried here
    series, whole, killed, *points = sys.argv[1:]
    starts = [(whole, "none"), *((killed, point) for point in points)]
    for folder, point in starts:
        ended = start(series, folder, point)
        print(json.dumps(ended), flush=True)
        if ended["code"] != (0 if point == "none" else -signal.SIGKILL):
            break
        if point == CUT:
            cut_short(pathlib.Path(folder) / CHECKPOINT)
