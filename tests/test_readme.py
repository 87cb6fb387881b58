"""The README, and the page of all commands, do what they say."""

import contextlib
import csv
import io
import itertools
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from keras_stunet.cli import main
from keras_stunet.data import Series
from keras_stunet.data.catalog import SOURCES
from keras_stunet.experiments import report
from keras_stunet.moving_mnist import train as moving_mnist_run
from keras_stunet.training import last_readings
from keras_stunet.training import load_run
from keras_stunet.training import train as model_run
from keras_stunet.training import write_up
from keras_stunet.tuning import plan

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = (ROOT / "docs" / "commands.md").read_text()
PAGES = ["README.md", "CONTRIBUTING.md"]
PAGES += sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))


def blocks(language):
    pages = README + COMMANDS
    return re.findall(rf"```{language}\n(.*?)```", pages, flags=re.DOTALL)


def shell_lines(start):
    """Lines of shell that begin so, each once."""
    lines = "".join(blocks("sh")).splitlines()
    return list(dict.fromkeys(x for x in lines if x.startswith(start)))


def train_commands():
    return shell_lines("keras-stunet train")


def test_the_example_of_tensorflow_datasets_takes_eight_lines_and_runs(
    tmp_path,
):
    example = blocks("python")[0]
    lines = [line for line in example.splitlines() if line.strip()]
    load, fit = (
        next(i for i, line in enumerate(lines) if call in line)
        for call in ("tfds.load(", "model.fit(")
    )
    assert fit - load < 8
    # Few large steps of a quicker model; the rest as it stands.
    small = {
        "batch_size=50": "batch_size=4096",
        "model.compile(": "model = keras_stunet.build_fnn(\n"
        "    data.adjacency, **data.options\n)\nmodel.compile(",
        "epochs=4": "epochs=1",
    }
    for stated, tried in small.items():
        assert example.count(stated) == 1
        example = example.replace(stated, tried)
    said = run_example(example, tmp_path, TFDS_DATA_DIR=str(tmp_path / "data"))
    assert "val_loss" in said and "{3: {'mae': " in said
    assert (tmp_path / "freeway.keras").exists()
    assert (tmp_path / "data" / "freeway" / "default").is_dir()


LOAD_AGAIN = """
import keras
again = keras.saving.load_model("ring.keras")
x, _ = splits.test.gather([0])
np.testing.assert_array_equal(again(x), model(x))
"""


def example_of_arrays():
    guide = (ROOT / "docs" / "data.md").read_text()
    section = guide.partition("### From arrays to `fit`")[2]
    return section.partition("```python\n")[2].partition("```")[0]


def test_the_example_of_arrays_runs_with_a_small_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = example_of_arrays()
    lines = [line for line in example.splitlines() if line.strip()]
    stated, small = "K=3, p=2, s=2", "K=1, p=1, s=2, units=2"
    assert len(lines) == 15 and example.count(stated) == 1
    exec(example.replace(stated, small) + LOAD_AGAIN, {})


@pytest.mark.long
def test_the_example_of_arrays_beats_the_spread_of_the_data(tmp_path):
    better = "assert score_windows(model, splits.test)[3]['mae'] < splits.std"
    run_example(example_of_arrays() + LOAD_AGAIN + better, tmp_path)


def run_example(code, folder, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def small_series(tmp_path_factory):
    steps, nodes = 288 * 44, 6  # the days protocol wants 44 days
    rng = np.random.default_rng(0)
    ring = np.roll(np.eye(nodes), 1, axis=1) + np.roll(np.eye(nodes), -1, 1)
    minutes = np.arange(steps) % 288
    speed = 60 + 10 * np.sin(2 * np.pi * minutes / 288)[:, None]
    speed = speed + rng.normal(size=(steps, nodes))
    start = np.datetime64("2012-05-01T00:00:00")
    time = start + np.arange(steps) * np.timedelta64(300, "s")
    path = tmp_path_factory.mktemp("readme") / "small.npz"
    Series(speed, ring, timestamps=time).save(path)
    return str(path)


def test_every_training_command_of_the_readme_is_checked():
    commands = train_commands()
    assert len(commands) == 10
    assert "keras-stunet train pemsd7/m --out runs/paper --resume" in commands


def fresh_commands():
    return [a for a in train_commands() if not a.endswith(" --resume")]


def made_small(command, small_series, tmp_path):
    """Words of a training command, on few readings and with a small model."""
    words = shlex.split(command)[1:]
    # One epoch of few, large steps of a small model; the rest as it stands.
    small = ["--epochs", "1", "--batch-size", "4096", "--horizon", "2"]
    if words[1] == "--values":
        series = Series.load(small_series)
        index = pd.DatetimeIndex(series.timestamps, name="time")
        frame = pd.DataFrame(series.values, index)
        frame.iloc[:2000].to_csv(tmp_path / "speeds.csv")
        sensors = np.arange(series.num_nodes)
        edges = {"from": sensors, "to": np.roll(sensors, 1), "distance": 7.0}
        pd.DataFrame(edges).to_csv(tmp_path / "edges.csv", index=False)
        for name in {"speeds.csv", "edges.csv"} & set(words):
            words[words.index(name)] = str(tmp_path / name)
    elif words[1] == "--recipe":
        words.insert(1, small_series)
        small += ["--history", "9"]
    else:
        assert words[1] in SOURCES
        words[1] = small_series
    words[words.index("--out") + 1] = str(tmp_path / "run")
    if "--recipe" not in words:
        small += ["--units", "2", "--history", "3"]
    if not {"--recipe", "--model", "-p"} & set(words):
        small += ["-p", "1"]
    return words, small


@pytest.mark.parametrize("command", fresh_commands())
def test_training_commands_build_their_model(
    command, small_series, tmp_path, monkeypatch
):
    class Built(Exception):
        pass

    def train(model, *_, **__):
        raise Built(model.name)

    monkeypatch.setattr(model_run, "train", train)
    words, small = made_small(command, small_series, tmp_path)
    done = CliRunner().invoke(main, words + small)
    assert isinstance(done.exception, Built), done.output


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            command,
            marks=()
            if "--values speeds.csv --graph edges.csv" in command
            else pytest.mark.long,
        )
        for command in fresh_commands()
    ],
)
def test_training_commands_train(command, small_series, tmp_path, monkeypatch):
    words, small = made_small(command, small_series, tmp_path)
    if words[1] != "--values":  # pictures of one run will do
        monkeypatch.setattr(write_up, "save_pictures", lambda *_: None)
    done = CliRunner().invoke(main, words + small)
    assert done.exit_code == 0, done.output
    assert "historical average" in done.output
    metrics = (tmp_path / "run" / "metrics.json").read_bytes()
    if f"{command} --resume" in train_commands():
        again = CliRunner().invoke(main, [*words, *small, "--resume"])
        assert again.exit_code == 0, again.output
        assert "historical average" in again.output
        assert (tmp_path / "run" / "metrics.json").read_bytes() == metrics


TESTED_APART = ("train", "moving-mnist", "moving-mnist-figure", "reproduce")
TESTED_APART += ("tune",)


def other_commands():
    lines = [line.split("#")[0].strip() for line in shell_lines("keras-stun")]
    return [line for line in lines if line.split()[1] not in TESTED_APART]


@pytest.fixture(scope="module")
def small_run(small_series, tmp_path_factory):
    """The second Python example, on a small series and of one epoch."""
    folder = tmp_path_factory.mktemp("run")
    example = blocks("python")[1]
    assert '"freeway"' in example and "epochs=10" in example
    code = example.replace('"freeway"', repr(small_series))
    options = "epochs=1, batch_size=4096, units=2, p=1, K=1"
    options += ", history=3, horizon=2"
    code = code.replace("epochs=10", options)
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said):
        exec(code, {})
    assert "historical average" in said.getvalue()
    return folder / "runs" / "first"


def test_the_picture_of_chosen_sensors_is_drawn(
    small_run, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    *_, example = blocks("python")
    assert '["DM-3.1", "ED-1.9"]' in example
    code = example.replace('["DM-3.1", "ED-1.9"]', '["5", "2"]')
    code = code.replace("runs/first", str(small_run))
    exec(code, {})
    assert {"evening.png", "evening.svg"} == {
        f.name for f in tmp_path.iterdir()
    }
    assert ">sensor 5, " in (tmp_path / "evening.svg").read_text()


def test_every_other_command_of_the_readme_is_checked():
    assert len(other_commands()) == 5


@pytest.mark.parametrize(
    "command",
    [
        # A data set is built in datasets/ and in cli/test_datasets.py, too.
        pytest.param(
            command, marks=pytest.mark.long if "pemsd7/m" in command else ()
        )
        for command in other_commands()
    ],
)
def test_other_commands_do_what_is_said(
    command, small_run, small_series, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    frame = last_readings(load_run(small_run))
    frame.to_csv(tmp_path / "now.csv")
    data_set = "pemsd7/m" in command
    if data_set and not os.environ.get("KERAS_STUNET_RAW_DIR"):
        pytest.skip("KERAS_STUNET_RAW_DIR names no raw files")
    words = shlex.split(command)[1:]
    if words[0] != "datasets":
        words[1] = str(small_run)
    if data_set:
        words += ["--data-dir", str(tmp_path)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    if data_set:
        series = Series.load(tmp_path / "pemsd7_m.npz")
        assert series.values.shape == (12_672, 228)
    elif "--out" in command:
        assert len(pd.read_csv(tmp_path / "next_hour.csv")) == 2
    else:
        assert len(done.stdout.splitlines()) >= 3


def test_the_tables_of_the_paper_are_reproduced_or_queued(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    # Figures of a table are drawn in experiments/test_report.py.
    monkeypatch.setattr(report, "_draw", lambda *_: None)
    commands = shell_lines("keras-stunet reproduce")
    assert len(commands) == 2
    for command in commands:
        words = shlex.split(command)[1:]  # what runs is tested elsewhere
        done = CliRunner().invoke(main, [*words, "--report-only"])
        assert done.exit_code == 0, done.output
        assert "| ST-UNet | 2.15 | queued | - |" in done.output
    rows = str(ROOT / "results" / "reproduce.csv")
    small, whole = (
        CliRunner().invoke(
            main,
            [*shlex.split(command)[1:], "--report-only", "--results", rows],
        )
        for command in commands
    )
    assert "| ST-UNet | 2.15 | 2.358 ± 0.016 (3 seeds) | +9.7 |" in small.output
    assert "| FNN | 2.39 | 2.349 (1 of 3 seeds) | -1.7 |" in whole.output
    assert "| ST-UNet | epochs18 | mixed_bfloat16 | 1 of 3 |" in whole.output


def test_the_grid_search_lists_its_trials(small_series, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # The process that times a trial: tuning/test_plan.py.
    monkeypatch.setattr(plan, "_probe", lambda *_: 60.0)
    (command,) = shell_lines("keras-stunet tune")
    words = shlex.split(command)[1:]
    words[1] = small_series
    done = CliRunner().invoke(main, [*words, "--model", "gcgru", "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "gcgru 12 of 12 points" in done.output
    assert "K=2 layers=1 learning_rate=0.003" in done.output
    assert not (tmp_path / "runs").exists()


def grey_frames(graph, **_):
    x = keras.Input((10, graph.shape[0], 1))
    return keras.Model(x, keras.layers.Dense(1, activation="sigmoid")(x))


@pytest.mark.skipif(
    not os.environ.get("KERAS_STUNET_RAW_DIR"),
    reason="KERAS_STUNET_RAW_DIR names no raw files",
)
@pytest.mark.long
def test_the_commands_of_moving_mnist_follow_one_another(tmp_path, monkeypatch):
    # The model itself, twenty steps unrolled, takes minutes to compile.
    monkeypatch.setattr(moving_mnist_run, "build_st_unet", grey_frames)
    monkeypatch.chdir(tmp_path)
    commands = shell_lines("keras-stunet moving-mnist")
    assert len(commands) == 3
    for command in commands:
        words = shlex.split(command)[1:]
        if words[0] == "moving-mnist":
            words += ["--sequences", "5", "--units", "1", "--epochs", "1"]
            words += ["-K", "1"]
        done = CliRunner().invoke(main, words)
        assert done.exit_code == 0, done.output
    assert {"digits.png", "digits.svg", "digits.gif"} <= {
        file.name for file in tmp_path.iterdir()
    }


@pytest.mark.parametrize("target", ["demo", "test", "test-long"])
def test_make_targets_of_the_pages_exist(target):
    pages = README + (ROOT / "CONTRIBUTING.md").read_text()
    assert f"make {target}" in pages
    subprocess.run(["make", "-n", target], cwd=ROOT, check=True)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    place, anchors = (ROOT / page).parent, {}
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text())
    for link in links:
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = place / name if name else ROOT / page
        assert target.exists(), link
        if anchor:
            if target not in anchors:
                anchors[target] = anchors_of(target.read_text())
            assert anchor in anchors[target], link


def anchors_of(text):
    """Of the headings of a page, as its renderer makes them."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", line.lower()) for line in headings]
    return {line.strip().replace(" ", "-") for line in plain}


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 165
    assert len(README.split()) <= 1_250


@pytest.mark.parametrize("page", ["README.md", "docs/results.md"])
def test_every_measured_row_is_one_run_of_that_training(page):
    section = (ROOT / page).read_text()
    if page == "README.md":
        section = section.split("## Results")[1]
    section = section.split("\n## ")[0]
    table = [row for row in section.splitlines() if row.startswith("|")]
    measured = [row for row in table if "published" not in row]
    measured = [row for row in measured if re.search(r"\d\.\d", row)]
    assert len(measured) >= 8
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
        runs = {run["model"]: run for run in csv.DictReader(file)}
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
