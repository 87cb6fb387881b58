"""The whole road: plan, trials, report, recipe; and what it refuses."""

import csv
import dataclasses
import json
import os

import pytest

from keras_stunet.experiments import make_jobs
from keras_stunet.experiments import read_record
from keras_stunet.experiments import recipe_arguments
from keras_stunet.experiments import report
from keras_stunet.experiments import run_queue
from keras_stunet.experiments.rows import read_rows
from keras_stunet.plotting.search import plot_search
from keras_stunet.training import train_model
from keras_stunet.tuning import write_report
from keras_stunet.tuning.grid_search import grid_search
from keras_stunet.tuning.join import join_search
from keras_stunet.tuning.search_file import read_search
from keras_stunet.tuning.search_file import search_spaces
from keras_stunet.tuning.trials import write_outcome

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


@pytest.fixture
def space_file(tmp_path):
    path = tmp_path / "space.toml"
    path.write_text(SPACE)
    return str(path)


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
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    npz, tmp_path, space_file, options, message
):
    out = tmp_path / "search"
    with pytest.raises(ValueError, match=message):
        grid_search(npz, out, **{"space": space_file, **options})
    assert not out.exists()


def test_a_folder_that_cannot_be_written_is_refused_first(npz, space_file):
    with pytest.raises(OSError, match="cannot be written"):
        grid_search(npz, os.devnull + "/search", space=space_file)


def test_a_chief_takes_no_name_of_the_search(npz, tmp_path):
    for name in ("chief2", "tuner7", "a b", ""):
        with pytest.raises(ValueError, match="worker's name"):
            join_search(npz, tmp_path, name)
    with pytest.raises(FileNotFoundError, match="There is no search in"):
        join_search(npz, tmp_path, "elsewhere")


def trial(folder, number, values, status, outcome=None):
    """A trial as the oracle and a worker leave it."""
    path = folder / "fnn" / f"trial_{number}"
    path.mkdir(parents=True)
    state = {"trial_id": number, "status": status, "message": "at once"}
    state["hyperparameters"] = {"values": values}
    (path / "trial.json").write_text(json.dumps(state))
    if outcome is not None:
        write_outcome(path, outcome)


def test_a_search_at_work_can_be_read(make_search):
    grid = {"units": (4, 2, 8), "loss": ("l1", "l2")}
    folder, space, search = make_search("fnn", grid)
    with pytest.raises(ValueError, match="No trial"):
        write_report(folder)
    done = {"status": "done", "val_mae": 2.5, "best_epoch": 3, "epochs": 4}
    done |= {"seconds": 7.0, "parameters": 9}
    diverged = {"status": "diverged", "message": "in\nepoch 1", "seconds": 1.0}
    trial(folder, "0", {"units": 4, "loss": "l1"}, "COMPLETED", done)
    better = {**done, "val_mae": 2.0}
    trial(folder, "1", {"units": 2, "loss": "l1"}, "COMPLETED", better)
    trial(folder, "2", {"units": 8, "loss": "l1"}, "FAILED", diverged)
    trial(folder, "3", {"units": 4, "loss": "l2"}, "FAILED")
    # Trained, but the search does not know yet: it does not count.
    early = {**done, "val_mae": 1.0}
    trial(folder, "4", {"units": 2, "loss": "l2"}, "RUNNING", early)
    trial(folder, "5", {"units": 8, "loss": "l2"}, "RUNNING")
    table = write_report(folder).splitlines()
    assert table[0] == "FNN: 4 of 6 points"
    assert table[5] == "| **2** | l1 | 2.0000 | 3 | 7 | done |"
    assert table[-1] == "| **8** | **l2** |  |  | 0 | running |"
    with (folder / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == [
        *("done", "done", "diverged", "failed", "done", "running")
    ]
    assert rows[2]["message"] == "in epoch 1"
    assert rows[3]["message"] == "at once"
    record = read_record(folder / "best/freeway/fnn.toml")
    assert (record.options["units"], record.training["loss"]) == (2, "l1")
    assert "2.0000 at epoch 3 of 4" in record.note
    assert (folder / "fnn.png").exists() and (folder / "fnn.svg").exists()
    assert search_spaces(read_search(folder)) == [space]


def test_the_figure_shows_each_trial_where_it_belongs():
    grid = {"K": (3, 1, 2), "upsampling": ("copy", "ordered")}
    points = [
        ({"K": 3, "upsampling": "copy"}, 2.0),
        ({"K": 1, "upsampling": "copy"}, 3.0),
        ({"K": 3, "upsampling": "ordered"}, 2.5),
        ({"K": 2, "upsampling": "ordered"}, None),
    ]
    figure = plot_search(grid, points, unit="mph")
    by_k, by_upsampling = figure.axes
    assert [t.get_text() for t in by_k.get_xticklabels()] == ["1", "2", "3*"]
    assert by_k.get_ylabel() == "validation MAE (mph)"

    def dots(axes, marker):
        return sorted(
            (float(x), float(y))
            for line in axes.lines
            if line.get_marker() == marker
            for x, y in zip(*line.get_data(), strict=True)
        )

    assert dots(by_k, "o") == [(0, 3.0), (2, 2.0), (2, 2.5)]
    assert dots(by_k, "x") == [(1, 3.0)]
    assert list(by_k.lines[-1].get_ydata()) == [3.0, 2.0]
    assert dots(by_upsampling, "o") == [(0, 2.0), (0, 3.0), (1, 2.5)]
    with pytest.raises(ValueError, match="holds no error"):
        plot_search(grid, points[3:])


def test_the_best_of_a_fitted_system_on_ones_own_data_is_a_recipe_too(
    series, tmp_path
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
    record = read_record(best)
    assert (record.dataset, record.classical) == ("roads", True)
    with (tmp_path / "search/trials.csv").open() as file:
        trials = {row["weekly"]: row["val_mae"] for row in csv.DictReader(file)}
    weekly = record.options["weekly"]
    assert json.dumps(weekly) == min(trials, key=lambda k: float(trials[k]))
    (job,) = make_jobs(str(best))
    results = tmp_path / "rows.csv"
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
