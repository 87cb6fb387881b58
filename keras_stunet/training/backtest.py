"""Rolling origins: a run trained again as time goes on, scored as one."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import keras

from keras_stunet.checks import check_count
from keras_stunet.evaluation.scoring import fit_naive_baselines
from keras_stunet.evaluation.scoring import one_target
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.evaluation.scoring import reported_steps
from keras_stunet.evaluation.table import NAIVE_TITLES
from keras_stunet.evaluation.table import horizon_table
from keras_stunet.files import write_rows
from keras_stunet.files import write_text
from keras_stunet.messages import counted
from keras_stunet.metrics import Scores
from keras_stunet.models import MODELS
from keras_stunet.steps import DAY
from keras_stunet.training.parent import builder_options
from keras_stunet.training.runs.folder import BEST
from keras_stunet.training.runs.folder import TABLE
from keras_stunet.training.runs.load import load_run
from keras_stunet.training.runs.run_data import run_windows
from keras_stunet.training.train import train_model

SCORES = "scores.csv"
AS_IT_WAS = "trained once"


class Fold(NamedTuple):
    """A part of the test windows, and what may be known before it.

    Attributes:
        rows: How many rows of the series the fold has, from the first one.
        parts: Its training, validation and test: days, or windows.
    """

    rows: int
    parts: tuple[int, int, int]


def make_folds(splits, protocol, every):
    """Cut the test part into folds, each with all before it to learn from.

    The part to validate on keeps its length and moves along, so that the
    part to train on grows.

    Args:
        splits: `Splits` of the whole series.
        protocol: `"days"` or `"windows"`.
        every: Days of a fold; the last one may be shorter.

    Returns:
        A list of `Fold`.

    Raises:
        ValueError: If `every` is no number of days above 0.
    """
    check_count("every", every, 1)
    parts = splits.train, splits.validation, splits.test
    per_day = splits.test.steps_per_day
    length = splits.test.history + splits.test.horizon
    train, validation, test = (len(part) for part in parts)
    # Windows of a fold, and those that a part is counted in.
    fold, unit = max(1, round(every * DAY / splits.test.minutes_per_step)), 1
    if protocol == "days":
        unit = per_day - length + 1
        fold = every * unit
    folds = []
    for first in range(0, test, fold):
        count = min(fold, test - first)
        last = splits.test.starts[first + count - 1]
        rows = int(last) + length
        if protocol == "days":
            rows = -(-rows // per_day) * per_day
        counts = train + first, validation, count
        folds.append(Fold(rows, tuple(count // unit for count in counts)))
    return folds


def backtest_run(
    run_folder,
    folder,
    every=1,
    *,
    raw_dir=None,
    data_dir=None,
    report_steps=None,
    progress=True,
):
    """Train a run's model again every so many days of its test part.

    Each fold is a run of its own in `folder`, `fold_01` and so on, trained
    by the recipe of the run on all that lies before the days that it is
    scored on. `table.md` has the errors over all folds together, beside the
    run as it was trained once and the naive forecasts, fitted anew for each
    fold; `scores.csv` has those of each fold. What was broken off goes on
    with the same call.

    Args:
        run_folder: A run folder of `keras-stunet train`.
        folder: Where the folds go.
        every: Days from one training to the next.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.
        report_steps: As in `reported_steps`.
        progress: Whether to show progress.

    Returns:
        The table, as Markdown.

    Raises:
        ValueError: If `every` is out of range, the run began with the weights
            of another one, or `folder` holds folds of another run or another
            `every`.
        FileNotFoundError: If there is no run or its data are gone.
        OSError: If a file cannot be written.
    """
    run, folder = load_run(run_folder), Path(folder)
    config = run.config
    if "parent" in config:
        raise ValueError(
            f"The run in {run_folder} began with the weights of "
            f"{config['parent']['run']!r}; a fold would be trained without "
            f"them, for its {counted(config['recipe']['epochs'], 'epoch')} "
            "alone. Backtest the run that it started from."
        )
    steps = reported_steps(config["model"]["horizon"], report_steps)
    series = run.series(raw_dir, data_dir)
    folds = make_folds(run.windows(), config["protocol"], every)
    total, rows = {}, []
    for number, fold in enumerate(folds, 1):
        if progress:
            print(f"Fold {number} of {len(folds)}", flush=True)
        known = first_rows(series, fold.rows)
        place = folder / f"fold_{number:02d}"
        _train(config, known, fold, place, progress)
        splits = run_windows(known, config | {"parts": fold.parts})
        model = keras.saving.load_model(place / BEST, compile=False)
        systems = {MODELS[config["model"]["name"]].title: model}
        systems |= {AS_IT_WAS: run.model, **fit_naive_baselines(splits.train)}
        targets = splits.test.target_names
        for name, system in systems.items():
            of_fold = {target: Scores(steps) for target in targets}
            for batch in predict_windows(system, splits.test):
                for at, target in enumerate(targets):
                    made, truth, mask = one_target(batch, at)
                    of_fold[target].update(truth, made, mask)
                    of_all = total.setdefault(target, {})
                    of_all = of_all.setdefault(name, Scores(steps))
                    of_all.update(truth, made, mask)
            rows += [
                {"fold": number, "target": target, "system": name}
                | {"step": step, **errors}
                for target, found in of_fold.items()
                for step, errors in found.result().items()
            ]
    scores = {
        target: {name: found.result() for name, found in systems.items()}
        for target, systems in total.items()
    }
    if len(scores) == 1:
        (scores,) = scores.values()
    table = horizon_table(
        scores,
        run.minutes_per_step,
        units=run.target_units,
        rivals=[AS_IT_WAS, *NAIVE_TITLES],
    )
    write_rows(folder / SCORES, rows)
    write_text(folder / TABLE, table)
    return table


def first_rows(series, count):
    """The series as it was known after so many rows."""
    cut = {
        name: getattr(series, name)[:count]
        for name in ("values", "mask", "timestamps")
        if getattr(series, name) is not None
    }
    return dataclasses.replace(series, **cut)


def _train(config, known, fold, place, progress):
    model = config["model"]
    train_model(
        known,
        place,
        model["name"],
        protocol=config["protocol"],
        parts=fold.parts,
        calendar=tuple(model["calendar"]),
        mask_channel=model.get("mask_channel", False),
        targets=model.get("targets"),
        scale=model.get("scale", "all"),
        no_sampling=model.get("no_sampling", False),
        seeds=config.get("seeds", 1),
        resume=True,
        progress=progress,
        **builder_options(model),
        **config["recipe"],
    )
