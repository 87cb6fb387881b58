"""One training run: a folder with everything that it made."""

import csv
import dataclasses
import json
import math
import time
from pathlib import Path

import keras

from keras_stunet.classical import HistoricalAverage
from keras_stunet.classical import Persistence
from keras_stunet.data import WindowBatches
from keras_stunet.training.checkpoint import load_checkpoint
from keras_stunet.training.checkpoint import save_checkpoint
from keras_stunet.training.environment import describe_environment
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
        self.record["seconds"] += now - self.clock
        self.clock = now
        self.record["history"].append({"epoch": epoch + 1, **logs})
        if not math.isfinite(logs["loss"]):
            raise ValueError(
                f"The loss of epoch {epoch + 1} is {logs['loss']}: the "
                "training diverged. Lower the learning rate or the clipping "
                f"norm; the state before is in {self.folder / CHECKPOINT}."
            )
        if logs["val_mae"] < self.record["best"]["val_mae"]:
            self.record["best"] = {
                "epoch": epoch + 1,
                "val_mae": logs["val_mae"],
            }
            temporary = self.folder / "model.tmp.keras"
            self.model.save(temporary)
            temporary.replace(self.folder / BEST)
        save_checkpoint(self.folder / CHECKPOINT, self.model, self.record)


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
        ValueError: If the checkpoint is damaged or of another model, or the
            loss is not finite.
    """
    folder = Path(folder)
    steps = recipe.steps_per_epoch(len(splits.train))
    compile_model(model, recipe, steps, splits.std)
    record = {
        "seconds": 0.0,
        "history": [],
        "best": {"epoch": 0, "val_mae": math.inf},
    }
    if (folder / CHECKPOINT).exists():
        record = load_checkpoint(folder / CHECKPOINT, model)
    done = len(record["history"])
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
        "parameters": model.count_params(),
        "environment": describe_environment(),
    }
    write_text(folder / "metrics.json", json.dumps(metrics, indent=2))
    write_history(folder / "history.csv", record["history"])
    return metrics


def prepare_folder(folder, config, resume):
    """Make the run folder and its `config.json`, or check that it fits.

    Args:
        folder: Where to write; made if missing.
        config: What the run is started with, see `run_config`.
        resume: Whether a run in the folder is gone on with.

    Returns:
        The folder, as a path.

    Raises:
        ValueError: If the folder holds a run and `resume` is off, or one
            with another configuration.
        OSError: If the folder cannot be written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / "config.json"
    config = json.loads(json.dumps(config))  # tuples as JSON has them
    if not written.exists():
        write_text(written, json.dumps(config, indent=2))
        return folder
    if not resume:
        raise ValueError(
            f"{folder} already holds a run. Go on with it (--resume), or "
            "choose another folder (--out)."
        )
    before = json.loads(written.read_text())
    different = [
        f"{key}: {before.get(key)!r} then, {config.get(key)!r} now"
        for key in sorted(before.keys() | config.keys())
        if before.get(key) != config.get(key)
    ]
    if different:
        raise ValueError(
            f"The run in {folder} was started with other options: "
            f"{'; '.join(different)}. Repeat those, or choose another folder."
        )
    return folder


def write_text(path, text):
    """Write a text file under a temporary name, then rename it."""
    temporary = Path(f"{path}.tmp")
    temporary.write_text(text + "\n")
    temporary.replace(path)


def write_history(path, history):
    """Write one row an epoch, as csv."""
    temporary = Path(f"{path}.tmp")
    with temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(history[0]))
        writer.writeheader()
        writer.writerows(history)
    temporary.replace(path)


def run_config(dataset, protocol, model_options, recipe):
    """What identifies a run, for `config.json`."""
    return {
        "dataset": dataset,
        "protocol": protocol,
        "model": model_options,
        "recipe": dataclasses.asdict(recipe),
        "backend": keras.backend.backend(),
    }
