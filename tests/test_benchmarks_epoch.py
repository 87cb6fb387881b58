"""The benchmark of an epoch beside its bare steps."""

import importlib.util
import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def epoch(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    path = FOLDER / "epoch.py"
    spec = importlib.util.spec_from_file_location("epoch", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_row_holds_the_run_of_least_cpu_time_a_step(epoch):
    job = {"task": "t", "steps": 2}
    record = {
        "epoch": [[9.0, 3.0, 500, 6.0], [6.0, 2.0, 400, 8.0]],
        "bare": [[4.0, 0.0, 2, 2.0], [3.9, 0.2, 0, 2.0]],
        "graph": "g",
        "version": "v",
        "device": "d",
    }
    row = epoch.make_row(job, record, {"commit": "c"})
    assert row["epoch_user_s"] == "3" and row["epoch_system_s"] == "1"
    assert row["epoch_faults"] == "200" and row["epoch_wall_s"] == "4"
    assert row["bare_user_s"] == "2" and row["bare_faults"] == "1"
    assert row["cpu_ratio"] == "2.000" and row["epochs_timed"] == 2
    assert set(row) <= set(epoch.COLUMNS)
    assert epoch.make_row(job, {"note": "no"}, {})["note"] == "no"


def test_rows_differ_in_what_they_are_told(epoch):
    jobs = list(epoch.jobs(tiny=False))
    names = ("task", "backend", "precision", "devices", "propagation")
    names += ("pipeline", "memory")
    assert len({tuple(job[name] for name in names) for job in jobs}) == len(
        jobs
    )


@pytest.mark.long
@pytest.mark.parametrize("devices", [1, 2])
def test_a_tiny_training_is_measured(epoch, devices):
    job = next(
        job
        for job in epoch.jobs(tiny=True)
        if job["devices"] == devices and job["pipeline"] == "make_batches"
    )
    job |= {"steps": 3, "epochs": 2}
    if devices > len(os.sched_getaffinity(0)):
        pytest.skip("this machine has one core")
    record = epoch.run_job(job, threads=2)
    assert "note" not in record, record
    for kind in ("epoch", "bare"):
        assert len(record[kind]) == 2
        assert all(wall > 0 for *_, wall in record[kind])
