"""A finished run as one row."""

import csv
import json
import pathlib
import runpy
import sys
import threading

import pytest

from keras_stunet.training import results
from keras_stunet.training.results import append_row

RESULTS = pathlib.Path(__file__).parents[2] / "results"
COMMITTED = sorted(path.parent for path in RESULTS.glob("*/metrics.json"))
SCORES = {"mae": 2.151234, "rmse": 4.0, "mape": 5.0}


@pytest.fixture
def run(tmp_path):
    """Function to the folder of a run that was never trained."""

    def make(minutes=5, p=2, s=2, resumed=()):
        folder = tmp_path / f"run_{minutes}_{p}_{s}_{len(resumed)}"
        folder.mkdir()
        model = {"K": 3, "p": p, "s": s, "units": 64, "head": "direct"}
        recipe = {
            "loss": "l1_l2",
            "batch_size": 50,
            "learning_rate": 0.01,
            "epsilon": 1e-7,
            "precision": "float32",
            "seed": 3,
        }
        config = {"dataset": "/data/my.npz", "protocol": "days"}
        config.update(model=model, recipe=recipe)
        metrics = {
            "test": {"model": {"3": SCORES, "6": SCORES, "12": SCORES}},
            "best": {"epoch": 7, "val_mae": 2.5},
            "epochs": 20,
            "seconds": 12.5,
            "parameters": 1234,
            "minutes_per_step": minutes,
            "date": "2026-01-02",
            "environment": {"commit": "a", "backend": "jax", "device": "CPU"},
            "resumed": list(resumed),
        }
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "metrics.json").write_text(json.dumps(metrics))
        return folder

    return make


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_row_says_what_the_run_was(run, tmp_path):
    append_row(tmp_path / "results.csv", run())
    (row,) = read(tmp_path / "results.csv")
    expected = {
        "date": "2026-01-02",
        "dataset": "my.npz",
        "model": "ST-UNet",
        "head": "direct",
        "options": "K=3 p=2 s=2 units=64",
        "epsilon": "1e-07",
        "seed": "3",
        "epochs": "20",
        "best_epoch": "7",
        "parameters": "1234",
        "mae_15min": "2.1512",
        "mape_60min": "5.0",
        "val_mae": "2.5",
        "commit": "a",
    }
    assert {key: row[key] for key in expected} == expected


def test_rows_are_appended_below_one_header(run, tmp_path):
    path = tmp_path / "results.csv"
    for p, s in ((2, 2), (2, 1), (0, 2), (0, 1)):
        append_row(path, run(p=p, s=s))
    models = [row["model"] for row in read(path)]
    assert models == ["ST-UNet", "S-UNet", "T-UNet", "GCGRU"]
    assert path.read_text().count("mae_15min") == 1


def test_rows_that_come_at_once_are_all_kept(run, tmp_path):
    table, folder = tmp_path / "all.csv", run()
    writers = [
        threading.Thread(target=append_row, args=(table, folder))
        for _ in range(8)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read(table)) == 8


def test_the_protocol_names_its_parts(run, tmp_path):
    folder = run()
    config = json.loads((folder / "config.json").read_text())
    for parts, expected in ((None, "days"), ([7, 1, 2], "days 7:1:2")):
        text = json.dumps({**config, "parts": parts})
        (folder / "config.json").write_text(text)
        row = append_row(tmp_path / "results.csv", folder)
        assert row["protocol"] == expected


def test_frames_have_scores_of_their_own(run, tmp_path):
    folder = run()
    metrics = json.loads((folder / "metrics.json").read_text())
    scores = {"mse": 5.12345, "mae": 9.0, "ssim": 0.5, "bce": 33.25}
    metrics["test"] = {"model": scores, "copy": scores}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    row = append_row(tmp_path / "frames.csv", folder)
    assert row["mse"] == 5.1235 and row["bce"] == 33.25
    assert not any("min" in column for column in row)


def test_minutes_follow_the_series(run, tmp_path):
    row = append_row(tmp_path / "results.csv", run(minutes=10))
    assert row["mae_30min"] == 2.1512 and row["mae_60min"] == 2.1512
    assert row["mae_15min"] == ""


def test_horizons_are_those_of_the_table(run, tmp_path):
    folder = run(minutes=60)
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["report_steps"] = [3, 12, "all"]
    (folder / "metrics.json").write_text(json.dumps(metrics))
    row = append_row(tmp_path / "rows.csv", folder)
    assert [name for name in row if name.startswith("mae")] == [
        *("mae_180min", "mae_720min")
    ]
    assert row["mae_720min"] == 2.1512


def test_an_ensemble_says_of_how_many(run, tmp_path):
    folder = run()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"seeds": 3}))
    row = append_row(tmp_path / "rows.csv", folder)
    assert row["options"].endswith("seeds=3")


def test_all_commits_of_a_resumed_run_are_named(run, tmp_path):
    resumed = [{"first_epoch": 3, "commit": "b", "backend": "jax"}]
    row = append_row(tmp_path / "results.csv", run(resumed=resumed))
    assert (row["commit"], row["backend"]) == ("a; b", "jax")


def test_a_run_of_a_later_version_is_refused(run, tmp_path):
    folder = run()
    config = json.loads((folder / "config.json").read_text())
    for named in ("keras_stunet.run.2", "keras_stunet.run.4"):
        config["format"] = named
        (folder / "config.json").write_text(json.dumps(config))
        if named.endswith("2"):
            append_row(tmp_path / "results.csv", folder)
            continue
        with pytest.raises(ValueError, match="another version.*'keras_stunet"):
            append_row(tmp_path / "results.csv", folder)
    assert len(read(tmp_path / "results.csv")) == 1


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda path: path.name)
def test_the_runs_of_this_repository_can_be_read(folder, tmp_path):
    row = append_row(tmp_path / "results.csv", folder)
    written = json.loads((folder / "metrics.json").read_text())["test"]["model"]
    if "ssim" in written:  # frames have one score over the whole horizon
        assert float(row["mae"]) == pytest.approx(written["mae"], abs=5e-5)
    else:
        first = written[min(written, key=int)]
        assert float(row["mae_15min"]) == pytest.approx(first["mae"], abs=5e-5)


def test_other_columns_are_refused_and_kept(run, tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="Append to another file"):
        append_row(path, run())
    assert path.read_text() == "a,b\n1,2\n"


def test_it_is_a_command_with_one_clear_error(run, tmp_path, monkeypatch):
    def command(folder):
        words = ["results", str(folder), str(tmp_path / "results.csv")]
        monkeypatch.setattr(sys, "argv", words)
        runpy.run_path(results.__file__, run_name="__main__")

    with pytest.raises(SystemExit) as ended:
        command(tmp_path)
    # Text is printed to standard error without a traceback, with status 1.
    assert ended.value.code.startswith("Error: ")
    assert "config.json" in ended.value.code
    assert not (tmp_path / "results.csv").exists()
    command(run())
    assert len(read(tmp_path / "results.csv")) == 1
