"""Several devices and several processes train as one device does.

Child processes: on each backend one with two devices on one CPU, which trains
with both and with one, and two that meet on loopback, are stopped after an
epoch and go on. Readings are missing unevenly, and gradients are clipped.
"""

import json
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

from keras_stunet.processes import usable_cores
from tests.children import environment
from tests.training.devices.masked_series import masked_series

SCRIPT = pathlib.Path(__file__).with_name("devices_worker.py")
# A backend, and which trainings beside that on one device.
TWO = ("tensorflow", ("two",))
ALL = [(name, ("two", "processes", "steps")) for name in ("tensorflow", "jax")]
BOTH_WAYS = [
    (TWO, "two"),
    *(
        pytest.param(runs, way, marks=pytest.mark.long)
        for runs in ALL
        for way in ("two", "processes")
    ),
]
# Without its scope each test would train anew: `way` is no fixture.
both_ways = pytest.mark.parametrize(
    ("runs", "way"), BOTH_WAYS, indirect=["runs"], scope="module"
)
PATIENCE = 500  # seconds, of a child on a busy machine
FILES = {
    "checkpoint.npz",
    "config.json",
    "history.csv",
    "intervals.npz",
    "metrics.json",
    "model.keras",
    "sensors.json",
    "errors.csv",
    "table.md",
}


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def start(backend, arguments, **variables):
    child = environment(backend, arguments[0].parent)
    for name, value in variables.items():
        child[name] = f"{child.get(name, '')} {value}".strip()
    return subprocess.Popen(
        [sys.executable, "-P", SCRIPT, *map(str, arguments)],
        env=child,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def cluster(backend, index, ports):
    if backend == "jax":
        return {
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{ports[0]}",
            "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
            "KERAS_DISTRIBUTION_PROCESS_ID": str(index),
            "STOPPED": "1",
        }
    workers = [f"127.0.0.1:{port}" for port in ports]
    task = {"type": "worker", "index": index}
    config = {"cluster": {"worker": workers}, "task": task}
    return {"TF_CONFIG": json.dumps(config), "STOPPED": "1"}


def two_devices(backend):
    if backend == "jax":
        return {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    if len(usable_cores()) < 2:
        pytest.skip("this machine has one core")
    return {}  # the training itself makes them of the CPU's cores


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory):
    """Folders of one device and of other ways of the same training."""
    backend, ways = request.param
    folder = tmp_path_factory.mktemp("runs") / backend
    folder.mkdir()
    series = folder / "series.npz"
    masked_series().save(series)
    folders = {name: folder / name for name in ("one", *ways)}
    ports = free_ports(2)
    arguments = [series, 2, folders["two"], 1, folders["one"]]
    if "steps" in ways:
        arguments += ["1x2", folders["steps"]]
    children = [start(backend, arguments, **two_devices(backend))]
    children += [
        start(
            backend,
            [series, "all", folders["processes"]],
            **cluster(backend, index, ports),
        )
        for index in range(2 if "processes" in ways else 0)
    ]
    try:
        for child in children:
            output, _ = child.communicate(timeout=PATIENCE)
            assert child.returncode == 0, output
    finally:
        for child in children:
            child.kill()
            child.wait()
    return folders


def state(folder):
    with np.load(folder / "checkpoint.npz") as file:
        record = json.loads(str(file["record"]))
        arrays = [file[name] for name in file.files if name != "record"]
    return arrays, record["progress"]


@both_ways
def test_updates_equal_those_of_one_device(runs, way):
    one, before = state(runs["one"])
    several, after = state(runs[way])
    # Weights, optimizer, draws and schedule after eight steps.
    assert len(one) == len(several) == 38
    for ours, theirs in zip(several, one, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    for ours, theirs in zip(after["history"], before["history"], strict=True):
        for name in ("mae", "val_mae"):  # sums over all present readings
            assert ours[name] == pytest.approx(theirs[name], rel=1e-5)
    assert before["best"]["epoch"] == after["best"]["epoch"]
    assert after["environment"]["device"].startswith("2 x ")


@pytest.mark.long
@pytest.mark.parametrize("runs", ALL, indirect=True)
def test_several_steps_a_call_are_the_same_steps(runs):
    one, before = state(runs["one"])
    steps, after = state(runs["steps"])
    assert len(one) == len(steps) == 38
    for ours, theirs in zip(steps, one, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)
    for ours, theirs in zip(after["history"], before["history"], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)
    # Two epochs of 3 batches and a short one, two at a time; on JAX the short
    # one is alone.
    calls = int((runs["steps"].parent / "steps.calls").read_text())
    assert calls == {"jax": 6, "tensorflow": 4}[runs["steps"].parent.name]


@both_ways
def test_one_process_writes_a_whole_run(runs, way):
    assert {path.name for path in runs[way].iterdir()} == FILES
    one, several = (
        json.loads((runs[name] / "metrics.json").read_text())["test"]["model"]
        for name in ("one", way)
    )
    assert one.keys() == several.keys()
    for step in one:
        assert several[step] == pytest.approx(one[step], rel=1e-5)
