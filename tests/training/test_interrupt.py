"""Two runs at once, Ctrl-C and termination of a real process."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from keras_stunet.training.train import train_model
from tests.children import environment

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="signals as on POSIX systems"
)
OPTIONS = {"model": "fnn", "units": 2, "history": 2, "horizon": 2}
OPTIONS |= {"batch_size": 20, "epochs": 100_000}


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
    for name, value in OPTIONS.items():
        dashes = "-" if len(name) == 1 else "--"
        words += [dashes + name.replace("_", "-"), str(value)]
    started = []

    def start():
        started.append(
            subprocess.Popen(
                [*words, "--resume", "--quiet"],
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


class Stop(keras.callbacks.Callback):
    """Ends a run after its first epoch, of which it keeps the number."""

    def on_epoch_end(self, epoch, logs=None):
        self.epoch = epoch
        raise KeyboardInterrupt


def test_a_run_is_held_stopped_and_gone_on_with(begin, backend, tmp_path):
    folder = tmp_path / "run"
    checkpoint = folder / "checkpoint.npz"
    first = begin()
    wait_for(checkpoint, first)

    def go_on(*callbacks):
        data = str(tmp_path / "tiny.npz")
        options = {**OPTIONS, "resume": True, "progress": False}
        train_model(data, folder, callbacks=callbacks, **options)

    with pytest.raises(OSError, match="written by another run") as held:
        go_on()
    assert f"(process {first.pid} on" in str(held.value)
    assert "--resume" in str(held.value) and "--out" in str(held.value)

    first.send_signal(signal.SIGINT)
    _, errors = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "Interrupted." in errors and "Traceback" not in errors
    stopped = {file.name for file in folder.iterdir()}
    assert not {name for name in stopped if name.startswith(".lock")}
    assert not {name for name in stopped if ".tmp" in name}

    with np.load(checkpoint) as file:
        done = len(json.loads(str(file["record"]))["progress"]["history"])
    stop = Stop()
    with pytest.raises(KeyboardInterrupt):
        go_on(stop)
    assert stop.epoch == done


@pytest.mark.long
def test_a_run_that_was_stopped_goes_on_and_can_be_terminated(begin, tmp_path):
    checkpoint = tmp_path / "run" / "checkpoint.npz"
    written = 0
    for sent, code in ((signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)):
        process = begin()
        wait_for(checkpoint, process, newer_than=written)
        written = checkpoint.stat().st_mtime_ns
        process.send_signal(sent)
        process.communicate(timeout=60)
        assert process.returncode == code
