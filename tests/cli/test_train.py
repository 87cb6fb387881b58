"""`keras-stunet train`, from the command line to the run folder."""

import json

import click.testing
import keras
import numpy as np
import pytest

from keras_stunet import training
from keras_stunet.cli import main
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.models import MODELS
from keras_stunet.training import Recipe
from keras_stunet.training import plan
from keras_stunet.training import train as model_run
from keras_stunet.training.runs.folder import CHECKPOINT

SMALL = ["--head", "direct", "--units", "2", "-K", "1", "-p", "1"]
SMALL += ["--epochs", "2", "--batch-size", "20", "--protocol", "days"]


def run(*arguments):
    return click.testing.CliRunner().invoke(main, ["train", *arguments])


@pytest.fixture(scope="module")
def finished(dataset, tmp_path_factory):
    """The result and the folder of a run of two epochs."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    return run(dataset, "--out", str(folder), *SMALL), folder


def test_a_run_writes_its_folder(finished):
    result, folder = finished
    assert result.exit_code == 0, result.output
    assert {file.name for file in folder.iterdir()} == {
        "checkpoint.npz",
        "config.json",
        "errors.csv",
        "errors.png",
        "errors.svg",
        "forecast.png",
        "forecast.svg",
        "history.csv",
        "intervals.npz",
        "metrics.json",
        "model.keras",
        "network.png",
        "network.svg",
        "sensors.json",
        "table.md",
        "training.png",
        "training.svg",
    }
    table = (folder / "table.md").read_text()
    assert table.strip() in result.output
    assert f" forecast {folder} " in result.output  # what to do next
    assert "3 h | 6 h | 12 h" in table
    for row in ("model", "historical average", "persistence"):
        assert f"| {row} |" in table
    config = json.loads((folder / "config.json").read_text())
    assert config["recipe"]["epochs"] == 2 and config["model"]["p"] == 1


def test_its_scores_equal_an_independent_count(finished, dataset):
    _, folder = finished
    metrics = json.loads((folder / "metrics.json").read_text())
    model = keras.saving.load_model(folder / "model.keras")
    values = Series.load(dataset).values.reshape(44, 24, 4)[-5:]
    forecast = model.predict(values[:, :12, :, None], verbose=0)[..., 0]
    for step in (3, 6, 12):
        error = forecast[:, step - 1].astype(float) - values[:, 11 + step]
        scores = metrics["test"]["model"][str(step)]
        assert scores["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-5)
        rmse = (error**2).mean() ** 0.5
        assert scores["rmse"] == pytest.approx(rmse, rel=1e-5)
    splits = make_windows(Series.load(dataset))
    config = model.get_config()
    assert (config["mean"], config["std"]) == (splits.mean, splits.std)


def test_a_finished_run_is_not_overwritten(finished, dataset):
    _, folder = finished
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    again = run(dataset, "--out", str(folder), *SMALL)
    assert again.exit_code == 1 and "already holds a run" in again.output
    other = run(dataset, "--out", str(folder), *SMALL, "--seed=1", "--resume")
    assert other.exit_code == 1
    assert "recipe.seed: 0 then, 1 now" in other.output
    assert before == {
        file: file.stat().st_mtime_ns for file in folder.iterdir()
    }


def test_what_comes_next_fits_the_data(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "train_model", lambda *_, **__: "| a |")
    (tmp_path / "config.json").touch()
    values = tmp_path / "values.npy"
    np.save(values, np.ones((24, 3)))
    form = ["--start", "2024-01-01", "--interval", "1h"]
    for words, shown in (
        (["freeway"], True),
        ([dataset], False),
        (["--values", str(values), *form], False),
        (["--from", str(tmp_path)], False),
    ):
        result = run(*words, "--out", str(tmp_path / "run"))
        assert "split validation\n" in result.output
        assert ("what else there is" in result.output) == shown, words


@pytest.mark.parametrize("kept", [None, CHECKPOINT, f"seed_0/{CHECKPOINT}"])
def test_ctrl_c_says_how_to_go_on(kept, dataset, tmp_path, monkeypatch):
    out = tmp_path / "run"

    def interrupted(*_, **__):
        if kept is not None:
            (out / kept).parent.mkdir(parents=True, exist_ok=True)
            (out / kept).touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(model_run, "train", interrupted)
    result = run(dataset, "--out", str(out), *SMALL)
    assert result.exit_code == 130
    said = f"Whole epochs are kept in {out}; go on"
    if kept is None:
        said = "No epoch was finished; begin again"
    assert f"Interrupted. {said} with the same command and --resume." in (
        result.output
    )


@pytest.mark.filterwarnings("default")
def test_without_matplotlib_the_run_is_whole_but_for_the_picture(
    dataset, tmp_path, monkeypatch, finished
):
    _, folder = finished
    metrics = json.loads((folder / "metrics.json").read_text())
    best = keras.saving.load_model(folder / "model.keras")
    monkeypatch.setattr(model_run, "train", lambda *_, **__: (metrics, best))
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    out = tmp_path / "run"
    result = run(dataset, "--out", str(out), *SMALL)
    assert "Note: The run is whole but for its pictures" in result.output
    assert '`pip install ".[plot]"`' in result.output
    assert result.exit_code == 0
    names = {file.name for file in out.iterdir()}
    assert names == {
        "config.json",
        "errors.csv",
        "intervals.npz",
        "sensors.json",
        "table.md",
    }


def test_a_recipe_gives_options_and_the_command_line_wins(
    dataset, tmp_path, monkeypatch
):
    called = []

    def train_model(*arguments, **options):
        called.append((arguments, options))
        return "table"

    monkeypatch.setattr("keras_stunet.training.train_model", train_model)
    out, name = str(tmp_path / "run"), "table1/pemsd7_m/stgcn"
    assert run("--recipe", name, "--out", out).exit_code == 0
    result = run(dataset, "--recipe", name, "--out", out, "--epochs", "3")
    assert result.exit_code == 0, result.output
    (first, recorded), (second, mine) = called
    assert (first, second) == (("pemsd7/m", out), (dataset, out))
    assert (recorded["model"], recorded["loss"]) == ("stgcn", "l2")
    assert (recorded["epochs"], mine["epochs"]) == (50, 3)
    assert recorded["optimizer"] == mine["optimizer"] == "rmsprop"
    assert "seed" not in recorded  # train_model's own


@pytest.mark.parametrize("model", list(MODELS))
def test_the_command_trains_as_python_does(model, dataset, monkeypatch):
    # A default of the command would beat the recipe of the model.
    given = {}

    def train_model(dataset, out, **options):
        given.update(options)

    monkeypatch.setattr(model_run, "train_model", train_model)
    monkeypatch.setattr(training, "train_model", train_model, raising=False)
    result = run(dataset, "--out", "anywhere", "--model", model)
    assert result.exit_code == 0, result.output
    recipe, _ = plan.split_options(given.pop("model"), {})
    for name, value in given.items():
        if name in Recipe.__dataclass_fields__:
            assert value == getattr(recipe, name), name


def test_data_and_sampling_of_a_recipe_can_be_undone(
    dataset, tmp_path, monkeypatch
):
    called = []

    def train_model(*arguments, **options):
        called.append((arguments[0], options))
        return "table"

    monkeypatch.setattr("keras_stunet.training.train_model", train_model)
    out = ["--out", str(tmp_path / "run")]
    full = ["--recipe", "table1/metr_la_full/st_unet", *out]
    graph = tmp_path / "graph.csv"
    graph.write_text("from,to,weight\na,b,1\n")
    values = tmp_path / "values.csv"
    values.write_text("time,a,b\n2026-01-01 00:00,1,2\n2026-01-01 00:05,1,3\n")
    own = ["--values", str(values), "--graph", str(graph)]
    sampled = ["--recipe", "table2/pemsd7_m/st_unet", *out]
    for words in (
        [*full, "--protocol", "days"],
        [dataset, *full],
        [*own, *full],
        sampled,
        [*sampled, "--sampling"],
    ):
        assert run(*words).exit_code == 0, run(*words).output
    days, other, mine, without, again = called
    assert (days[1]["protocol"], "parts" in days[1]) == ("days", False)
    assert days[1]["calendar"] == ("time_of_day",)
    for data, options in (other, mine):
        assert not {"protocol", "parts", "calendar"} & options.keys()
        assert options["units"] == 96 and data != "metr_la/full"
    assert mine[0].values.tolist() == [[1, 2], [1, 3]]
    assert without[1]["no_sampling"] and not again[1]["no_sampling"]


def test_targets_are_named_with_commas_between(dataset, tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(
        "keras_stunet.training.train_model",
        lambda *_, **options: called.append(options) or "table",
    )
    out = ["--out", str(tmp_path / "run")]
    chosen = ["--targets", "flow, speed", "--scale", "sensor", "--non-negative"]
    for words in (chosen, ["--targets", "all"], []):
        result = run(dataset, *words, *out)
        assert result.exit_code == 0, result.output
    first, second, third = called
    assert first["targets"] == ["flow", "speed"]
    assert (first["scale"], first["non_negative"]) == ("sensor", True)
    assert second["targets"] == "all"
    assert not {"targets", "non_negative", "scale"} & third.keys()


def test_covariates_go_beside_a_data_set(dataset, tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(
        "keras_stunet.training.train_model",
        lambda *_, **options: called.append(options) or "table",
    )
    words = ["--covariates", "a.csv", "--covariates", "b.csv"]
    words += ["--static", "c.csv", "--out", str(tmp_path / "run")]
    result = run(dataset, *words)
    assert result.exit_code == 0, result.output
    (options,) = called
    assert options["covariates"] == ("a.csv", "b.csv")
    assert options["static"] == "c.csv"
    assert sorted(options["files"]) == [
        "covariates_1",
        "covariates_2",
        "static",
    ]
    result = run(*words)
    assert result.exit_code == 2 and "Give DATASET" in result.output
