"""One training run: a folder with everything that it made."""

import datetime
import json
import math
import time
from pathlib import Path

import keras
import numpy as np

from keras_stunet.classical import HistoricalAverage
from keras_stunet.classical import Persistence
from keras_stunet.data import WindowBatches
from keras_stunet.training.checkpoint import load_checkpoint
from keras_stunet.training.checkpoint import save_checkpoint
from keras_stunet.training.environment import describe_environment
from keras_stunet.training.folder import replacing
from keras_stunet.training.folder import write_rows
from keras_stunet.training.folder import write_text
from keras_stunet.training.progress import TrainingProgress
from keras_stunet.training.recipe import compile_model
from keras_stunet.training.scoring import score_windows

CHECKPOINT = "checkpoint.npz"
BEST = "model.keras"


class KeepState(keras.callbacks.Callback):
    """After each epoch: the best model so far, then the whole state.

    In this order, so that a kill in between repeats the epoch and finds the
    same best model again.
    """

    def __init__(self, folder, record):
        super().__init__()
        self.folder = folder
        self.record = record

    def on_train_begin(self, logs=None):
        """Start the clock."""
        self.clock = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Keep what the epoch made."""
        logs = {name: float(value) for name, value in logs.items()}
        now = time.perf_counter()
        for name in ("loss", "val_mae"):
            if not math.isfinite(logs[name]):
                raise ValueError(self._diverged(epoch, name, logs[name]))
        self.record["seconds"] += now - self.clock
        self.clock = now
        self.record["history"].append({"epoch": epoch + 1, **logs})
        if logs["val_mae"] < self.record["best"]["val_mae"]:
            self.record["best"] = {
                "epoch": epoch + 1,
                "val_mae": logs["val_mae"],
            }
            with replacing(self.folder / BEST) as temporary:
                self.model.save(temporary)
        save_checkpoint(self.folder / CHECKPOINT, self.model, self.record)

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


def train(model, splits, recipe, folder, progress=True):
    """Train a model, score its best state once, and write the run folder.

    The state that counts is the one with the least validation MAE over all
    steps; the test windows are scored on that one alone, at the end.

    Args:
        model: A forecasting model, built with `splits.mean` and `.std`.
        splits: `Splits` from `make_windows`.
        recipe: A `Recipe`.
        folder: The run folder, from `prepare_folder`. A checkpoint in it is
            gone on with.
        progress: Whether to show a progress bar.

    Returns:
        The metrics, as written to `metrics.json`.

    Raises:
        ValueError: If a split has nothing to score, the checkpoint is damaged
            or of another model, or the loss is not finite.
    """
    folder = Path(folder)
    _check_present(splits)
    environment = describe_environment()  # now: code may change meanwhile
    steps = recipe.steps_per_epoch(len(splits.train))
    compile_model(model, recipe, steps, splits.std)
    record = {
        "seconds": 0.0,
        "history": [],
        "best": {"epoch": 0, "val_mae": math.inf},
        "environment": environment,
    }
    if (folder / CHECKPOINT).exists():
        record = load_checkpoint(folder / CHECKPOINT, model)
    done = len(record["history"])
    _note_environment(record, environment, done + 1)
    batches = WindowBatches(
        splits.train, recipe.batch_size, shuffle=True, seed=recipe.seed
    )
    batches.epoch = done
    callbacks = [KeepState(folder, record)]
    if progress:
        callbacks.append(TrainingProgress(recipe.epochs, steps, done))
    try:
        if done < recipe.epochs:
            model.fit(
                batches,
                epochs=recipe.epochs,
                initial_epoch=done,
                validation_data=WindowBatches(
                    splits.validation, recipe.batch_size
                ),
                callbacks=callbacks,
                shuffle=False,
                verbose=0,
            )
    finally:
        if progress:
            callbacks[-1].stop()
    best = keras.saving.load_model(folder / BEST, compile=False)
    metrics = {
        "test": {
            "model": score_windows(best, splits.test, batch_size=50),
            "historical average": score_windows(
                HistoricalAverage().fit(splits.train), splits.test
            ),
            "persistence": score_windows(
                Persistence().fit(splits.train), splits.test
            ),
        },
        "best": record["best"],
        "epochs": recipe.epochs,
        "seconds": round(record["seconds"], 1),
        "parameters": sum(
            int(np.prod(variable.shape))
            for variable in model.trainable_variables
        ),
        "minutes_per_step": 24 * 60 / splits.test.steps_per_day,
        "date": datetime.date.today().isoformat(),
        "environment": record["environment"],
        "resumed": record["resumed"],
    }
    write_text(folder / "metrics.json", json.dumps(metrics, indent=2))
    write_rows(folder / "history.csv", record["history"])
    return metrics


def _note_environment(record, environment, epoch):
    # A run that goes on under other code or elsewhere says so, from when on.
    first = record.setdefault("environment", {"commit": "unknown"})
    resumed = record.setdefault("resumed", [])
    before = {**resumed[-1]} if resumed else {**first}
    before.pop("first_epoch", None)
    if before != environment:
        resumed.append({"first_epoch": epoch, **environment})


def _check_present(splits):
    for name in ("train", "validation", "test"):
        windows = getattr(splits, name)
        if windows.mask is None:
            continue
        rows = windows.target_rows(np.arange(len(windows)))
        if not windows.mask[np.unique(rows)].any():
            raise ValueError(
                f"No target of the {name} split is present, so there is "
                "nothing to score. Check the mask (True means present), or "
                "split the series otherwise."
            )
