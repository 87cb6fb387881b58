"""A run of a system that is fitted in one go, with the files of any run."""

import os
import time

import numpy as np

from keras_stunet.baselines import CLASSICAL
from keras_stunet.baselines import make_classical
from keras_stunet.checks import check_choice
from keras_stunet.evaluation.error_profile import profile_errors
from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.evaluation.table import horizon_table
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.runs.environment import describe_environment
from keras_stunet.training.runs.folder import TABLE
from keras_stunet.training.runs.folder import run_config
from keras_stunet.training.runs.folder import write_metrics
from keras_stunet.training.runs.run import Run
from keras_stunet.training.runs.run_data import source_name
from keras_stunet.training.runs.run_data import with_defaults

# A training has them, a fit has none.
NOT_HERE = ("loss", "batch_size", "learning_rate", "epsilon", "precision")


def train_classical(
    dataset,
    folder,
    system,
    *,
    raw_dir=None,
    data_dir=None,
    protocol=None,
    parts=None,
    history=12,
    horizon=12,
    seed=0,
    **options,
):
    """Fit a classical system, score it once, and write its run folder.

    The folder then holds `config.json`, `metrics.json` and `table.md` in the
    form of `train_model`; epochs and parameters are 0. A finished run is not
    made again.

    Args:
        dataset: As in `train_model`, by name or as .npz file.
        folder: The run folder.
        system: A key of `keras_stunet.baselines.CLASSICAL`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.
        protocol: As in `make_windows`; by default that of the data set.
        parts: As in `make_windows`.
        history: Input steps of a window.
        horizon: Steps to forecast.
        seed: Written down, as of any run; nothing here is drawn from it.
        **options: Arguments of the system's class.

    Returns:
        The table of horizons, as Markdown.

    Raises:
        ValueError: For an unknown data set, system or option, or a folder
            with another run.
        OSError: If the folder is in use or cannot be written, or data are
            not there.
        ImportError: If a library that the system needs is not installed.
    """
    check_choice("system", system, tuple(CLASSICAL))
    forecaster = make_classical(system, **options)
    data = with_defaults(
        dataset, protocol=protocol, parts=parts, calendar=(), units=0
    )
    model = {**options, "name": system, "head": "", "calendar": ()}
    model |= {"history": history, "horizon": horizon}
    config = run_config(
        dataset,
        data["protocol"],
        data["parts"],
        model,
        Recipe(seed=seed),
        source_name(dataset),
    )
    config["recipe"] = {key: "" for key in NOT_HERE} | {"seed": seed}
    with Run.open(folder, config, True, TABLE) as run:
        metrics = run.metrics
        if metrics is None:
            splits = run.windows(raw_dir, data_dir)
            run.start()
            metrics = _fit(forecaster, splits, run.folder)
        table = horizon_table(metrics["test"], metrics["minutes_per_step"])
        return run.write_table(table)


def _fit(system, splits, folder):
    clock = time.perf_counter()
    system.fit(splits.train)
    val_mae = profile_errors(system, splits.validation).mae
    seconds = time.perf_counter() - clock
    environment = describe_environment()
    environment["backend"] = f"numpy {np.__version__}"
    environment["device"] = f"CPU, {os.cpu_count()} cores"
    return write_metrics(
        folder,
        score_beside_naive(system, splits.test, splits.train),
        {"epoch": 0, "val_mae": val_mae},
        environment,
        epochs=0,
        seconds=round(seconds, 1),
        parameters=0,
        minutes_per_step=splits.test.minutes_per_step,
        resumed=[],
    )
