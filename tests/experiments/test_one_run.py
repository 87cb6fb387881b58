"""One run in its own process: what it leaves, and that it is no orphan."""

import json
import math
import os
import subprocess
import sys
import types

import keras
import pytest

from keras_stunet import processes
from keras_stunet.experiments import one_run
from keras_stunet.experiments import outcome
from keras_stunet.experiments.outcome import BUSY
from keras_stunet.experiments.outcome import note_failure
from keras_stunet.experiments.outcome import read_peak
from keras_stunet.locks import run_lock
from keras_stunet.training.callbacks import CheckpointCallback


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's."""


def raising(error):
    def train(folder, **_):
        raise error

    return train


def diverge(folder, **_):
    callback = CheckpointCallback(folder, {"history": [], "best": {}})
    callback.on_epoch_end(0, {"loss": math.nan, "val_mae": 1.0})


@pytest.mark.parametrize(
    ("train", "status", "message"),
    [
        (diverge, "diverged", "ValueError: `loss` of epoch 1 is nan"),
        (raising(MemoryError("no room")), "out of memory", "no room"),
        (
            raising(RuntimeError("RESOURCE_EXHAUSTED: 9 GB")),
            "out of memory",
            "RuntimeError: RESOURCE_EXHAUSTED: 9 GB",
        ),
        (raising(ResourceExhaustedError("OOM")), "out of memory", "OOM"),
        (raising(ValueError("no\n such  thing")), "failed", "no such thing"),
        (raising(OSError("disk full")), "failed", "disk full"),
    ],
)
def test_a_failure_is_noted_with_its_reason(train, status, message, tmp_path):
    arguments = {"folder": str(tmp_path / "run"), "precision": "float32"}
    assert one_run.run(arguments, train) == 1
    failure = json.loads((tmp_path / "run" / "failure.json").read_text())
    assert failure["status"] == status and message in failure["message"]
    assert failure["device"]
    assert one_run.run(arguments, lambda folder, **_: None) == 0
    assert not (tmp_path / "run" / "failure.json").exists()


def test_a_missing_package_is_no_failure_of_the_run(tmp_path, capsys):
    missing = ImportError("Install it.")
    assert one_run.run({"folder": str(tmp_path)}, raising(missing)) == 69
    assert not (tmp_path / "failure.json").exists()
    assert "Install it." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("train", "status"),
    [
        (lambda folder: None, 0),
        (raising(KeyboardInterrupt()), 130),
        (raising(ValueError("no")), 1),
    ],
)
def test_the_peak_is_the_most_of_all_processes_of_a_run(
    train, status, tmp_path, monkeypatch
):
    arguments = {"folder": str(tmp_path)}
    for now, most in ((None, ""), (300, 300), (200, 300), (400, 400)):
        monkeypatch.setattr(outcome, "peak_mb", lambda now=now: now)
        assert one_run.run(arguments, train) == status
        assert read_peak(tmp_path) == most


@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_on_a_gpu_the_peak_is_that_of_its_arrays(
    backend, tmp_path, monkeypatch
):
    module = pytest.importorskip(backend)
    monkeypatch.setattr(outcome, "peak_mb", lambda: 7)
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)

    def noted(*peaks):
        if backend == "jax":
            gpus = [
                types.SimpleNamespace(
                    platform="gpu",
                    memory_stats=lambda peak=peak: (
                        peak
                        and {
                            "bytes_in_use": 1,
                            "peak_bytes_in_use": peak * 2**20,
                        }
                    ),
                )
                for peak in peaks
            ]
            cpu = types.SimpleNamespace(platform="cpu")
            monkeypatch.setattr(module, "local_devices", lambda: [cpu, *gpus])
        else:
            config = module.config
            monkeypatch.setattr(
                config, "list_physical_devices", lambda kind: peaks
            )
            monkeypatch.setattr(
                config.experimental,
                "get_memory_info",
                lambda gpu: {"current": 1, "peak": peaks[int(gpu[4:])] * 2**20},
            )
        folder = tmp_path / str(len(peaks))
        folder.mkdir(exist_ok=True)
        outcome.note_peak(folder)
        return read_peak(folder)

    assert noted() == 7  # of the process
    assert noted(300, 500) == 500
    assert noted(0) == 7  # it was not at work


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_a_process_knows_its_own_peak_without_its_parents():
    # getrusage would count the hundreds of MiB that this process holds.
    code = (
        "import runpy, sys\n"
        "peak_mb = runpy.run_path(sys.argv[1])['peak_mb']\n"
        "first = peak_mb()\n"
        "del (held := bytearray(b'1' * 50 * 2**20))[:]\n"
        "print(first, peak_mb())"
    )
    words = [sys.executable, "-I", "-S", "-c", code, processes.__file__]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    first, later = map(int, done.stdout.split())
    assert first < 50 < 100 < later < 150  # the bytes, and their copy


def test_an_interrupt_and_a_folder_in_use_are_no_failures(tmp_path):
    arguments = {"folder": str(tmp_path)}
    assert one_run.run(arguments, raising(KeyboardInterrupt())) == 130

    def train(folder):
        with run_lock(folder):
            pass

    with run_lock(tmp_path):
        assert one_run.run(arguments, train) == BUSY == 75
    assert one_run.run(arguments, train) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["memory.json"]


def test_a_status_that_no_table_knows_is_refused(tmp_path):
    with pytest.raises(ValueError, match="expected one of .'diverged'"):
        note_failure(tmp_path, "odd", "")


@pytest.fixture
def child(forked, tmp_path, monkeypatch):
    """`main()` in a process, and the end of the pipe that it listens to."""
    reading, writing = os.pipe()

    def run(arguments):
        (tmp_path / "begun").write_text(json.dumps(arguments))
        (tmp_path / "begun").rename(tmp_path / "asked")  # whole, once there
        while True:  # until the process is ended
            os.read(waiting, 1)

    waiting, held = os.pipe()

    def start():
        os.dup2(reading, 0)
        os.close(writing)
        monkeypatch.setattr(one_run, "run", run)
        os._exit(one_run.main())

    process = forked(start)
    os.close(reading)
    yield process, writing
    os.close(waiting)
    os.close(held)


def test_it_ends_with_the_process_that_started_it(child, ending, tmp_path):
    process, writing = child
    os.write(writing, b'{"folder": "x"}\n')
    while not (tmp_path / "asked").exists():
        assert os.waitpid(process, os.WNOHANG) == (0, 0)
    os.close(writing)
    assert ending(process) == 1  # else this waits for ever
    assert json.loads((tmp_path / "asked").read_text()) == {"folder": "x"}


def test_it_does_not_begin_when_that_process_is_gone(child, ending, tmp_path):
    process, writing = child
    os.write(writing, b'{"folder": ')
    os.close(writing)
    assert ending(process) == 1 and not (tmp_path / "asked").exists()
