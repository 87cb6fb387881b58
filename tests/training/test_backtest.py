"""Rolling origins."""

import csv
import dataclasses
import warnings

import click.testing
import numpy as np
import pytest

from keras_stunet.baselines import Persistence
from keras_stunet.cli import main
from keras_stunet.data import make_windows
from keras_stunet.training import backtest as module
from keras_stunet.training.backtest import backtest_run
from keras_stunet.training.backtest import first_rows
from keras_stunet.training.backtest import make_folds
from keras_stunet.training.train import train_model

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
    train_model(series, run, protocol="days", progress=False, **OPTIONS)
    out = tmp_path / "backtest"
    table = backtest_run(run, out, every=3, progress=False)
    assert (out / "table.md").read_text().strip() == table
    with (out / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["fold"] for row in rows} == {"1", "2"}
    systems = {row["system"] for row in rows}
    assert systems >= {"FNN", "trained once", "persistence"}
    # Of persistence, which nobody trains, the folds make the whole.
    splits = make_windows(series, "days", history=2, horizon=2)
    forecast = Persistence().predict(splits.test)
    _, target = splits.test.gather(np.arange(len(splits.test)))
    mae = np.abs(forecast - target)[:, 1].astype(float).mean()
    (line,) = [x for x in table.splitlines() if x.startswith("| persistence")]
    assert f"| {mae:.3f} /" in line
    # What is trained already is not trained again.
    monkeypatch.setattr(module, "train_model", _unless_finished)
    assert backtest_run(run, out, every=3, progress=False) == table
    monkeypatch.undo()
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(ValueError, match="parts"):
        backtest_run(run, out, every=2, progress=False)


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


def test_the_command(series, tmp_path):
    run, out = str(tmp_path / "run"), str(tmp_path / "out")
    train_model(series, run, protocol="windows", progress=False, **OPTIONS)
    arguments = ["backtest", run, "--every", "9", "--out", out]
    result = click.testing.CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "Fold 1 of 1" in result.output
    assert "| trained once |" in result.output
