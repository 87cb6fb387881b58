"""Each measured row of the pages is a run that is recorded."""

import csv
import itertools
import re

import pytest

from tests.pages import ROOT


@pytest.mark.parametrize(
    ("page", "least"), [("README.md", 6), ("docs/results.md", 8)]
)
def test_every_measured_row_is_one_run_of_that_training(page, least):
    section = (ROOT / page).read_text()
    if page == "README.md":
        section = section.split("## Results")[1]
    section = section.split("\n## ")[0]
    table = [row for row in section.splitlines() if row.startswith("|")]
    measured = [row for row in table if "published" not in row]
    measured = [row for row in measured if re.search(r"\d\.\d", row)]
    assert len(measured) >= least
    runs = []
    for name in ("reproduce", "pemsd7_m"):
        with (ROOT / "results" / f"{name}.csv").open(newline="") as file:
            for run in csv.DictReader(file):
                if run.get("status", "done") == "done":
                    runs.append((scores_of(run), run))
    for row in measured:
        _, _, training, *cells, _ = (part.strip() for part in row.split("|"))
        shown = [float(x) for cell in cells for x in cell.split("/")]
        of_row = [run for scores, run in runs if agree(shown, scores)]
        if not of_row:  # naive forecasts stand in the tables of runs only
            assert training == "", row
            shown = "| " + " | ".join(cells) + " |"
            tables = ROOT.glob("results/pemsd7_m*/table.md")
            assert any(shown in path.read_text() for path in tables), row
            continue
        (epochs,) = re.findall(r"(\d+) epochs", training) or ["0"]
        assert epochs in {run["epochs"] for run in of_row}, row
        precisions = re.findall(r"bfloat16|float32", training) or [""]
        run = {run["precision"].removeprefix("mixed_") for run in of_row}
        assert set(precisions) <= run, row


def test_the_rows_of_beijing_are_those_of_their_runs():
    page = (ROOT / "docs/results.md").read_text().split("## Beijing's air")[1]
    with (ROOT / "results/beijing_air.csv").open(newline="") as file:
        first = [run for run in csv.DictReader(file) if run["seed"] == "0"]
    runs = {run["model"]: run for run in first}
    assert len(runs) == 3
    for name, run in runs.items():
        (row,) = re.findall(rf"^\| \**{re.escape(name)}[*,].*", page, re.M)
        shown = re.findall(r"\d+\.\d\d", row)
        assert f"{run['epochs']} epochs" in row
        assert shown == [
            f"{float(run[f'{error}_{minutes}min']):.2f}"
            for minutes in (180, 360, 720, 1440)
            for error in ("mae", "rmse")
        ]


def test_the_rows_of_weights_handed_on_are_means_of_their_runs():
    page = (ROOT / "docs/runs.md").read_text().split("**Another network.**")[1]
    table = re.findall(r"^\| .*\d\.\d\d\d.*", page, re.M)[:4]
    with (ROOT / "results/transfer_metr_la.csv").open(newline="") as file:
        runs = list(csv.DictReader(file))
    assert len(runs) == 12
    for row, (days, moved) in zip(
        table, itertools.product((3, 7), (False, True)), strict=True
    ):
        own = [
            run
            for run in runs
            if run["protocol"].startswith(f"days {days}:")
            and ("from=st_unet_plus_pemsd7_m" in run["options"]) == moved
        ]
        assert [run["seed"] for run in own] == ["0", "1", "2"]
        assert f", {own[0]['epochs']} |" in row or moved
        shown = [float(x) for x in re.findall(r"\d\.\d\d\d", row)]
        means = [
            sum(float(run[f"mae_{minutes}min"]) for run in own) / 3
            for minutes in (15, 30, 60)
        ]
        assert shown == pytest.approx(means, abs=0.0006)
        assert f"| {', '.join(run['best_epoch'] for run in own)} |" in row


def scores_of(run):
    """The errors of a run in the order of the cells of a table."""
    return [
        float(run[f"{error}_{minutes}min"])
        for minutes in (15, 30, 60)
        for error in ("mae", "rmse", "mape")
    ]


def agree(shown, scores):
    """Whether numbers of a table are scores, rounded once or twice."""
    steps = [0.0005, 0.0005, 0.005] * 3
    return all(
        abs(a - b) <= step + 6e-5
        for a, b, step in zip(shown, scores, steps, strict=True)
    )
