"""One training run: a folder with everything that it made."""

import contextlib
import functools
from pathlib import Path

import keras
import numpy as np

from keras_stunet.evaluation.scoring import STEPS
from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.files import write_rows
from keras_stunet.training.callbacks import CheckpointCallback
from keras_stunet.training.callbacks import CleanInterrupts
from keras_stunet.training.callbacks import SetOrder
from keras_stunet.training.callbacks import StopEarly
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
from keras_stunet.training.runs.folder import read_metrics
from keras_stunet.training.runs.folder import write_metrics
from keras_stunet.training.runs.run_data import check_present


def train(
    model,
    splits,
    recipe,
    folder,
    progress=True,
    score=None,
    devices=None,
    report_steps=None,
    units=None,
    callbacks=(),
):
    """Train a model, score its best state once, and write the run folder.

    The state that counts is the one with the least validation MAE over all
    steps (of several targets in standard units; of pixels, the least
    cross-entropy: `Recipe.monitor`); the test windows are scored on that one
    alone, at the end. A run that is finished already is neither trained nor
    scored again.

    Of several processes all train and one writes the folder and scores.

    Args:
        model: A forecasting model, built with `splits.mean` and `.std`, in
            the `scope` of the devices.
        splits: `Splits` from `make_windows`.
        recipe: A `Recipe`.
        folder: The run folder, from `Run.start`. A checkpoint in it is
            gone on with.
        progress: Whether to show a progress bar.
        score: Function of the best model, the test and the training windows
            that returns what to write under `"test"` in `metrics.json`; by
            default `score_beside_naive`.
        devices: What `open_devices` found, by default one device.
        report_steps: Horizon steps of the table, see `reported_steps`; the
            default ones are scored besides.
        units: Units of several targets by name, for `metrics.json`.
        callbacks: Keras callbacks of the user, called after those that keep
            the state. A run that goes on has them anew.

    Returns:
        The metrics, as written to `metrics.json`, and the best model; `None`
        and `None` in a process that does not write.

    Raises:
        ValueError: If a split has nothing to score, no checkpoint is whole
            or of this model, or the loss is not finite.
        OSError: If a file cannot be written or read.
    """
    folder = Path(folder)
    metrics = read_metrics(folder)
    if metrics is not None:
        return metrics, keras.saving.load_model(folder / BEST, compile=False)
    devices = devices or OneDevice()
    with CleanInterrupts() as interrupts:
        record = fit_best(
            model,
            splits,
            recipe,
            folder,
            interrupts,
            progress=progress,
            devices=devices,
            callbacks=callbacks,
        )
        if not devices.writes:
            return None, None
        best = keras.saving.load_model(folder / BEST, compile=False)
        metrics = score_best(
            best,
            splits,
            folder,
            record,
            interrupts,
            progress=progress,
            score=score,
            report_steps=report_steps,
            units=units,
        )
    return metrics, best


def fit_best(
    model,
    splits,
    recipe,
    folder,
    interrupts,
    *,
    progress=False,
    devices=None,
    callbacks=(),
):
    """Train a model and keep its best state on validation, without scoring it.

    Args:
        model: As in `train`.
        splits: As in `train`.
        recipe: As in `train`.
        folder: Where state and best model go. A checkpoint in it is gone on
            with.
        interrupts: The `CleanInterrupts` that it runs in.
        progress: As in `train`.
        devices: As in `train`.
        callbacks: As in `train`.

    Returns:
        What was done, as `restore` has it.

    Raises:
        ValueError: As `train`.
        OSError: As `train`.
    """
    check_present(splits)
    devices = devices or OneDevice()
    # Now: code may change meanwhile.
    environment = describe_environment(devices.count)
    steps = recipe.steps_per_epoch(len(splits.train))
    with devices.scope():
        compile_model(model, recipe, steps, splits.target_std, devices)
        record = restore(folder, model, environment)
    found = {key: record[key] for key in ("history", "best")}
    devices.agree("run folder", found, last=True)
    with devices.fitting():
        write_best(folder, model, record, devices)
        keep = CheckpointCallback(folder, record, recipe.monitor, devices)
        if not recipe.is_over(record["history"], record["best"]):
            fit_epochs(
                model,
                splits,
                recipe,
                [interrupts, keep, StopEarly(recipe, record), *callbacks],
                devices=devices,
                done=len(record["history"]),
                progress=progress and devices.writes,
            )
    interrupts.check()
    done = len(record["history"])
    if progress and devices.writes and done < recipe.epochs:
        print(
            f"Stopped after epoch {done}: no better validation for "
            f"{done - record['best']['epoch']} epochs.",
            flush=True,
        )
    return record


def score_best(
    best,
    splits,
    folder,
    record,
    interrupts,
    *,
    progress=False,
    score=None,
    report_steps=None,
    units=None,
):
    """Score a trained model once on the test windows, and write `metrics.json`.

    Args:
        best: The model.
        splits: As in `train`.
        folder: The run folder.
        record: From `fit_best`.
        interrupts: As in `fit_best`.
        progress: As in `train`.
        score: As in `train`.
        report_steps: As in `train`.
        units: As in `train`.

    Returns:
        The metrics.
    """
    if score is None:
        steps = None
        if report_steps is not None:
            usual = [s for s in STEPS if s <= splits.test.horizon]
            steps = [*usual, *report_steps]
        score = functools.partial(score_beside_naive, steps=steps)
    if progress:
        print("Scoring the test windows.", flush=True)
    test = score(best, interrupts.watched(splits.test), splits.train)
    more = {"report_steps": report_steps, "units": units}
    metrics = _finish(best, splits, folder, record, test, more)
    interrupts.check()
    return metrics


def fit_epochs(
    model, splits, recipe, callbacks, *, devices=None, done=0, progress=False
):
    """Fit a compiled model on the training windows, epoch by epoch.

    The windows of the test are not looked at.

    Args:
        model: A model, compiled by `compile_model`.
        splits: `Splits` from `make_windows`.
        recipe: A `Recipe`.
        callbacks: What goes along.
        devices: What `open_devices` found, by default one device.
        done: Epochs that were done before.
        progress: Whether to show a progress bar.
    """
    devices = devices or OneDevice()
    batches = devices.batches(
        splits.train, recipe.batch_size, shuffle=True, seed=recipe.seed
    )
    validation = devices.batches(splits.validation, recipe.batch_size)
    callbacks = [SetOrder(batches), *callbacks]
    if recipe.ema_momentum:
        # For validation; of the epoch's end, `write_best` takes care.
        callbacks.append(keras.callbacks.SwapEMAWeights())
    with contextlib.ExitStack() as stack:
        if progress:
            bar = TrainingProgress(recipe.epochs, len(batches), done)
            stack.callback(bar.stop)
            callbacks.append(bar)
        devices.fit(
            model,
            batches,
            epochs=recipe.epochs,
            initial_epoch=done,
            validation_data=validation,
            callbacks=callbacks,
        )


def count_trained(model):
    """How many numbers of a model are trained."""
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables)


def _finish(best, splits, folder, record, test, more):
    # `metrics.json` last: where it is, nothing else is missing.
    write_rows(folder / HISTORY, record["history"])
    metrics = write_metrics(
        folder,
        test,
        record["best"],
        record["environment"],
        epochs=len(record["history"]),
        seconds=round(record["seconds"], 1),
        parameters=count_trained(best),
        minutes_per_step=splits.test.minutes_per_step,
        resumed=record["resumed"],
        **{key: value for key, value in more.items() if value},
    )
    previous_checkpoint(folder / CHECKPOINT).unlink(missing_ok=True)
    return metrics
