"""Files of one's own through `keras-stunet`, beside the built-in road."""

import hashlib
import json
import re
from pathlib import Path

import click.testing
import numpy as np
import pandas as pd
import pytest

from keras_stunet import training
from keras_stunet.cli import main
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.graph import correlation_adjacency
from keras_stunet.training import train as model_run
from keras_stunet.training import write_up

PAGE = Path(__file__).parents[2] / "docs" / "own_data.md"
# Of the models the one that is quickest to compile.
SMALL = ["--model", "fnn", "--units", "2"]
SMALL += ["--epochs", "1", "--history", "4", "--horizon", "3"]


def run(*words):
    words = [str(word) for word in words]
    return click.testing.CliRunner().invoke(main, words)


@pytest.fixture(scope="module")
def series():
    """Three weeks of hourly readings at 5 sensors, a twentieth missing."""
    rng = np.random.default_rng(3)
    steps = np.arange(21 * 24)
    wave = np.sin(2 * np.pi * steps / 24)[:, None]
    values = 50 + 8 * wave + rng.normal(size=(len(steps), 5))
    half = np.triu(rng.uniform(0.2, 1, (5, 5)), 1)
    half[0, 2:] = 0
    return Series(
        values=values.round(3),
        mask=rng.random(values.shape) < 0.95,
        adjacency=half + half.T,
        node_ids=["a", "b", "007", "d e", "x,y"],
        timestamps=np.datetime64("2024-01-01") + steps * np.timedelta64(1, "h"),
    )


@pytest.fixture(scope="module")
def folder(series, tmp_path_factory):
    """The series as an npz file, and as two csv files."""
    folder = tmp_path_factory.mktemp("own")
    series.save(folder / "built_in.npz")
    values = np.where(series.mask, series.values.astype(float), np.nan)
    index = pd.DatetimeIndex(series.timestamps, name="time")
    frame = pd.DataFrame(values, index, series.node_ids)
    frame.to_csv(folder / "speeds.csv")
    rows, columns = np.nonzero(series.adjacency)
    edges = {
        "from": series.node_ids[rows],
        "to": series.node_ids[columns],
        "weight": series.adjacency[rows, columns],
    }
    pd.DataFrame(edges).to_csv(folder / "edges.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def own(folder):
    """The folder of a run on the two csv files."""
    out = folder / "run_own"
    files = ["--values", folder / "speeds.csv", "--graph", folder / "edges.csv"]
    result = run("train", *files, "--out", out, *SMALL)
    assert result.exit_code == 0, result.output
    return out


@pytest.fixture
def no_pictures(monkeypatch):
    """Those of one run, `own`, will do."""
    monkeypatch.setattr(write_up, "save_pictures", lambda *_: None)


@pytest.fixture
def untrained(monkeypatch):
    """Commands end where the training would begin, as by Ctrl-C."""

    def train(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(model_run, "train", train)


@pytest.mark.usefixtures("no_pictures")
def test_it_gives_the_numbers_of_the_built_in_road(own, folder):
    built_in = folder / "run_built_in"
    data = folder / "built_in.npz"
    result = run("train", data, "--out", built_in, *SMALL)
    assert result.exit_code == 0, result.output
    scores = [
        json.loads((run_folder / "metrics.json").read_text())["test"]
        for run_folder in (own, built_in)
    ]
    assert scores[0] == scores[1]
    assert run("forecast", own).stdout == run("forecast", built_in).stdout


def test_it_is_whole_without_the_files(own, folder, tmp_path):
    for name in ("speeds.csv", "edges.csv"):
        (folder / name).rename(tmp_path / name)
    try:
        result = run("evaluate", own)
        assert result.exit_code == 0, result.output
        table = (own / "table.md").read_text().strip()
        assert result.output.partition("\n\n")[2].strip() == table
        lines = run("forecast", own).stdout.splitlines()
        assert lines[0].startswith("timestamp,a,b,007,d e,")
        assert len(lines) == 1 + 3
    finally:
        for name in ("speeds.csv", "edges.csv"):
            (tmp_path / name).rename(folder / name)


@pytest.mark.usefixtures("untrained")
def test_notes_say_what_was_odd(folder, tmp_path):
    lines = (folder / "speeds.csv").read_text().splitlines()
    del lines[31:33]
    (tmp_path / "gap.csv").write_text("\n".join(lines) + "\n")
    files = ["--values", tmp_path / "gap.csv", "--graph", folder / "edges.csv"]
    result = run("train", *files, "--out", tmp_path / "run", *SMALL)
    assert result.exit_code == 130, result.output
    (note,) = re.findall("Note: (.*gap.csv.*)", result.output)
    assert "2 rows" in note or "2 missing rows" in note
    saved = Series.load(tmp_path / "run" / "series.npz")
    assert saved.num_steps == 21 * 24
    assert not saved.mask[30:32].any()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["freeway", "--values", "a.csv", "--graph", "b.csv"],
        ["--graph", "b.csv"],
        ["freeway", "--graph", "b.csv"],
        ["freeway", "--coordinates", "b.csv"],
        ["freeway", "--missing", "0"],
    ],
    ids=" ".join,
)
def test_half_a_source_is_a_usage_error(words, tmp_path):
    result = run("train", *words, "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert "Give DATASET, or --values with what belongs" in result.output
    assert not list(tmp_path.iterdir())


def test_a_model_that_needs_a_graph_lists_what_may_be_one(folder, tmp_path):
    words = ["--values", folder / "speeds.csv", "--out", tmp_path / "run"]
    words += ["--model", "st_unet"]
    result = run("train", *words)
    assert result.exit_code == 2
    said = " ".join(result.output.split())
    for graph in ("FILE", "nearest", "correlation", "none"):
        assert f"--graph {graph}" in said
    result = run("train", *words, "--graph", "nearst")
    assert result.exit_code == 1 and "Did you mean 'nearest'" in result.output
    result = run("train", *words, "--graph", "nearest")
    assert result.exit_code == 1 and "--coordinates" in result.output
    kind = ("--graph", "none", "--graph-kind", "weights")
    result = run("train", *words, *kind)
    assert result.exit_code == 2 and "goes with --graph FILE" in result.output
    pooled = run("train", *words, "--graph", "none")
    assert pooled.exit_code == 1
    assert "p=0 leaves each node by itself" in pooled.output
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("no_pictures")
def test_fnn_needs_no_graph_and_config_names_the_files(folder, tmp_path):
    out, values = tmp_path / "run", folder / "speeds.csv"
    words = ["--values", values, "--out", out, "--missing", "-1", *SMALL]
    result = run("train", *words, "--unit", "veh/h")
    assert result.exit_code == 0, result.output
    assert "no edges" in result.output
    assert Series.load(out / "series.npz").adjacency.nnz == 0
    config = json.loads((out / "config.json").read_text())
    digest = hashlib.sha256(values.read_bytes()).hexdigest()
    assert config["files"] == {
        "values": {"path": str(values), "sha256": digest},
        "form": {"missing": [-1.0]},
    }
    assert json.loads((out / "sensors.json").read_text())["unit"] == "veh/h"
    # A run is gone on with from a copy elsewhere.
    (tmp_path / "copy").mkdir()
    copy = tmp_path / "copy" / "speeds.csv"
    copy.write_bytes(values.read_bytes())
    words[1] = copy
    result = run("train", *words, "--resume")
    assert result.exit_code == 0, result.output
    # What stands for missing in training does in what is forecast from, too.
    frame = pd.read_csv(values, index_col=0).iloc[-9:]
    frame.iloc[-4:, 1] = -1
    frame.to_csv(tmp_path / "now.csv")
    result = run(
        *("forecast", out, "--readings", tmp_path / "now.csv"),
        *("--out", tmp_path / "next.csv"),
    )
    assert result.exit_code == 0, result.output
    assert "1 sensor without a reading" in result.output
    assert "5 sensors, in veh/h" in result.output
    assert "3 steps of 1 h" in result.output
    later = pd.read_csv(values, index_col=0).iloc[-20:]
    later.iloc[-4:, 1] = -1
    later.to_csv(tmp_path / "now.csv")
    gaps = later.replace(-1, np.nan)
    gaps.to_csv(tmp_path / "gaps.csv")
    tables = [
        run("evaluate", out, "--readings", tmp_path / f"{name}.csv")
        for name in ("now", "gaps")
    ]
    assert tables[0].stdout == tables[1].stdout, tables[0].output
    result = run("forecast", out, "--missing", "0")
    assert result.exit_code == 2 and "without --readings" in result.output


@pytest.mark.usefixtures("untrained")
def test_a_graph_of_correlations_is_made_of_the_training_part(
    series, folder, tmp_path
):
    """What is read after the training part moves no edge."""
    frame = pd.read_csv(folder / "speeds.csv", index_col=0)
    model = ["--model", "gcgru", "--head", "direct", "-K", 2, *SMALL[2:]]
    windows = make_windows(series, "windows", 4, 3)
    last = windows.train.covered_rows()[-1]
    graphs = []
    for change in (0, 1):
        rng = np.random.default_rng(5)
        noise = rng.normal(size=frame.iloc[last + 1 :].shape)
        frame.iloc[last + 1 :] += 20 * change * noise
        frame.to_csv(tmp_path / "own.csv")
        out = tmp_path / f"run{change}"
        result = run(
            *("train", "--values", tmp_path / "own.csv", "--out", out),
            *("--graph", "correlation", *model),
        )
        assert result.exit_code == 130, result.output
        assert "edges by correlation in the training part" in result.output
        graphs.append(Series.load(out / "series.npz").adjacency.toarray())
    config = json.loads((out / "config.json").read_text())
    assert config["files"]["graph"] == "correlation"
    np.testing.assert_array_equal(*graphs)
    known = np.where(series.mask, series.values.astype(float), np.nan)
    expected = correlation_adjacency(known[: last + 1]).toarray()
    np.testing.assert_allclose(graphs[0], expected, atol=1e-5)
    assert (graphs[0] != correlation_adjacency(known).toarray()).any()


def test_what_is_not_said_is_that_of_the_run_it_starts_from(
    folder, tmp_path, monkeypatch
):
    """No default of the command stands in the way of its model."""
    given = []

    def keep(*arguments, **options):
        given.append((*arguments, options))

    monkeypatch.setattr(training, "train_model", keep)
    first = tmp_path / "first"
    first.mkdir()
    (first / "config.json").touch()
    words = ["--from", first, "--epochs", 3, "--out", tmp_path / "run"]
    values = ["--values", folder / "speeds.csv"]
    for more in ([], values, ["--seed", 4, *values]):
        result = run("train", *words, *more)
        assert result.exit_code == 0, result.output
    data = [dataset if dataset is None else "own" for dataset, *_ in given]
    assert data == [None, "own", "own"]
    assert given[1][0].adjacency.nnz == 0 and "files" in given[1][-1]
    kept = {"start_from", "epochs", "seed", "precision", "scale", "model"}
    said = [{k: x for k, x in all_[-1].items() if k in kept} for all_ in given]
    plain = {"start_from": str(first), "epochs": 3}
    assert said == [plain, plain, plain | {"seed": 4}]


def test_a_bad_file_is_one_line_and_leaves_nothing(folder, tmp_path):
    (tmp_path / "bad.csv").write_text("time,a\n2024-01-01 00:00,fast\n")
    files = ["--values", tmp_path / "bad.csv", "--graph", folder / "edges.csv"]
    result = run("train", *files, "--out", tmp_path / "run", *SMALL)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ") and "line 2" in result.output
    assert "Traceback" not in result.output
    assert [file.name for file in tmp_path.iterdir()] == ["bad.csv"]


@pytest.mark.usefixtures("untrained")
def test_parts_are_taken_as_given(folder, tmp_path):
    options = ["--protocol", "days", "--parts", 12, 4, 5]
    out = tmp_path / "run"
    result = run(
        "train", folder / "built_in.npz", "--out", out, *SMALL, *options
    )
    assert result.exit_code == 130, result.output
    config = json.loads((out / "config.json").read_text())
    assert (config["protocol"], config["parts"]) == ("days", [12, 4, 5])
    options[-3:] = [0.7, 0.1, 0.2]
    result = run(
        "train", folder / "built_in.npz", "--out", tmp_path / "b", *options
    )
    assert (
        result.exit_code == 1 and "`days` is (0.7, 0.1, 0.2)" in result.output
    )


@pytest.mark.usefixtures("no_pictures")
def test_the_python_example_of_the_page_runs(folder, tmp_path, monkeypatch):
    text = PAGE.read_text().split("# Your own sensors")[1]
    example, *_ = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert "epochs=20" in example and '"runs/own"' in example
    example = example.replace(
        "epochs=20",
        "epochs=1, units=2, p=1, history=3, horizon=2, head='direct'",
    )
    monkeypatch.chdir(folder)
    series = Series.load("built_in.npz")
    scope = {
        "values": np.where(series.mask, series.values, np.nan),
        "distances": 1 / np.maximum(series.adjacency, 1e-9),
        "timestamps": series.timestamps,
    }
    exec(example.replace("runs/own", str(tmp_path / "own")), scope)
    assert (tmp_path / "own" / "metrics.json").is_file()
    saved = Series.load(tmp_path / "own" / "series.npz")
    np.testing.assert_array_equal(saved.mask, series.mask)


@pytest.mark.usefixtures("no_pictures")
def test_a_run_knows_the_clock_of_times_with_offsets(folder):
    frame = pd.read_csv(folder / "speeds.csv", index_col=0, parse_dates=True)
    zoned = frame.tz_localize("UTC").tz_convert("Australia/Brisbane")
    zoned.to_csv(folder / "zoned.csv")
    out = folder / "run_zoned"
    files = ["--values", folder / "zoned.csv", "--graph", folder / "edges.csv"]
    result = run("train", *files, "--out", out, *SMALL)
    assert result.exit_code == 0, result.output
    assert json.loads((out / "sensors.json").read_text())["utc_offset"] == 10
    texts = [run("forecast", out)]
    zoned.tz_convert("UTC").iloc[-9:].to_csv(folder / "now.csv")
    texts += [run("forecast", out, "--readings", folder / "now.csv")]
    first, second = (text.stdout.splitlines() for text in texts)
    last = zoned.index[-1]
    assert first[1].startswith(str(last + pd.Timedelta("1h")))
    assert "+10:00," in first[1] and first == second
