"""The commands of README and of the page of all commands do what they say."""

import contextlib
import io
import os
import shlex

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
from tests.pages import ROOT
from tests.pages import blocks
from tests.pages import shell_lines


def train_commands():
    return shell_lines("keras-stunet train")


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
    if not {"--recipe", "--model", "-p", "--values"} & set(words):
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
            if "--values speeds.csv --out" in command
            else pytest.mark.long,
        )
        for command in fresh_commands()
    ],
)
def test_training_commands_train(command, small_series, tmp_path, monkeypatch):
    words, small = made_small(command, small_series, tmp_path)
    # Pictures of a run are drawn in cli/test_train.py.
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
    with (
        contextlib.chdir(folder),
        contextlib.redirect_stdout(said),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(write_up, "save_pictures", lambda *_: None)
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
