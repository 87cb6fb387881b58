"""What a run's forecasts rest on, as files."""

import csv
import warnings

import click.testing
import pytest

from keras_stunet.cli import main
from keras_stunet.evaluation.importance import permutation_importance
from keras_stunet.training import load_run
from keras_stunet.training.train import train_model

OPTIONS = {"model": "fnn", "history": 2, "horizon": 2, "units": 2, "epochs": 1}


def test_the_command_writes_tables_and_a_picture(series, tmp_path):
    pytest.importorskip("matplotlib")
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setitem(__import__("sys").modules, "matplotlib", None)
        train_model(
            series,
            tmp_path / "run",
            protocol="days",
            calendar=("time_of_day",),
            progress=False,
            **OPTIONS,
        )
    result = click.testing.CliRunner().invoke(
        main, ["explain", str(tmp_path / "run"), "--windows", "20"]
    )
    assert result.exit_code == 0, result.output
    assert "  0: " in result.output and "(4 pairs)" in result.output
    # On validation, never on the test.
    run = load_run(tmp_path / "run")
    validation = run.windows().validation
    expected = permutation_importance(
        run.model, validation, series.adjacency, 20
    )
    folder = tmp_path / "run" / "explain"
    assert {path.name for path in folder.iterdir()} == {
        *("hops.csv", "importance.png", "importance.svg"),
        *("inputs.csv", "sensors.csv"),
    }
    with (folder / "inputs.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["feature"], row["step"]) for row in rows] == [
        *(("reading", "-1"), ("reading", "0")),
        *(("time_of_day", "-1"), ("time_of_day", "0")),
    ]
    with (folder / "sensors.csv").open() as file:
        sensors = list(csv.DictReader(file))
    assert [row["sensor"] for row in sensors] == list("0123")
    assert [float(row["mae"]) for row in sensors] == pytest.approx(
        expected.mae.tolist(), abs=1e-4
    )
    # Each sensor is forecast from its own history alone.
    assert all(abs(float(r["mae_rise_without_others"])) < 1e-4 for r in sensors)
