"""The run on a GPU: what is done stays done, what is cut off comes again."""

import importlib
import pathlib
import sys
import time

import keras
import numpy as np
import pytest

from keras_stunet.data import from_arrays

FOLDER = pathlib.Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("gpu")


def test_a_step_that_is_done_does_not_run_again(gpu, tmp_path):
    ran = tmp_path / "ran.txt"
    note = f"open({str(ran)!r}, 'a').write('x')"
    fail = "import os, sys; sys.exit(int(os.environ['WHICH']))"
    steps = [
        gpu.Step("bad", [sys.executable, "-c", fail], {"WHICH": "3"}),
        gpu.Step("good", [sys.executable, "-c", note]),
    ]
    for _ in range(2):
        said = []
        assert gpu.run_steps(steps, tmp_path, 60, said.append) == ["bad"]
    assert ran.read_text() == "x"
    assert said[0].startswith("bad: failed (3)")
    assert said[1].startswith("good: done before")


def test_a_step_without_time_is_cut_off_and_comes_first_again(
    gpu, tmp_path, monkeypatch
):
    monkeypatch.setattr(gpu, "GRACE", 0.2)
    slow = "import pathlib, time; print('in', flush=True); time.sleep(60)"
    steps = [
        gpu.Step("slow", [sys.executable, "-c", slow]),
        gpu.Step("after", [sys.executable, "-c", ""]),
    ]
    said = []
    left = gpu.run_steps(steps, tmp_path, 2, said.append)
    assert left == ["slow", "after"]
    assert said[0].startswith("slow: cut off")
    assert said[1].startswith("after: no time left")
    assert "in" in (tmp_path / "slow.log").read_text()
    steps[0] = gpu.Step("slow", [sys.executable, "-c", ""])
    assert gpu.run_steps(steps, tmp_path, 60, said.append) == []


def test_what_a_step_started_ends_with_it(gpu, tmp_path, monkeypatch):
    monkeypatch.setattr(gpu, "GRACE", 0.5)
    pid = tmp_path / "pid.txt"
    worker = [sys.executable, "-c", "import time; time.sleep(60)"]
    start = (
        "import pathlib, subprocess\n"
        f"child = subprocess.Popen({worker!r})\n"
        f"pathlib.Path({str(pid)!r}).write_text(str(child.pid))\n"
        "child.wait()\n"
    )
    step = gpu.Step("step", [sys.executable, "-c", start])
    assert gpu.run_steps([step], tmp_path, 3, print) == ["step"]
    for _ in range(50):
        if not is_running(int(pid.read_text())):
            break
        time.sleep(0.1)
    assert not is_running(int(pid.read_text()))


def is_running(pid):
    """Whether it runs; one that nobody has waited for does not."""
    try:
        status = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_a_series_that_is_not_there(gpu, tmp_path, capsys):
    out = tmp_path / "out"
    with pytest.raises(SystemExit):
        gpu.main([str(tmp_path / "no.npz"), "--out", str(out)])
    assert "datasets build pemsd7/m --npz" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.long
def test_the_rehearsal(gpu, tmp_path):
    rng = np.random.default_rng(0)
    ring = np.roll(np.eye(6), 1, axis=0)
    start = np.datetime64("2024-03-01")
    series = from_arrays(
        rng.normal(50, 5, (44 * 24, 6)),
        adjacency=ring + ring.T,
        timestamps=start + np.arange(44 * 24) * np.timedelta64(1, "h"),
    )
    path = tmp_path / "ring.npz"
    series.save(path)
    out, backend = tmp_path / "out", keras.backend.backend()
    options = ["--backend", backend, "--device", "cpu", "--tiny"]
    code = gpu.main([str(path), "--out", str(out), *options])
    logs = {log.name: log.read_text()[-500:] for log in out.glob("*.log")}
    assert code == 0, logs
    assert (out / "paper" / "metrics.json").exists()
    assert len(list((out / "rows").glob("*.csv"))) == 2
