"""One point: trained as `train_model` does, scored on validation alone."""

import gc
import math
import time

import keras

from keras_stunet.evaluation.error_profile import profile_errors
from keras_stunet.experiments.outcome import status_of
from keras_stunet.training.fit import count_trained
from keras_stunet.training.fit import fit_epochs
from keras_stunet.training.network import make_network
from keras_stunet.training.recipe import compile_model
from keras_stunet.tuning.space_checks import make_point
from keras_stunet.tuning.space_checks import split_point


def run_point(space, point, series, splits, search):
    """Train or fit one point, whatever happens.

    Args:
        space: The `Space` that it is of.
        point: `{name: value}` of the grid.
        series: The `Series`.
        splits: `Splits` of it. The test windows are never looked at.
        search: The content of `search.json`.

    Returns:
        The outcome, ready for JSON: `status` is `"done"`, with `val_mae` (in
        original units, over all steps) and the epoch that it is of; or
        `"diverged"`, `"out of memory"` or `"failed"`, with a `message`.
    """
    clock = time.perf_counter()
    point = {**point, **space.fixed}
    run = _fit_classical if space.classical else _train
    try:
        outcome = {
            "status": "done",
            **run(space, point, series, splits, search),
        }
    except Exception as error:  # whatever it is, the search goes on
        message = f"{type(error).__name__}: {error}"
        outcome = {"status": status_of(error), "message": message[:2000]}
    finally:
        # What one trial leaves must not add up over a search.
        keras.backend.clear_session()
        gc.collect()
    return {**outcome, "seconds": round(time.perf_counter() - clock, 1)}


def compiled_network(space, point, series, splits, search):
    """The compiled model of a point, with its recipe."""
    recipe, options, no_sampling = split_point(
        space.system,
        point,
        seed=search["seed"],
        precision=search["precision"],
    )
    network = make_network(
        space.system, options, recipe, series, splits, no_sampling
    )
    steps = recipe.steps_per_epoch(len(splits.train))
    compile_model(network, recipe, steps, splits.target_std)
    return network, recipe


class _Watch(keras.callbacks.Callback):
    """Ends a training that diverged, or has not become better for long."""

    def __init__(self, objective, patience):
        super().__init__()
        self.objective = objective
        self.patience = patience
        self.best = {self.objective: math.inf}
        self.epochs = 0

    def on_epoch_end(self, epoch, logs=None):
        for name in ("loss", "val_loss", "val_mae"):
            if not math.isfinite(logs[name]):
                raise ValueError(
                    f"`{name}` of epoch {epoch + 1} is {logs[name]}: the "
                    "training diverged."
                )
        self.epochs = epoch + 1
        shown = "  ".join(f"{name} {value:.4g}" for name, value in logs.items())
        print(f"epoch {self.epochs}  {shown}", flush=True)  # into the log
        if logs[self.objective] < self.best[self.objective]:
            scores = {k: float(logs[k]) for k in ("val_mae", "val_loss")}
            self.best = {**scores, "best_epoch": self.epochs}
        waited = self.epochs - self.best["best_epoch"]
        if self.patience and waited >= self.patience:
            self.model.stop_training = True


def _train(space, point, series, splits, search):
    network, recipe = compiled_network(space, point, series, splits, search)
    watch = _Watch(search["objective"], search["patience"])
    fit_epochs(network, splits, recipe, [watch])
    trained = {"epochs": watch.epochs, "parameters": count_trained(network)}
    return {**watch.best, **trained}


def _fit_classical(space, point, series, splits, search):
    system = make_point(space.system, point).fit(splits.train)
    val_mae = profile_errors(system, splits.validation).mae
    if not math.isfinite(val_mae):
        raise ValueError(f"`val_mae` is {val_mae}: the training diverged.")
    return {"val_mae": val_mae, "best_epoch": 0, "epochs": 0, "parameters": 0}
