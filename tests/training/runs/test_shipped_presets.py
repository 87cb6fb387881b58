"""The presets of the package score as their cards say."""

import csv
import os
from pathlib import Path

import click.testing
import pytest

from keras_stunet.cli import main
from keras_stunet.models.presets import SHIPPED
from keras_stunet.models.presets import preset_names
from keras_stunet.models.presets import read_metadata
from keras_stunet.training import evaluate_run
from keras_stunet.training import load_run
from keras_stunet.training.runs.run_preset import preset_card
from keras_stunet.training.runs.run_preset import preset_scores

RESULTS = Path(__file__).parents[3] / "results"


@pytest.mark.long
@pytest.mark.skipif(
    not os.environ.get("KERAS_STUNET_RAW_DIR"),
    reason="KERAS_STUNET_RAW_DIR names no raw files",
)
@pytest.mark.parametrize("name", preset_names())
def test_a_preset_scores_as_its_card_says(name):
    ((_, _, stated),) = preset_scores(read_metadata(name))
    found = evaluate_run(load_run(name))["model"]
    for step, errors in stated.items():
        step = step if step == "all" else int(step)
        assert found[step]["mae"] == pytest.approx(errors["mae"], abs=0.002)


@pytest.mark.parametrize("name", preset_names())
def test_a_card_is_written_from_its_row_of_results(name):
    metadata = read_metadata(name)
    card = (SHIPPED / name / "README.md").read_text()
    assert card.rstrip("\n") == preset_card(name, metadata)
    run, metrics = metadata["run"], metadata["metrics"]
    source = run["dataset"].replace("/", "_")
    for part in ("_part29", "_full"):
        source = source.removesuffix(part)
    with (RESULTS / f"{source}.csv").open(newline="") as file:
        (row,) = [
            row
            for row in csv.DictReader(file)
            if row["commit"] == metrics["environment"]["commit"]
            and row["model"] == metadata["title"]
            and row["protocol"].split()[0] == run["protocol"]
            and row["seed"] == str(run["recipe"]["seed"])
            and "seeds=" not in row["options"]
        ]
    ((_, _, scores),) = preset_scores(metadata)
    minutes = metadata["sensors"]["minutes_per_step"]
    for step, errors in scores.items():
        if step != "all":
            for key in ("mae", "rmse", "mape"):
                stated = float(row[f"{key}_{int(step) * minutes:.0f}min"])
                assert stated == round(errors[key], 4)


def test_the_table_of_presets_fits_a_terminal():
    shown = click.testing.CliRunner().invoke(main, ["presets"])
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert [line.split()[0] for line in lines] == ["name", *preset_names()]
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("name", preset_names())
def test_a_card_has_the_scores_and_the_licence(name):
    metadata = read_metadata(name)
    assert metadata["licence"]
    environment = metadata["metrics"]["environment"]
    assert "dirty" not in environment["commit"]
