"""`keras-stunet reproduce`, from the command line to table and figure."""

import json

import click.testing
import numpy as np
import pytest

from keras_stunet.cli import main
from keras_stunet.data import Series
from keras_stunet.experiments import make_jobs
from keras_stunet.experiments import one_run
from keras_stunet.experiments import queue
from keras_stunet.experiments.rows import COLUMNS
from keras_stunet.experiments.rows import read_rows
from keras_stunet.training.results import run_row
from tests.children import QUICK_JAX


def run(*arguments):
    return click.testing.CliRunner().invoke(main, ["reproduce", *arguments])


@pytest.fixture
def places(tmp_path):
    rows = str(tmp_path / "rows.csv")
    return ["--out", str(tmp_path / "runs"), "--results", rows]


@pytest.fixture
def small_freeway(tmp_path):
    """A stand-in for the freeway: 44 days, 2 sensors."""
    rng = np.random.default_rng(0)
    steps = np.arange(44 * 288)
    wave = np.sin(2 * np.pi * steps / 288)[:, None]
    path = tmp_path / "small.npz"
    Series(
        values=50 + 8 * wave + rng.normal(size=(len(steps), 2)),
        adjacency=np.array([[0, 1], [1, 0]]),
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(5, "m"),
        name="freeway",
    ).save(path)
    return str(path)


@pytest.mark.long
def test_two_systems_from_end_to_end(places, small_freeway, tmp_path):
    command = ["table1", "--budget", "tiny", "--seeds", "1", *places]
    command += ["--npz", small_freeway]
    command += ["--only", "fnn", "--only", "persistence"]
    command += ["--steps-per-execution", "2"]
    first = run(*command)
    assert first.exit_code == 0, first.output
    naive, fnn = make_jobs("table1", "tiny", only=["persistence", "fnn"])[:2]
    rows = read_rows(tmp_path / "rows.csv")
    keys = [key[1:] for key in rows]
    assert keys == [
        (
            *("persistence", "freeway", "days", "none"),
            naive.config_hash,
            "",
            "0",
        ),
        (*("fnn", "freeway", "days", "tiny"), fnn.config_hash, "float32", "0"),
    ]
    folders = [job.folder(tmp_path / "runs") for job in (naive, fnn)]
    for row, place in zip(rows.values(), folders, strict=True):
        own = run_row(place)
        assert [*COLUMNS[:6], *own, "peak_mb"] == COLUMNS
        assert 50 < float(row["peak_mb"]) < 10_000
        assert {k: str(v) for k, v in own.items()} | {"dataset": "freeway"} == {
            key: row[key] for key in own
        }
        assert row["status"] == "done" and row["message"] == ""
    config = json.loads((folders[1] / "config.json").read_text())
    assert config["model"]["units"] == 4 and config["recipe"]["epochs"] == 1
    page = (tmp_path / "runs" / "table1_freeway_tiny_float32.md").read_text()
    assert page.strip() in first.output
    scores = json.loads((folders[1] / "metrics.json").read_text())["test"]
    mae = f"{scores['model']['3']['mae']:.3f}"
    assert f"| FNN | - | {mae} (1 of 3 seeds) | - |" in page
    assert "| ST-UNet | - | queued | - |" in page
    assert (tmp_path / "runs" / "table1_freeway_tiny_float32.png").exists()
    written = (tmp_path / "rows.csv").read_bytes()
    again = run(*command)
    assert again.exit_code == 0 and again.output.count(" done\n") == 2
    assert (tmp_path / "rows.csv").read_bytes() == written


def test_a_run_without_data_stands_on_the_page(places, monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_STUNET_RAW_DIR", raising=False)
    command = ["table4", "--only", "historical_average", *places]
    done = run(*command, "--data-dir", str(tmp_path / "empty"))
    assert done.exit_code == 1 and "1 of 1 runs have no scores" in done.output
    page = (tmp_path / "runs/table4_pemsd7_l_full_float32.md").read_text()
    (line,) = (x for x in page.splitlines() if x.startswith("| HA | 0 |"))
    assert line.startswith("| HA | 0 | no data |")
    assert "keras-stunet datasets build pemsd7/l" in line


@pytest.mark.long
def test_runs_are_made_on_jax_where_no_tensorflow_is_installed(
    places, small_freeway, tmp_path, monkeypatch
):
    pytest.importorskip("jax")
    (tmp_path / "absent").mkdir()
    (tmp_path / "absent" / "tensorflow.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "absent"))
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    for name, value in QUICK_JAX.items():
        monkeypatch.setenv(name, value)
    command = ["table1", "--budget", "tiny", "--seeds", "1", "--only", "fnn"]
    done = run(*command, *places, "--npz", small_freeway)
    assert done.exit_code == 0, done.output
    (row,) = read_rows(tmp_path / "rows.csv").values()
    assert row["backend"].startswith("jax ") and row["status"] == "done"
    assert float(row["mae_60min"]) < 8


def test_a_report_alone_runs_nothing(places, tmp_path, monkeypatch):
    monkeypatch.setattr(queue, "run_child", None)
    result = run("table3", "--report-only", *places)
    assert result.exit_code == 0, result.output
    assert "| direct copy | 3.994 ± 0.005 | queued | - |" in result.output
    assert result.stdout.startswith("table3 on pemsd7/m, budget full, float32:")
    assert "0 of 3 systems have scores." in result.stdout.splitlines()[0]
    assert f"Note: {tmp_path / 'rows.csv'} is not there" in result.stderr
    assert (tmp_path / "runs" / "table3_pemsd7_m_full_float32.png").exists()
    assert not (tmp_path / "rows.csv").exists()


def test_a_precision_has_its_own_pages_and_fitted_systems_all(
    places, small_freeway, tmp_path, monkeypatch
):
    monkeypatch.setattr(queue, "run_child", lambda job, _: one_run.run(job))
    command = ["table1", "--budget", "tiny", "--only", "persistence"]
    command += ["--npz", small_freeway, *places]
    for precision in ("float32", "mixed_bfloat16"):
        result = run(*command, "--precision", precision)
        assert result.exit_code == 0, result.output
        page = tmp_path / "runs" / f"table1_freeway_tiny_{precision}.md"
        assert "| persistence | 0 | done |" in page.read_text()
    assert len(read_rows(tmp_path / "rows.csv")) == 1


def test_runs_without_scores_are_an_error_at_the_end(places, monkeypatch):
    monkeypatch.setattr(queue, "run_child", lambda *_: -9)
    command = ["table1", "--budget", "tiny", "--only", "fnn", "--seeds", "1"]
    result = run(*command, *places)
    assert result.exit_code == 1
    assert "Error: 1 of 1 runs have no scores" in result.output
    assert "| FNN | - | 1 out of memory, 2 queued | - |" in result.output


def test_ctrl_c_says_how_to_go_on(places, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(queue, "run_child", interrupt)
    result = run("table1", "--budget", "tiny", *places)
    assert result.exit_code == 130
    assert "go on with the same command" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["table1", "--budget", "direct2"], "Did you mean 'direct20'"),
        (["table1", "--only", "stunet"], "Did you mean 'st_unet'"),
        (["table1", "--dataset", "pemsd7"], "Did you mean 'pemsd7/m'"),
        (["table1", "--seeds", "0"], "`seeds` is 0"),
        (["table1", "--npz", "none.npz"], "There is no file 'none.npz'"),
    ],
)
def test_a_wrong_option_is_said_before_anything_is_written(
    arguments, message, places, tmp_path
):
    result = run(*arguments, *places)
    assert result.exit_code == 1 and message in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_series_of_another_data_set_is_refused(places, small_freeway):
    result = run("table2", *places, "--npz", small_freeway)
    assert result.exit_code == 1
    assert "is a series of freeway; expected one of pemsd7/m" in result.output
    result = run("table5")
    assert result.exit_code == 1 and "Did you mean 'table" in result.output
