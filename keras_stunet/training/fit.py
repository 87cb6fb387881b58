"""One training run: a folder with everything that it made."""

import datetime
import json
from pathlib import Path

import keras
import numpy as np

from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.files import read_json
from keras_stunet.files import write_rows
from keras_stunet.files import write_text
from keras_stunet.training.callbacks import CheckpointCallback
from keras_stunet.training.callbacks import CleanInterrupts
from keras_stunet.training.callbacks import SetOrder
from keras_stunet.training.callbacks import TrainingProgress
from keras_stunet.training.checkpoint import previous_checkpoint
from keras_stunet.training.checkpoint import restore
from keras_stunet.training.checkpoint import write_best
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.recipe import compile_model
from keras_stunet.training.runs.environment import describe_environment
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import CHECKPOINT
from keras_stunet.training.runs.folder import HISTORY
from keras_stunet.training.runs.folder import METRICS


def train(
    model, splits, recipe, folder, progress=True, score=None, devices=None
):
    """Train a model, score its best state once, and write the run folder.

    The state that counts is the one with the least validation MAE over all
    steps (of pixels, the least cross-entropy: `Recipe.monitor`); the test
    windows are scored on that one alone, at the end. A run that is finished
    already is neither trained nor scored again.

    Of several processes all train and one writes the folder and scores.

    Args:
        model: A forecasting model, built with `splits.mean` and `.std`, in
            the `scope` of the devices.
        splits: `Splits` from `make_windows`.
        recipe: A `Recipe`.
        folder: The run folder, from `prepare_folder`. A checkpoint in it is
            gone on with.
        progress: Whether to show a progress bar.
        score: Function of the best model, the test and the training windows
            that returns what to write under `"test"` in `metrics.json`; by
            default `score_beside_naive`.
        devices: What `open_devices` found, by default one device.

    Returns:
        The metrics, as written to `metrics.json`, and the best model; `None`
        and `None` in a process that does not write.

    Raises:
        ValueError: If a split has nothing to score, no checkpoint is whole
            or of this model, or the loss is not finite.
        OSError: If a file cannot be written or read.
    """
    folder = Path(folder)
    metrics = finished_metrics(folder)
    if metrics is not None:
        return metrics, keras.saving.load_model(folder / BEST, compile=False)
    check_present(splits)
    devices = devices or OneDevice()
    # Now: code may change meanwhile.
    environment = describe_environment(devices.count)
    steps = recipe.steps_per_epoch(len(splits.train))
    with devices.scope():
        compile_model(model, recipe, steps, splits.std, devices)
        record = restore(folder, model, environment)
    devices.agree(
        "run folder", {key: record[key] for key in ("history", "best")}
    )
    devices.part()
    with CleanInterrupts() as interrupts:
        with devices.fitting():
            write_best(folder, model, record, devices)
            keep = CheckpointCallback(folder, record, recipe.monitor, devices)
            _fit(model, splits, recipe, keep, progress, interrupts, devices)
        interrupts.check()
        if not devices.writes:
            return None, None
        best = keras.saving.load_model(folder / BEST, compile=False)
        score = score or score_beside_naive
        metrics = _finish(best, splits, recipe, folder, record, score)
        interrupts.check()
    return metrics, best


def finished_metrics(folder):
    """The metrics of a finished run, or `None`.

    Raises:
        ValueError: If the file is damaged.
    """
    path = Path(folder) / METRICS
    if not path.exists():
        return None
    return read_json(path, "Delete it and score again, with --resume.")


def _fit(model, splits, recipe, keep, progress, interrupts, devices):
    done = len(keep.record["history"])
    if done >= recipe.epochs:
        return
    batches = devices.batches(
        splits.train, recipe.batch_size, shuffle=True, seed=recipe.seed
    )
    callbacks = [interrupts, SetOrder(batches), keep]
    progress = progress and devices.writes
    if progress:
        progress_bar = TrainingProgress(recipe.epochs, len(batches), done)
        callbacks.append(progress_bar)
    try:
        devices.fit(
            model,
            batches,
            epochs=recipe.epochs,
            initial_epoch=done,
            validation_data=devices.batches(
                splits.validation, recipe.batch_size
            ),
            callbacks=callbacks,
        )
    finally:
        if progress:
            callbacks[-1].stop()


def _finish(best, splits, recipe, folder, record, score):
    # `metrics.json` last: where it is, nothing else is missing.
    metrics = {
        "test": score(best, splits.test, splits.train),
        "best": record["best"],
        "epochs": recipe.epochs,
        "seconds": round(record["seconds"], 1),
        "parameters": sum(
            int(np.prod(variable.shape))
            for variable in best.trainable_variables
        ),
        "minutes_per_step": 24 * 60 / splits.test.steps_per_day,
        "date": datetime.date.today().isoformat(),
        "environment": record["environment"],
        "resumed": record["resumed"],
    }
    write_rows(folder / HISTORY, record["history"])
    write_text(folder / METRICS, json.dumps(metrics, indent=2))
    previous_checkpoint(folder / CHECKPOINT).unlink(missing_ok=True)
    return metrics


def check_present(splits):
    """Raises unless each split has something to score.

    Raises:
        ValueError: If no target of a split is present.
    """
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
