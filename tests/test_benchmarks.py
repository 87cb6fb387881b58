"""The benchmarks run, compare before they time, and say who is missing."""

import csv
import importlib
import pathlib
import subprocess
import sys

import numpy as np
import pytest

FOLDER = pathlib.Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def load(monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    return importlib.import_module


@pytest.fixture
def fake(load, monkeypatch, tmp_path):
    """Runs a task with made-up results in place of processes."""
    run, entries = load("run"), load("entries")
    task = load("registry").Task
    monkeypatch.setattr(entries.Entry, "missing", lambda self: "")

    def go(results, losses):
        def run_worker(jobs, backend, device, threads):
            return [record(job) for job in jobs]

        def record(job):
            phases.append(job["phase"])
            result = results[job["option"]]
            if isinstance(result, str):
                return {"error": result}
            if job["phase"] == "check":
                path = pathlib.Path(job["out"]).with_suffix(".npz")
                np.savez(path, **{f"/{k}": v for k, v in result.items()})
                return {"arrays": str(path)}
            times = {"compile_s": 9.0, "call_s": [0.3, 0.1, 0.2]}
            times["numbers"] = losses[job["option"]]
            record = {"peak_rss_mb": 7.0, "version": "v", "device": "d"}
            return record | {"gflop": 2.0, "variants": {"": times}}

        phases = []
        monkeypatch.setattr(entries, "run_worker", run_worker)
        words = {"graph": "g", "sizes": "s", "windows": 50}
        chosen = {name: entries.peer("m", option=name) for name in results}
        one = task("t", lambda tiny: ({}, words), chosen, ("step",))
        bench = run.Bench(tmp_path, "cpu", 2, 3, tiny=False)
        rows = run.run_tasks([one], bench, None, {"threads": 2})
        return {row["contestant"]: row for row in rows}, phases

    return go


GOOD = {"output": np.ones(3), "loss": 1.0, "gradient_0": np.array([1.0, 2.0])}
OFF = GOOD | {"gradient_0": np.array([1.001, 2.0])}


def test_rows_hold_what_was_measured(fake):
    rows, phases = fake({"a": GOOD, "b": GOOD}, {"a": [1, 2], "b": [1, 2]})
    assert phases == ["check", "check", "step", "step"]
    row = rows["b"]
    assert (row["median_s"], row["min_s"], row["max_s"]) == (
        *("0.2", "0.1", "0.3"),
    )
    assert row["compile_s"] == "9" and row["peak_rss_mb"] == "7"
    assert row["gflops"] == "10" and row["windows_per_s"] == "250"
    assert row["output_agreement"] == "0.0e+00" and "note" not in row


def test_nothing_is_timed_when_results_differ(fake):
    rows, phases = fake({"a": GOOD, "b": OFF, "c": GOOD}, {})
    assert phases == ["check"] * 3
    assert rows["b"]["note"].startswith("differs from a by {")
    assert rows["a"]["note"] == rows["c"]["note"]
    assert rows["c"]["note"].startswith("not timed")
    assert not any("median_s" in row for row in rows.values())


def test_other_arrays_differ(fake):
    rows, _ = fake({"a": GOOD, "b": GOOD | {"output": np.ones(2)}}, {})
    assert rows["b"]["note"].startswith("differs: arrays {'output': (2,)")
    assert rows["a"]["note"].startswith("not timed")


def test_one_that_fails_does_not_stop_the_others(fake):
    rows, phases = fake({"a": GOOD, "b": "no memory"}, {"a": [1.0, 2.0]})
    assert phases == ["check", "check", "step"]
    assert rows["a"]["median_s"] == "0.2"
    assert rows["b"]["note"] == "failed: no memory"


def test_losses_of_timed_steps_must_agree(fake):
    losses = {"a": [1.0, 0.9], "b": [1.0, 1.0]}  # no update
    rows, _ = fake({"a": GOOD, "b": GOOD}, losses)
    assert rows["b"]["note"].startswith("differs while timed")
    assert "median_s" not in rows["b"] and "median_s" in rows["a"]


@pytest.mark.parametrize("key", ["output", "loss", "gradient_0"])
def test_nan_never_agrees(load, key):
    agreement = load("agreement")
    assert agreement.agrees(agreement.differences(GOOD, GOOD), "float32")
    bad = GOOD | {key: GOOD[key] * np.nan}
    assert not agreement.agrees(agreement.differences(bad, GOOD), "bfloat16")


def test_differences_of_a_case_done_by_hand(load):
    agreement = load("agreement")
    reference = {"output_a": np.array([3.0, -4.0]), "output_b": np.ones(4)}
    result = {"output_a": np.array([3.0, -3.6]), "output_b": np.ones(4)}
    found = agreement.differences(result, reference)
    assert found == pytest.approx({"output": 0.1, "rms": 0.08})
    # One in ten thousand is off: rounding that grew, or float32 gone wrong.
    one_off = np.ones(10_000)
    one_off[7] = 1.1
    found = agreement.differences({"output": one_off}, {"output": one_off**0})
    assert agreement.agrees(found, "bfloat16")
    assert not agreement.agrees(found, "float32")


def test_a_gradient_counts_as_no_less_than_a_hundredth_of_the_largest(load):
    differences = load("agreement").differences
    large = {"gradient_0": np.array([-200.0])}
    reference = large | {"gradient_1": np.array([0.5, 0.0])}
    result = large | {"gradient_1": np.array([0.5, 0.1])}
    assert differences(result, reference) == pytest.approx({"gradient": 0.05})
    reference["gradient_1"][0] = result["gradient_1"][0] = 4.0
    assert differences(result, reference) == pytest.approx({"gradient": 0.025})


def test_other_arrays_never_agree(load):
    differences = load("agreement").differences
    with pytest.raises(ValueError, match="expected"):
        differences({"output": np.ones(3)}, GOOD)
    with pytest.raises(ValueError, match="expected"):
        differences(GOOD | {"output": np.ones(1)}, GOOD)


def test_flop_count_of_a_case_done_by_hand(load):
    problem = load("gru_problem")

    def gflop(work, **changes):
        sizes = dict(batch=1, steps=1, nodes=2, units=1, K=2) | changes
        sizes = list(vars(problem.Sizes(**sizes)).values())
        return problem.gflop({"sizes": sizes}, work)

    # Propagation of one feature: 2 * 2 * 2 = 8. A kernel, one gate:
    # 2 nodes * 2 terms * 2 = 8. Layer 1: 8 + 2 * 24 + 4 * 8 + 3 * 24 = 160;
    # layer 2: 2 * 8 + 3 * 24 + 4 * 8 + 3 * 24 = 192.
    assert gflop("step") == pytest.approx(352e-9)
    # Either layer: 8 + 24 + 2 * 8 + 24.
    assert gflop("forward") == pytest.approx(144e-9)
    # Three terms: propagation 16, kernels 36. One layer: 16 + 36 + 32 + 36.
    two = {"supports": 2, "layers": 1}
    assert gflop("forward", **two) == pytest.approx(120e-9)


def test_isolated_nodes_get_their_nearest_neighbour(load):
    problem = load("gru_problem")
    distances = np.abs(np.subtract.outer([0, 1, 5], [0, 1, 5])) * 1000.0
    adjacency = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    joined = problem.join_isolated(adjacency, distances)
    assert np.array_equal(joined > 0, [[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    assert joined[1, 2] == joined[2, 1] == pytest.approx(np.exp(-1.6))
    assert joined[0, 1] == 1


def test_a_file_is_named_after_the_machine(load):
    file_name = load("processor").file_name
    xeon = file_name("gcgru", "Intel(R) Xeon(R) CPU @ 2.20GHz")
    assert xeon == "benchmark-gcgru-intel_xeon.csv"
    epyc = file_name("zoo", "AMD EPYC 9654 96-Core Processor")
    assert epyc == "benchmark-zoo-amd_epyc_9654.csv"
    assert file_name("zoo", "NVIDIA H200") == "benchmark-zoo-nvidia_h200.csv"


def test_all_nodes_of_the_ring_have_one_degree(load):
    adjacency = load("gru_problem").ring(228)
    assert np.array_equal(adjacency, adjacency.T)
    assert np.array_equal(np.unique(adjacency), [0, 1])
    assert np.array_equal(adjacency.sum(0), np.full(228, 8))


def test_graphs_of_models_are_symmetric(load, monkeypatch, tmp_path):
    load_graph = load("model_problem").load_graph
    (tmp_path / "pemsd7_l").mkdir()
    np.save(tmp_path / "pemsd7_l" / "adj_binary.npy", np.triu(np.ones((3, 3))))
    monkeypatch.setenv("KERAS_STUNET_RAW_DIR", str(tmp_path))
    adj, name = load_graph("pemsd7_l", 1_026)
    assert np.array_equal(adj, 1 - np.eye(3)) and name.startswith("PeMSD7(L)")
    for name in ("metr_la", None):  # not there, not wanted
        adj, name = load_graph(name, 24)
        assert adj.shape == (24, 24) and name.startswith("synthetic")
        assert np.array_equal(adj, adj.T) and not adj.diagonal().any()
        assert (adj.sum(0) >= 5).all()


def test_contestants_of_a_cpu_share_the_cores(load):
    environment = load("entries").environment
    on_cpu = environment("jax", "cpu", 3)
    assert on_cpu["OMP_NUM_THREADS"] == "3" and on_cpu["KERAS_BACKEND"] == "jax"
    assert on_cpu["CUDA_VISIBLE_DEVICES"] == ""
    assert on_cpu["JAX_PLATFORMS"] == "cpu"
    on_gpu = environment("jax", "gpu", 3)
    hidden = {"CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS", "OMP_NUM_THREADS"}
    assert not hidden & on_gpu.keys()


def test_every_contestant_has_its_file(load):
    for tasks in load("registry").BENCHMARKS.values():
        for task in tasks:
            for entry in task.entries.values():
                assert (FOLDER / f"{entry.module}.py").is_file()


def test_a_worker_that_dies_says_why_and_sees_the_gpus(
    load, monkeypatch, tmp_path
):
    entries = load("entries")
    script = "import os; exit(os.environ.get('CUDA_VISIBLE_DEVICES', 'all'))"
    (tmp_path / "worker.py").write_text(script)
    monkeypatch.setattr(entries, "HERE", tmp_path)
    monkeypatch.setattr(entries, "INHERITED", {})
    job = {"out": str(tmp_path / "out.json")}
    (record,) = entries.run_worker([job], "jax", "gpu", 2)
    assert record["error"] == "its process ended with 1: all\n"
    (record,) = entries.run_worker([job], "jax", "cpu", 2)
    assert record["error"] == "its process ended with 1: \n"


@pytest.mark.long
def test_tiny_run(load, tmp_path):
    names = ["gcgru", "dcgru", "dilation", "pipeline", "zoo"]
    command = [sys.executable, FOLDER / "run.py", "--tiny", "--device", "cpu"]
    command += ["--out", tmp_path, "--only", *names, "--contestants"]
    wanted = ["ours-tensorflow", "tf.data", "WindowBatches"]
    wanted += ["WindowBatches-jax", "DeviceBatches-jax"]  # quick to compile
    command += [*wanted, "torch-eager", "pyg-temporal", "tsl-dense-dcrnn"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    tables = {}
    for name in names:
        (path,) = tmp_path.glob(f"benchmark-{name}-*.csv")
        with path.open(newline="") as file:
            tables[name] = list(csv.DictReader(file))
    missing = load("registry").BENCHMARKS["gcgru"][0].entries
    missing = {name for name, entry in missing.items() if entry.missing()}
    for row in sum(tables.values(), []):
        assert row["sizes"] and row["commit"] and row["date"]
        if row["contestant"] in missing:
            assert row["note"].startswith("not installed (pip install ")
            assert row["median_s"] == ""
        elif not row["note"]:
            assert float(row["min_s"]) <= float(row["median_s"])
            assert float(row["max_s"]) >= float(row["median_s"])
            assert float(row["peak_rss_mb"]) > 0
    timed = [(r["task"], r["work"], r["contestant"]) for r in tables["gcgru"]]
    for work in ("forward", "step"):
        assert ("gcgru", work, "ours-tensorflow") in timed
        assert ("gcgru", work, "torch-eager") in timed
    dilations = [r["variant"] for r in tables["dilation"] if not r["note"]]
    assert set(dilations) == {"s=1", "s=2", "s=3"}
    # A training step of 24 nodes, 4 units, two layers of 3 steps, batch 3,
    # K=3; a graph convolution to 2 steps as head; and the gradient of the first
    # state, which is zero and has none: on the graph, and of gates z and r.
    sizes = [3, 3, 24, 1, 4, 3, 2, 1]
    products = load("gru_problem").gflop({"sizes": sizes}, "step")
    on_graph, head = 2 * 3 * 2 * 24**2 * 4, 2 * 3 * 24 * 12 * 2
    first_state = on_graph + 2 * 3 * 24 * 12 * 8
    expected = products + (2 * on_graph + 3 * head - 2 * first_state) / 1e9
    (row,) = [r for r in tables["zoo"] if r["task"].startswith("gcgru")]
    assert float(row["gflop"]) == pytest.approx(expected, rel=5e-4)
