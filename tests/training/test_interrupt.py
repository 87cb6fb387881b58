"""Two runs at once, Ctrl-C and termination, with real processes."""

import importlib.util
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.children import environment

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="signals as on POSIX systems"
)
OPTIONS = ["--model", "gcgru", "--units", "2", "-K", "1", "--history", "2"]
OPTIONS += ["--horizon", "2", "--batch-size", "20", "--epochs", "100000"]


@pytest.fixture(
    params=["tensorflow", pytest.param("jax", marks=pytest.mark.long)]
)
def backend(request):
    if not importlib.util.find_spec(request.param):
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def begin(backend, series, tmp_path):
    """Function that starts a training, or goes on with it, for hours."""
    series.save(tmp_path / "tiny.npz")
    words = [sys.executable, "-m", "keras_stunet", "train"]
    words += [str(tmp_path / "tiny.npz"), "--out", str(tmp_path / "run")]
    started = []

    def start():
        started.append(
            subprocess.Popen(
                [*words, "--resume", "--quiet", *OPTIONS],
                env=environment(backend, tmp_path),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for(path, process, newer_than=0):
    until = time.monotonic() + 200
    while not path.exists() or path.stat().st_mtime_ns <= newer_than:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < until, f"{path} was not written"
        time.sleep(0.05)


def test_a_run_is_held_stopped_and_gone_on_with(begin, backend, tmp_path):
    folder = tmp_path / "run"
    checkpoint = folder / "checkpoint.npz"
    first = begin()
    wait_for(checkpoint, first)
    if backend == "tensorflow":  # files alone tell: one backend will do
        second = begin()
        _, errors = second.communicate(timeout=200)
        assert second.returncode == 1
        assert f"written by another run (process {first.pid} on" in errors
        assert "--resume" in errors and "--out" in errors

    first.send_signal(signal.SIGINT)
    _, errors = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "Interrupted." in errors and "Traceback" not in errors
    stopped = {file.name for file in folder.iterdir()}
    assert not {name for name in stopped if name.startswith(".lock")}
    assert not {name for name in stopped if ".tmp" in name}

    written = checkpoint.stat().st_mtime_ns
    first = begin()
    wait_for(checkpoint, first, newer_than=written)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    assert first.returncode == -signal.SIGTERM
