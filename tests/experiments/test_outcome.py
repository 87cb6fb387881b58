"""What a folder says of its job, in whatever state it was left."""

import json
import math

import pytest

from keras_stunet.experiments.outcome import check_run
from keras_stunet.experiments.outcome import collect
from keras_stunet.experiments.outcome import note_failure
from keras_stunet.experiments.queue import state_of
from keras_stunet.experiments.rows import read_rows
from tests.experiments import fake_run


@pytest.fixture
def left(tmp_path):
    """Function to a run folder with the files of a run, scores perhaps."""

    def make(name="run", scores=True, dataset="freeway", seed=0):
        folder = tmp_path / name
        folder.mkdir()
        recipe = {**fake_run.RECIPE, "seed": seed, "precision": "float32"}
        config = {"dataset": dataset, "protocol": "days", "parts": [34, 5, 5]}
        config |= {"model": fake_run.MODEL, "recipe": recipe}
        (folder / "config.json").write_text(json.dumps(config))
        if scores:
            fake_run.finish(folder, {})
        return folder

    return make


def test_a_run_that_failed_after_its_scores_is_done(left, make_job, tmp_path):
    job, rows = make_job("a"), tmp_path / "rows.csv"
    folder = left()
    note_failure(folder, "failed", "no room for a picture")
    assert collect(job, folder, rows) == "done"
    row = read_rows(rows)[job.key]
    assert (row["status"], row["message"]) == ("done", "")
    assert float(row["mae_60min"]) == 4.0


def test_a_row_is_of_the_job_whatever_the_run_calls_its_data(
    left, make_job, tmp_path
):
    # A file in place of the data set, and parts that the protocol implies.
    job, rows = make_job("a", seed=3), tmp_path / "rows.csv"
    collect(job, left(dataset="/else/where.npz", seed=3), rows)
    row = read_rows(rows)[job.key]
    assert (row["dataset"], row["protocol"]) == ("freeway", "days")
    assert row["seed"] == "3" and row["budget"] == "tiny"
    assert row["recipe"] == job.config_hash and row["peak_mb"] == ""


def test_a_run_of_another_job_makes_no_row(left, make_job, tmp_path):
    rows, folder = tmp_path / "rows.csv", left()
    other = {"dataset": "freeway", "model": "st_unet", "units": 64}
    for job, message in (
        (make_job("a", seed=1), "seed: 0 then, 1 now"),
        (make_job("a", arguments=other), "units: 4 then, 64 now"),
        (make_job("a", arguments={"model": "fnn"}), "model: 'st_unet' then"),
    ):
        with pytest.raises(ValueError, match=message):
            collect(job, folder, rows)
    half = make_job("a", precision="mixed_bfloat16")
    with pytest.raises(ValueError, match="precision: 'float32' then"):
        check_run(folder, half)
    assert not rows.exists()
    assert collect(make_job("a"), folder, rows) == "done"


def test_a_row_has_the_peak_of_its_run(left, make_job, tmp_path):
    job, rows, folder = make_job("a"), tmp_path / "rows.csv", left()
    (folder / "memory.json").write_text('{"peak_mb": 512}')
    collect(job, folder, rows)
    assert read_rows(rows)[job.key]["peak_mb"] == "512"
    (folder / "memory.json").write_text("{")
    with pytest.raises(ValueError, match="memory.json is damaged. Delete it"):
        collect(job, folder, rows)


def test_a_run_under_way_has_no_row_and_is_gone_on_with(
    left, make_job, tmp_path
):
    job, rows = make_job("a"), tmp_path / "rows.csv"
    folder = left(scores=False)
    assert collect(job, folder, rows) is None and not rows.exists()
    assert state_of(job, folder, {}) == "to go on with"
    assert state_of(job, tmp_path / "none", {}) == "queued"
    assert state_of(job, folder, {job.key: {"status": "diverged"}}) == (
        "diverged"
    )


def test_damaged_scores_are_named_and_make_no_row(left, make_job, tmp_path):
    folder, rows = left(), tmp_path / "rows.csv"
    (folder / "metrics.json").write_text('{"test"')
    with pytest.raises(ValueError, match="metrics.json is damaged"):
        collect(make_job("a"), folder, rows)
    assert not rows.exists()


def test_a_run_without_gradient_clipping_is_that_of_its_job(left, make_job):
    folder = left()
    config = json.loads((folder / "config.json").read_text())
    asked = {**make_job("a").arguments, "clipnorm": math.inf, "warm_up": 0.0}
    job = make_job("a", arguments=asked)
    for clipnorm in (None, math.inf):  # null, and Infinity as it once was
        config["recipe"]["clipnorm"] = clipnorm
        (folder / "config.json").write_text(json.dumps(config))
        check_run(folder, job)
    config["recipe"]["clipnorm"] = 5.0
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="clipnorm: 5.0 then, None now"):
        check_run(folder, job)
