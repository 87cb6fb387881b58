"""The benchmark runs, compares before it times, and says who is missing."""

import csv
import importlib
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    return importlib.import_module


@pytest.mark.slow
def test_tiny_run_lists_every_contestant(load, tmp_path):
    out = tmp_path / "table.csv"
    command = [sys.executable, FOLDER / "gcgru_step.py", "--tiny", "--out", out]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with out.open(newline="") as file:
        rows = {row["contestant"]: row for row in csv.DictReader(file)}
    entries = load("gcgru_contestants").CONTESTANTS
    assert list(rows) == list(entries)
    for name, row in rows.items():
        if entries[name].missing():
            assert row["note"].startswith("not installed (")
            assert row["step_median_s"] == ""
        else:
            assert float(row["step_min_s"]) <= float(row["step_median_s"])
            assert float(row["step_max_s"]) >= float(row["step_median_s"])
            assert float(row["peak_rss_mb"]) > 0
        assert name in done.stdout
    assert rows["ours-tensorflow"]["step_median_s"]


def test_nothing_is_timed_when_results_differ(load, monkeypatch, tmp_path):
    step = load("gcgru_step")
    contestants = load("gcgru_contestants")
    phases = []

    def run(self, phase, problem, out, threads, repeats):
        phases.append(phase)
        off = 1e-3 if self.module == "gcgru_torch" else 0.0
        gradient = np.array([1.0 + off, 2.0])
        np.savez(out, output=np.ones(3), loss=1.0, gradient_0=gradient)

    monkeypatch.setattr(contestants.Entry, "run", run)
    monkeypatch.setattr(contestants.Entry, "missing", lambda self: "")
    out = tmp_path / "table.csv"
    arguments = ["--tiny", "--out", str(out), "--only"]
    with pytest.raises(SystemExit, match="Nothing was timed: torch-eager and"):
        step.main([*arguments, "ours-tensorflow", "torch-eager"])
    assert phases == ["check", "check"]
    assert not out.exists()


def test_losses_of_timed_steps_must_agree(load, monkeypatch, tmp_path):
    step = load("gcgru_step")
    contestants = load("gcgru_contestants")
    names = ["ours-tensorflow", "torch-eager"]
    entries = {name: contestants.CONTESTANTS[name] for name in names}

    def run(self, phase, problem, out, threads, repeats):
        second = 0.9 if self.module == "gcgru_ours" else 1.0  # no update
        record = {"losses": [1.0, second], "step_s": [0.1]}
        pathlib.Path(out).write_text(json.dumps(record))

    monkeypatch.setattr(contestants.Entry, "run", run)
    with pytest.raises(SystemExit, match="timed steps of torch-eager are"):
        step.time_all(entries, "", tmp_path, threads=2, repeats=1)


@pytest.mark.parametrize("key", ["output", "loss", "gradient_0"])
def test_nan_never_agrees(load, key):
    step = load("gcgru_step")
    good = {"output": np.ones(3), "loss": 1.0, "gradient_0": np.ones(3)}
    assert step.agrees(step.differences(good, good), "float32")
    bad = good | {key: good[key] * np.nan}
    assert not step.agrees(step.differences(bad, good), "bfloat16")


def test_flop_count_of_a_case_done_by_hand(load):
    problem = load("gcgru_problem")
    sizes = problem.Sizes(1, 1, nodes=2, features=1, units=1, K=2)
    # Propagation of one feature: 2 * 2 * 2 = 8. A kernel, one gate:
    # 2 nodes * 2 terms * 2 = 8. Layer 1: 8 + 2 * 24 + 4 * 8 + 3 * 24 = 160;
    # layer 2: 2 * 8 + 3 * 24 + 4 * 8 + 3 * 24 = 192.
    assert problem.training_gflop(sizes) == pytest.approx(352e-9)


def test_isolated_nodes_get_their_nearest_neighbour(load):
    problem = load("gcgru_problem")
    distances = np.abs(np.subtract.outer([0, 1, 5], [0, 1, 5])) * 1000.0
    adjacency = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    joined = problem.join_isolated(adjacency, distances)
    assert np.array_equal(joined > 0, [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    assert joined[1, 2] == joined[2, 1] == pytest.approx(np.exp(-1.6))
    assert joined[0, 1] == 1


def test_contestants_share_the_cores(load):
    for entry in load("gcgru_contestants").CONTESTANTS.values():
        environment = entry._environment(3)
        assert environment["OMP_NUM_THREADS"] == "3"
        assert os.path.exists(FOLDER / f"{entry.module}.py")


@pytest.mark.slow
def test_tiny_run_of_the_zoo(tmp_path):
    out = tmp_path / "table.csv"
    command = [sys.executable, FOLDER / "zoo_step.py", "--tiny", "--out", out]
    command += ["--only", "gcgru", "--precision", "float32"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with out.open(newline="") as file:
        (row,) = csv.DictReader(file)
    median = float(row["step_median_s"])
    assert float(row["step_min_s"]) <= median <= float(row["step_max_s"])
    epoch = float(row["epoch_s_extrapolated"])
    assert epoch == pytest.approx(median * 564, abs=1)  # 9,010 windows by 16
    # 24 nodes, 4 units, two layers of 12 steps, batch 16, K=3; two terms of
    # each signal, three gates, the read-out: matrix products alone.
    nodes, batch, units = 24, 16, 4
    spread = 2 * 2 * nodes * nodes  # one feature of one sample, both terms
    mixed = 2 * nodes * 3 * units * 3 * units  # all gates of one sample
    first = 12 * (spread + mixed // units + 2 * units * spread + mixed)
    second = 12 * (units * spread + mixed + 2 * units * spread + mixed)
    head = units * spread + 2 * nodes * 3 * units * 12
    products = batch * (first + second + head) / 1e9
    assert products < float(row["gflop_forward"]) < 1.2 * products


def test_both_graphs_of_the_zoo_are_symmetric(load, monkeypatch, tmp_path):
    bench = load("zoo_step")
    (tmp_path / "pemsd7_l").mkdir()
    np.save(tmp_path / "pemsd7_l" / "adj_binary.npy", np.triu(np.ones((3, 3))))
    monkeypatch.setenv("KERAS_STUNET_RAW_DIR", str(tmp_path))
    adj, name = bench.load_graph(tiny=False)
    assert np.array_equal(adj, 1 - np.eye(3)) and name.startswith("PeMSD7(L)")
    adj, name = bench.load_graph(tiny=True)
    assert adj.shape == (24, 24) and name.startswith("synthetic")
    assert np.array_equal(adj, adj.T) and not adj.diagonal().any()
    assert (adj.sum(0) >= 5).all()
