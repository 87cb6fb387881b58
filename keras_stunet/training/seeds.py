"""A training for each of several seeds, kept as one model: an ensemble."""

import dataclasses

import keras
import numpy as np

from keras_stunet.files import atomic_write
from keras_stunet.models import build_ensemble
from keras_stunet.training.callbacks import CleanInterrupts
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.fit import fit_best
from keras_stunet.training.fit import score_best
from keras_stunet.training.recipe import compile_model
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import read_metrics


def train_seeds(
    make,
    seeds,
    model,
    splits,
    recipe,
    folder,
    progress=True,
    *,
    devices=None,
    report_steps=None,
    units=None,
    callbacks=(),
):
    """Train a model for each seed and keep their mean (`build_ensemble`).

    Each is trained in a folder of its own, `seed_0` and so on, with
    checkpoint and best model; a training that was stopped is gone on with.
    The test windows are scored on the ensemble alone, once.

    Args:
        make: Function from a `Recipe` to a new model.
        seeds: How many, from that of the recipe on.
        model: The first one, as in `train`.
        splits: As in `train`.
        recipe: As in `train`.
        folder: As in `train`.
        progress: As in `train`.
        devices: As in `train`.
        report_steps: As in `train`.
        units: As in `train`.
        callbacks: As in `train`.

    Returns:
        As `train`. The best epoch is a list, one of each seed; `val_mae` is
        that of the ensemble, the history the mean over seeds.

    Raises:
        ValueError: As `train`.
        OSError: As `train`.
    """
    metrics = read_metrics(folder)
    if metrics is not None:
        return metrics, keras.saving.load_model(folder / BEST, compile=False)
    devices = devices or OneDevice()
    records, members = [], []
    with CleanInterrupts() as interrupts:
        for seed in range(recipe.seed, recipe.seed + seeds):
            if progress and devices.writes:
                print(f"Seed {seed}:", flush=True)
            own = dataclasses.replace(recipe, seed=seed)
            part = folder / f"seed_{seed}"
            part.mkdir(exist_ok=True)
            if records:
                model = make(own)
            records.append(
                fit_best(
                    model,
                    splits,
                    own,
                    part,
                    interrupts,
                    progress=progress,
                    devices=devices,
                    callbacks=callbacks,
                )
            )
            if devices.writes:
                load = keras.saving.load_model
                members.append(load(part / BEST, compile=False))
        if not devices.writes:
            return None, None
        best = build_ensemble(members)
        with atomic_write(folder / BEST) as temporary:
            best.save(temporary)
        val_mae = _validation_mae(best, splits, recipe)
        metrics = score_best(
            best,
            splits,
            folder,
            _joined(records, val_mae),
            interrupts,
            progress=progress,
            report_steps=report_steps,
            units=units,
        )
    return metrics, best


def _validation_mae(best, splits, recipe):
    steps = recipe.steps_per_epoch(len(splits.train))
    compile_model(best, recipe, steps, splits.target_std)
    batches = OneDevice().batches(splits.validation, recipe.batch_size)
    return best.evaluate(batches, verbose=0, return_dict=True)["mae"]


def _joined(records, val_mae):
    """What several trainings did, as `restore` has it of one."""
    histories = [record["history"] for record in records]
    history = [
        {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        | {"epoch": rows[0]["epoch"]}
        for rows in zip(*histories, strict=False)  # some may have ended early
    ]
    return {
        "seconds": sum(record["seconds"] for record in records),
        "history": history,
        "best": {
            "epoch": [record["best"]["epoch"] for record in records],
            "val_mae": val_mae,
        },
        "environment": records[0]["environment"],
        "resumed": [entry for record in records for entry in record["resumed"]],
    }
