"""The whole way: plan, trials, report, recipe; and what it refuses."""

import csv
import dataclasses
import importlib
import json
import os
import sys

import click.testing
import pytest

from keras_stunet.cli import main
from keras_stunet.experiments import make_jobs
from keras_stunet.experiments import read_config
from keras_stunet.experiments import recipe_arguments
from keras_stunet.experiments import report
from keras_stunet.experiments import run_queue
from keras_stunet.experiments.rows import read_rows
from keras_stunet.training import train_model
from keras_stunet.tuning import worker
from keras_stunet.tuning.grid_search import grid_search
from keras_stunet.tuning.join import join_search

SPACE = """
[fnn.grid]
learning_rate = [0.001, 0.03]

[fnn.fixed]
history = 2
horizon = 2
units = 4
epochs = 2
batch_size = 60
"""
DONE = {"status": "done", "val_mae": 2.5, "best_epoch": 3, "epochs": 4}
DONE |= {"seconds": 7.0, "parameters": 9}


@pytest.fixture
def space_file(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(SPACE)
    return str(path)


@pytest.mark.long
def test_the_best_recipe_trains_to_the_value_of_its_trial(
    npz, tmp_path, space_file
):
    said = []
    out = tmp_path / "search"
    table = grid_search(npz, out, space=space_file, say=said.append)
    # Number and time first, then a line a trial.
    assert said[0] == "2 trials: fnn 2 of 2 points"
    assert said[1].startswith("  fnn: 0 done, 2 to do, time of each: ")
    assert said[2].startswith("Time in all, roughly: ")
    assert said[3].startswith("[1/2] fnn as published: val_mae ")
    assert said[4].startswith("[2/2] fnn learning_rate=0.03: val_mae ")
    with (out / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == ["done", "done"]
    best = min(rows, key=lambda row: float(row["val_mae"]))
    assert table == (out / "trials.md").read_text().strip()
    arguments = recipe_arguments(str(out / "best/freeway/fnn.toml"))
    assert arguments["learning_rate"] == float(best["learning_rate"])
    arguments["dataset"] = npz
    train_model(folder=tmp_path / "run", progress=False, **arguments)
    metrics = json.loads((tmp_path / "run/metrics.json").read_text())
    assert metrics["best"]["val_mae"] == pytest.approx(
        float(best["val_mae"]), rel=1e-6
    )
    # A finished search is read again, and starts no process.
    again = []
    command = ("no such command",)
    grid_search(npz, out, space=space_file, say=again.append, command=command)
    assert again[1].startswith("  fnn: 2 done, 0 to do")
    # The space has changed.
    changed = tmp_path / "changed.toml"
    changed.write_text(SPACE.replace("0.03", "0.1"))
    with pytest.raises(ValueError, match=r"0.03\] then, \[0.001, 0.1\] now"):
        grid_search(npz, out, space=str(changed), command=command)
    with pytest.raises(ValueError, match="seed: 0 then, 1 now"):
        grid_search(npz, out, space=space_file, seed=1, command=command)


def test_other_data_are_refused(npz, series, tmp_path, space_file, make_search):
    folder, space, search = make_search("fnn", {"units": (1, 2)})
    other = dataclasses.replace(series, values=series.values + 1)
    other.save(tmp_path / "other.npz")
    with pytest.raises(ValueError, match="sha256: .* then, .* now"):
        grid_search(str(tmp_path / "other.npz"), folder, space=space_file)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "mae"}, "expected one of val_mae, val_loss"),
        ({"limit": 0}, "`limit` is 0"),
        ({"workers": 0}, "`workers` is 0"),
        ({"patience": 0}, "`patience` is 0"),
        ({"precision": "float8"}, "`precision` is 'float8'"),
        ({"seed": -1}, "`seed` is -1"),
        ({"systems": ["gcgru"]}, "`model` is 'gcgru'"),
        ({"space": "none"}, "`space` is 'none'"),
        ({"host": "0.0.0.0"}, "Give this machine's address"),
        ({"host": "::"}, "Give this machine's address"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    npz, tmp_path, space_file, options, message
):
    out = tmp_path / "search"
    with pytest.raises(ValueError, match=message):
        grid_search(npz, out, **{"space": space_file, **options})
    assert not out.exists()


def test_a_search_is_made_longer_or_shorter(
    npz, tmp_path, space_file, add_trial
):
    out = tmp_path / "search"
    # All trials have ended: no process is started.
    options = {"space": space_file, "command": ("no such command",)}
    add_trial(out, "0", {"learning_rate": 0.001}, "COMPLETED", DONE)
    grid_search(npz, out, limit=1, **options)
    add_trial(out, "1", {"learning_rate": 0.03}, "COMPLETED", DONE)
    grid_search(npz, out, limit=2, **options)
    said = []
    grid_search(npz, out, limit=1, say=said.append, **options)
    assert said[1].startswith("  fnn: 2 done, 0 to do")
    # A list of what is not in this folder's search would help nobody.
    changed = tmp_path / "changed.toml"
    changed.write_text(SPACE.replace("0.03", "0.1"))
    options["space"] = str(changed)
    with pytest.raises(ValueError, match=r"0.03\] then, \[0.001, 0.1\] now"):
        grid_search(npz, out, dry_run=True, **options)


def test_without_kerastuner_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras_tuner", None)
    arguments = ["tune", "freeway", "--out", str(tmp_path / "search")]
    ended = click.testing.CliRunner().invoke(main, arguments)
    assert ended.exit_code == 1
    assert ended.output.startswith("Error: ")
    assert 'pip install ".[tuning]"' in ended.output


def test_a_dry_run_needs_no_kerastuner(npz, tmp_path, monkeypatch):
    for name in ("keras_tuner", "grpc"):
        monkeypatch.setitem(sys.modules, name, None)
    space = tmp_path / "space.toml"
    space.write_text("[historical_average.grid]\nweekly = [false, true]\n")
    said = []
    options = {"space": str(space), "say": said.append}
    grid_search(npz, tmp_path / "search", dry_run=True, **options)
    assert said[-1] == "historical_average 1: weekly=True"
    assert not (tmp_path / "search").exists()
    with pytest.raises(ImportError, match="KerasTuner"):
        grid_search(npz, tmp_path / "search", **options)
    # The process that times a model, for a dry run, too.
    importlib.reload(worker)


def test_a_folder_that_cannot_be_written_is_refused_first(npz, space_file):
    with pytest.raises(OSError, match="cannot be written"):
        grid_search(npz, os.devnull + "/search", space=space_file)


def test_a_chief_takes_no_name_of_the_search(npz, tmp_path):
    for name in ("chief2", "tuner7", "a b", ""):
        with pytest.raises(ValueError, match="worker's name"):
            join_search(npz, tmp_path, name)
    with pytest.raises(FileNotFoundError, match="There is no search in"):
        join_search(npz, tmp_path, "elsewhere")


@pytest.mark.long
def test_the_best_of_a_fitted_system_on_ones_own_data_is_a_recipe_too(
    series, tmp_path, monkeypatch
):
    npz = str(tmp_path / "roads.npz")
    dataclasses.replace(series, name="roads").save(npz)
    space = tmp_path / "space.toml"
    space.write_text(
        "[historical_average.grid]\nweekly = [false, true]\n"
        "[historical_average.fixed]\nhistory = 2\nhorizon = 2\n"
    )
    grid_search(npz, tmp_path / "search", space=str(space))
    best = tmp_path / "search/best/roads/historical_average.toml"
    config = read_config(best)
    assert (config.dataset, config.classical) == ("roads", True)
    with (tmp_path / "search/trials.csv").open() as file:
        trials = {row["weekly"]: row["val_mae"] for row in csv.DictReader(file)}
    weekly = config.options["weekly"]
    assert json.dumps(weekly) == min(trials, key=lambda k: float(trials[k]))
    (job,) = make_jobs(str(best))
    results = tmp_path / "rows.csv"
    monkeypatch.setenv("KERAS_BACKEND", "numpy")  # which starts quickly
    said = []
    run_queue([job], tmp_path / "without", results, say=said.append)
    assert "roads is no built-in data set" in said[0]
    states = run_queue([job], tmp_path / "out", results, npz=[npz])
    assert states == {job: "done"}
    (row,) = read_rows(results).values()
    assert float(row["val_mae"]) == pytest.approx(
        float(trials[json.dumps(weekly)]), abs=1e-4
    )
    page = tmp_path / "out/page"
    (text,) = report.write_report(
        str(best), ["roads"], "full", results, page, "float32"
    ).values()
    assert "no step of these data" in text and "queued" not in text
