"""Rolling origins."""

import csv
import dataclasses
import functools
import json
import shutil
import warnings

import click.testing
import keras
import numpy as np
import pytest

from keras_stunet.baselines import HistoricalAverage
from keras_stunet.baselines import Persistence
from keras_stunet.cli import main
from keras_stunet.data import make_windows
from keras_stunet.training import backtest as module
from keras_stunet.training import predict_windows
from keras_stunet.training.backtest import Fold
from keras_stunet.training.backtest import backtest_run
from keras_stunet.training.backtest import first_rows
from keras_stunet.training.backtest import make_folds
from keras_stunet.training.runs.run import Run
from keras_stunet.training.train import train_model

load_model = functools.partial(keras.saving.load_model, compile=False)
OPTIONS = {"model": "fnn", "history": 2, "horizon": 2, "units": 2, "epochs": 1}


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """As without matplotlib, of which each run warns."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The run is whole but for")
        yield


@pytest.mark.parametrize("protocol", ["days", "windows"])
@pytest.mark.parametrize("every", [1, 2, 5, 9])
def test_folds_are_the_test_part_and_know_what_lies_before(
    series, protocol, every
):
    splits = make_windows(series, protocol, history=2, horizon=2)
    targets, ends = [], []
    for fold in make_folds(splits, protocol, every):
        known = first_rows(series, fold.rows)
        of_fold = make_windows(
            known, protocol, history=2, horizon=2, parts=fold.parts
        )
        everything = np.arange(len(of_fold.test))
        targets.append(of_fold.test.gather(everything)[1])
        ends.append(len(of_fold.train))
        assert len(of_fold.validation) == len(splits.validation)
        first = of_fold.test.starts[0]
        # Windows of before the first of the fold, and all of them.
        assert of_fold.train.starts[0] == 0
        assert max(of_fold.validation.starts) < first
    _, expected = splits.test.gather(np.arange(len(splits.test)))
    np.testing.assert_array_equal(np.concatenate(targets), expected)
    assert ends == sorted(ends) and ends[0] == len(splits.train)
    with pytest.raises(ValueError, match="`every` is 0"):
        make_folds(splits, protocol, 0)


def test_all_folds_are_scored_together(series, tmp_path, monkeypatch):
    run = tmp_path / "run"
    present = np.random.default_rng(1).random(series.values.shape) < 0.8
    series = dataclasses.replace(series, mask=present)
    train_model(series, run, protocol="days", progress=False, **OPTIONS)
    out = tmp_path / "backtest"
    table = backtest_run(run, out, every=3, progress=False)
    assert (out / "table.md").read_text().strip() == table
    with (out / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["fold"] for row in rows} == {"1", "2"}
    systems = {row["system"] for row in rows}
    assert systems >= {"FNN", "trained once", "persistence"}
    # Each system by an independent count, of each fold and of all together.
    splits = make_windows(series, "days", history=2, horizon=2)
    once = load_model(run / "model.keras")
    errors = {}
    for number, fold in enumerate(make_folds(splits, "days", 3), 1):
        place = out / f"fold_{number:02d}"
        known = first_rows(series, fold.rows)
        own = make_windows(known, "days", 2, 2, parts=fold.parts)
        for name, system in (
            ("FNN", load_model(place / "model.keras")),
            ("trained once", once),
            ("historical average", HistoricalAverage().fit(own.train)),
            ("persistence", Persistence()),
        ):
            made, truth, mask = (
                np.concatenate(x)[:, 1]
                for x in zip(*predict_windows(system, own.test), strict=True)
            )
            found = np.abs(made - truth.astype(float))[mask > 0]
            (row,) = [
                row
                for row in rows
                if (row["fold"], row["system"], row["step"])
                == (str(number), name, "2")
            ]
            assert float(row["mae"]) == pytest.approx(found.mean(), rel=1e-5)
            errors.setdefault(name, []).extend(found)
        ours, of_run = (
            json.loads((folder / "config.json").read_text())
            for folder in (place, run)
        )
        assert ours["recipe"] == of_run["recipe"]
        assert ours["model"] == of_run["model"]
    for name, found in errors.items():
        (line,) = [x for x in table.splitlines() if x.startswith(f"| {name} |")]
        assert f"| {np.mean(found):.3f} /" in line
    # What is trained already is not trained again.
    monkeypatch.setattr(module, "train_model", _unless_finished)
    assert backtest_run(run, out, every=3, progress=False) == table
    monkeypatch.undo()
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(ValueError, match="parts"):
        backtest_run(run, out, every=2, progress=False)


class Held(Exception):
    """Ends a training before anything is written."""


@pytest.mark.parametrize(
    "options",
    [
        {"seeds": 2, "patience": 3, "loss": "l2", "scale": "sensor"},
        {
            **{"model": "gcgru", "K": 1, "no_sampling": True},
            "calendar": ("time_of_day",),
        },
    ],
)
def test_a_fold_is_trained_as_the_run_was(
    series, tmp_path, monkeypatch, options
):
    configs = []

    def hold(folder, config, *_):
        configs.append(config)
        raise Held

    monkeypatch.setattr(Run, "open", hold)
    with pytest.raises(Held):
        train_model(series, tmp_path, **{**OPTIONS, **options})
    (config,) = configs
    with pytest.raises(Held):
        module._train(config, series, Fold(300, (20, 2, 3)), tmp_path, False)
    assert configs[1] == config | {"parts": [20, 2, 3]}


def _unless_finished(known, place, *arguments, **options):
    assert (place / "metrics.json").exists()


def test_a_fold_knows_nothing_of_later_rows(series, tmp_path):
    splits = make_windows(series, "days", history=2, horizon=2)
    fold = make_folds(splits, "days", 2)[0]
    later = dataclasses.replace(
        series,
        values=np.where(
            np.arange(series.num_steps)[:, None] < fold.rows,
            series.values,
            series.values + 99,
        ),
    )
    known = [first_rows(x, fold.rows) for x in (series, later)]
    np.testing.assert_array_equal(known[0].values, known[1].values)
    assert known[0].timestamps[-1] == series.timestamps[fold.rows - 1]


def test_a_run_that_was_trained_further_is_refused(series, tmp_path):
    train_model(series, tmp_path / "own", progress=False, **OPTIONS)
    further = {"start_from": tmp_path / "own", "epochs": 1, "progress": False}
    train_model(None, tmp_path / "further", **further)
    with pytest.raises(ValueError, match="run that it started from"):
        backtest_run(tmp_path / "further", tmp_path / "out", progress=False)
    assert not (tmp_path / "out").exists()


def test_the_table_says_where_training_anew_loses(
    series, tmp_path, monkeypatch
):
    train_model(series, tmp_path / "run", progress=False, **OPTIONS)

    def no_training(config, known, fold, place, progress):
        shutil.copytree(tmp_path / "run", place)
        model = keras.saving.load_model(place / "model.keras", compile=False)
        for weights in model.trainable_variables:
            weights.assign(weights + 9.0)
        model.save(place / "model.keras")

    monkeypatch.setattr(module, "_train", no_training)
    table = backtest_run(
        tmp_path / "run", tmp_path / "out", every=9, progress=False
    )
    end = table.splitlines()[-1]
    assert end.startswith("By its MAE FNN loses to trained once (")
    assert "persistence" in end


def test_the_command(series, tmp_path):
    run, out = str(tmp_path / "run"), str(tmp_path / "out")
    train_model(series, run, protocol="windows", progress=False, **OPTIONS)
    arguments = ["backtest", run, "--every", "9", "--out", out]
    result = click.testing.CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "Fold 1 of 1" in result.output
    assert "| trained once |" in result.output
