"""A run as a preset, and a preset in the place of a run."""

import dataclasses
import json
import shutil
import warnings

import click.testing
import numpy as np
import pandas as pd
import pytest

from keras_stunet.cli import main
from keras_stunet.cli import shell
from keras_stunet.models import presets
from keras_stunet.training import evaluate_run
from keras_stunet.training import load_run
from keras_stunet.training.runs import run as run_module
from keras_stunet.training.runs.forecast import forecast_next
from keras_stunet.training.runs.run_preset import preset_card
from keras_stunet.training.runs.run_preset import preset_of_run
from keras_stunet.training.train import train_model

OPTIONS = {"model": "fnn", "history": 2, "horizon": 2, "units": 2, "epochs": 1}


@pytest.fixture(scope="module")
def run(series, tmp_path_factory):
    """The folder of a finished run on a file."""
    folder = tmp_path_factory.mktemp("runs")
    series.save(folder / "tiny.npz")
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setitem(__import__("sys").modules, "matplotlib", None)
        train_model(
            str(folder / "tiny.npz"),
            folder / "run",
            protocol="days",
            progress=False,
            **OPTIONS,
        )
    return folder / "run"


@pytest.fixture(scope="module")
def preset(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets") / "fnn_tiny"
    preset_of_run(run, folder, "CC BY 4.0")
    return folder


def command(*arguments):
    return click.testing.CliRunner().invoke(main, [str(x) for x in arguments])


def test_the_card_has_the_scores_of_the_run(run, preset):
    card = (preset / "README.md").read_text()
    metrics = json.loads((run / "metrics.json").read_text())
    scores = metrics["test"]["model"]["2"]
    assert f"| 6 h | {scores['mae']:.3f} | {scores['rmse']:.3f} |" in card
    assert metrics["environment"]["commit"] in card
    assert "CC BY 4.0" in card and "4 sensors" in card
    assert "(1 of 1; MAE" in card


def test_a_card_of_several_targets_has_a_table_of_each(preset):
    metadata = json.loads((preset / "metadata.json").read_text())
    of_one = metadata["metrics"]["test"]
    metadata["metrics"]["test"] = {"flow": of_one, "speed": of_one}
    metadata["sensors"] |= {
        "targets": ["flow", "speed"],
        "measurements": ["speed", "flow", "occupancy"],
        "units": ["mph", "veh/h", ""],
        "unit": "veh/h",
    }
    card = preset_card("three", metadata)
    assert "forecasts flow, speed from speed, flow, occupancy." in card
    assert "| flow veh/h | MAE |" in card and "| speed mph | MAE |" in card
    assert card.count(f"| {of_one['model']['2']['mae']:.3f} |") >= 2


def test_it_scores_and_forecasts_as_the_run(run, preset, series):
    first, second = load_run(run), load_run(preset)
    assert evaluate_run(first) == evaluate_run(second)
    frame = pd.DataFrame(series.values, series.timestamps, list("0123"))
    pd.testing.assert_frame_equal(
        forecast_next(first, frame), forecast_next(second, frame)
    )


def test_it_can_be_trained_further(preset, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The run is whole but for")
        train_model(
            None, tmp_path / "run", start_from=preset, epochs=1, progress=False
        )
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["parent"]["run"] == "fnn_tiny"
    assert config["model"]["units"] == 2


def test_the_commands(run, preset, series, tmp_path, monkeypatch):
    monkeypatch.setattr(presets, "SHIPPED", preset.parent)
    monkeypatch.setattr(shell, "PRESETS", preset.parent)
    listed = command("presets")
    assert listed.exit_code == 0, listed.output
    name, *_ = listed.output.splitlines()[1].split()
    assert name == "fnn_tiny" and "FNN" in listed.output
    path = tmp_path / "now.csv"
    frame = pd.DataFrame(series.values, series.timestamps, list("0123"))
    frame.to_csv(path, index_label="time")
    made = command("forecast", "fnn_tiny", "--readings", path)
    assert made.exit_code == 0 and len(made.output.splitlines()) == 3
    assert command("evaluate", "fnn_tiny").exit_code == 0
    wrong = command("forecast", "fnn_tinny", "--readings", path)
    assert wrong.exit_code == 1 and "fnn_tiny" in wrong.output
    saved = command("presets", "save", run, tmp_path / "again")
    assert saved.exit_code == 0, saved.output
    again = command("presets", "save", run, tmp_path / "again")
    assert "holds a preset already" in again.output


def test_a_graph_of_its_own_comes_along(run, series, tmp_path, monkeypatch):
    """As of a published data set with `--graph correlation`."""
    copied = tmp_path / "run"
    shutil.copytree(run, copied)
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps(config | {"source": "tiny"}))
    series.save(copied / "series.npz")
    preset_of_run(copied, tmp_path / "preset")
    bare = dataclasses.replace(series, adjacency=np.zeros((4, 4)))
    monkeypatch.setattr(run_module, "load_series", lambda *_: bare)
    found = load_run(tmp_path / "preset").series().adjacency
    np.testing.assert_array_equal(found.toarray(), series.adjacency)
    assert found.nnz > 0


def test_a_run_without_scores_makes_no_preset(run, tmp_path):
    unfinished = tmp_path / "run"
    unfinished.mkdir()
    for path in run.iterdir():
        if path.name != "metrics.json":
            (unfinished / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="has no scores yet"):
        preset_of_run(unfinished, tmp_path / "preset")
    assert not (tmp_path / "preset").exists()


def test_a_model_that_is_not_from_a_run_is_no_run(run, tmp_path):
    load_run(run).model.save_to_preset(tmp_path / "plain")
    for refused in (load_run, lambda folder: _start(folder, tmp_path)):
        with pytest.raises(ValueError, match="was not made from a run"):
            refused(tmp_path / "plain")


def _start(folder, tmp_path):
    train_model(None, tmp_path / "next", start_from=folder)


def test_weights_are_what_the_run_found_best(run, preset):
    first, second = load_run(run).model, load_run(preset).model
    for mine, others in zip(
        first.get_weights(), second.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, others)
