"""The benchmarks of scale: their graphs, their comparison, their rows."""

import importlib
import json
import os
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())
    return importlib.import_module


@pytest.mark.parametrize("kind", ["random", "road", "power law"])
def test_graphs_have_the_edges_asked_for(load, kind):
    bench = load("partition")
    adj = bench.make_graph(kind, 3000)
    assert abs(adj - adj.T).max() == 0 and not adj.diagonal().any()
    assert 0.1 <= adj.data.min() and adj.data.max() < 1
    assert 0.9 * 3000 < adj.nnz / 2 <= 1.05 * 3000
    degree = np.diff(adj.indptr)
    assert (degree.max() <= 4) == (kind == "road")
    assert (degree.max() > 10 * degree.mean()) == (kind == "power law")


def test_levels_of_a_partition_follow_each_other(load):
    fine, coarse = load("partition").measure("random", "gpa", 2000, repeats=2)
    assert coarse["nodes"] == fine["super_nodes"] < fine["nodes"]
    assert coarse["edges"] < fine["edges"]
    assert 0 < float(fine["min_s"]) <= float(fine["max_s"])


JOB = {"task": "terms", "precision": "float32", "batch": 2, "units": 3}


def test_terms_are_timed_by_both_roads_after_they_agree(load):
    graph = load("scale_worker").random_graph(40, 4)
    record = load("scale_worker").terms(graph, JOB, repeats=2)
    assert record["agreement"] <= 1e-5
    record |= {"edges_found": 76, "peak_rss_mb": 1.0, "version": "v"}
    dense, edges = load("scale").make_rows(JOB, record, {"commit": "c"})
    assert (dense["task"], edges["task"]) == ("terms-dense", "terms-edges")
    ratio = float(dense["median_s"]) / float(edges["median_s"])
    assert float(edges["edges_speedup"]) == pytest.approx(ratio, rel=0.02)
    assert edges["calls_timed"] == 2 and edges["commit"] == "c"


def test_roads_that_differ_are_not_timed(load, monkeypatch):
    worker = load("scale_worker")
    plain = worker.forward_and_backward

    def wrong(layer, x):
        run = plain(layer, x)
        return lambda: run() * (1.001 if layer.on_edges else 1.0)

    monkeypatch.setattr(worker, "forward_and_backward", wrong)
    with pytest.raises(SystemExit, match="paths differ by"):
        worker.terms(worker.random_graph(40, 4), JOB, repeats=1)


def test_a_worker_that_fails_leaves_a_note(load, monkeypatch):
    scale = load("scale")

    def fail(command, **options):
        assert json.loads(command[2])["nodes"] == 5
        assert options["env"]["KERAS_BACKEND"] == "jax"
        return subprocess.CompletedProcess(command, 1, "", "x\nOut of memory\n")

    monkeypatch.setattr(scale.subprocess, "run", fail)
    job = {"task": "forward", "backend": "jax", "nodes": 5}
    record = scale.run_job(job, repeats=1, threads=2)
    assert record == {"note": "Out of memory"}
    [row] = scale.make_rows(job, record, {})
    assert row["note"] == "Out of memory" and row["task"] == "forward"


@pytest.mark.long
def test_a_tiny_run_writes_a_table(tmp_path):
    command = [sys.executable, FOLDER / "scale.py", "--tiny"]
    command += ["--out", tmp_path]
    command += ["--tasks", "laplacian"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (table,) = tmp_path.glob("benchmark-scale-*.csv")
    head, row = table.read_text().splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=False))["task"] == (
        "laplacian"
    )
