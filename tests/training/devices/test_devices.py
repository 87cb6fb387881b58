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

import keras
import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data.batch_shares import BatchShares
from keras_stunet.data.batches import WindowBatches
from keras_stunet.processes import usable_cores
from keras_stunet.training.devices import tensorflow as tensorflow_devices
from keras_stunet.training.devices.tensorflow_fit import fit_together
from tests.children import environment

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


def masked_series():
    rng = np.random.default_rng(0)
    steps = np.arange(6 * 8)
    wave = np.sin(2 * np.pi * steps / 8)[:, None]
    half = np.roll(np.eye(8), 1, axis=1)
    share = rng.random((len(steps), 1)) ** 0.4
    mask = rng.random((len(steps), 8)) < share
    mask[9:14] = False  # whole windows of nothing
    return Series(
        values=50 + 8 * wave + 3 * rng.normal(size=mask.shape),
        adjacency=half + half.T,
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(3, "h"),
        mask=mask,
        name="tiny",
    )


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


@pytest.mark.parametrize(("runs", "way"), BOTH_WAYS, indirect=["runs"])
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


@pytest.mark.parametrize(("runs", "way"), BOTH_WAYS, indirect=["runs"])
def test_one_process_writes_a_whole_run(runs, way):
    assert {path.name for path in runs[way].iterdir()} == FILES
    one, several = (
        json.loads((runs[name] / "metrics.json").read_text())["test"]["model"]
        for name in ("one", way)
    )
    assert one.keys() == several.keys()
    for step in one:
        assert several[step] == pytest.approx(one[step], rel=1e-5)


@pytest.fixture(scope="module")
def windows():
    return make_windows(
        masked_series(), "days", parts=(3, 2, 1), history=2, horizon=2
    ).train  # 15 of them


@pytest.mark.parametrize("batch_size, shares", [(8, 2), (8, 4), (6, 3)])
def test_shares_hold_each_window_once(windows, batch_size, shares):
    plain = WindowBatches(windows, batch_size, shuffle=True, seed=3)
    order = {"shuffle": True, "seed": 3}
    cut = [
        BatchShares(windows, batch_size, shares, range(i, i + 1), **order)
        for i in range(shares)
    ]
    whole = BatchShares(windows, batch_size, shares, **order)
    for epoch in range(2):
        for batches in (plain, whole, *cut):
            batches.epoch = epoch
        for i in range(len(plain)):
            parts = [batches[i] for batches in cut]
            assert len({len(x) for x, _, _ in parts}) == 1
            together = [
                np.concatenate(arrays) for arrays in zip(*parts, strict=True)
            ]
            for ours, theirs, alike in zip(
                together, plain[i], whole[i], strict=True
            ):
                np.testing.assert_array_equal(ours[: len(theirs)], theirs)
                np.testing.assert_array_equal(ours, alike)
            assert not together[2][len(plain[i][0]) :].any()


def test_shares_of_a_series_without_gaps_have_a_mask(windows):
    series = masked_series()
    series = Series(series.values, series.adjacency, series.timestamps)
    windows = make_windows(
        series, "days", parts=(3, 2, 1), history=2, horizon=2
    ).train
    x, y, mask = BatchShares(windows, 15, 4)[0]
    assert len(x) == len(y) == 16
    assert mask[:15].all() and not mask[15:].any()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's own fit"
)
def test_our_own_fit_goes_on_after_the_epochs_that_are_done(windows):
    class Calls(keras.callbacks.Callback):
        seen, logs = [], {}

        def on_epoch_begin(self, epoch, logs=None):
            self.seen.append(epoch)

        def on_train_batch_begin(self, batch, logs=None):
            self.seen.append(f"train {batch}")

        def on_test_batch_begin(self, batch, logs=None):
            self.seen.append(f"test {batch}")

        def on_epoch_end(self, epoch, logs=None):
            self.logs = logs

    strategy = tensorflow_devices.tf.distribute.OneDeviceStrategy("cpu:0")
    with strategy.scope():
        model = keras.Sequential(
            [keras.Input((2, 8, 1)), keras.layers.Dense(1)]
        )
        model.compile("sgd", loss="mse", weighted_metrics=["mae"])
    calls = Calls()
    fit_together(
        strategy,
        model,
        BatchShares(windows, 10, 1),
        epochs=3,
        initial_epoch=1,
        validation_data=BatchShares(windows, 15, 1),
        callbacks=[calls],
    )
    # A Ctrl-C is heeded where a batch begins, in training and validation.
    assert calls.seen == [1, "train 0", "train 1", "test 0"] + [
        *(2, "train 0", "train 1", "test 0")
    ]
    assert {"loss", "mae", "val_loss", "val_mae"} <= calls.logs.keys()
    assert int(model.optimizer.iterations) == 4


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's own fit"
)
def test_our_own_fit_ends_where_a_callback_says_so(windows):
    class Stop(keras.callbacks.Callback):
        seen = []

        def on_epoch_end(self, epoch, logs=None):
            self.seen.append(epoch)
            self.model.stop_training = epoch == 1

    strategy = tensorflow_devices.tf.distribute.OneDeviceStrategy("cpu:0")
    with strategy.scope():
        model = keras.Sequential(
            [keras.Input((2, 8, 1)), keras.layers.Dense(1)]
        )
        model.compile("sgd", loss="mse")
    stop = Stop()
    fit_together(
        strategy,
        model,
        BatchShares(windows, 10, 1),
        epochs=5,
        initial_epoch=0,
        validation_data=BatchShares(windows, 15, 1),
        callbacks=[stop],
    )
    assert stop.seen == [0, 1]
