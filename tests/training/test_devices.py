"""Several devices and several processes train as one device does.

Child processes: on each backend one with two devices on one CPU, which trains
with both and with one, and two that meet on loopback; JAX's are stopped after
an epoch and go on. Readings are missing unevenly, and the bound on the
gradient's norm takes hold.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import types

import keras
import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data.batch_shares import BatchShares
from keras_stunet.data.batches import WindowBatches
from keras_stunet.training import jax_devices
from keras_stunet.training import tensorflow_devices
from keras_stunet.training.devices import SeveralDevices
from keras_stunet.training.devices import check_compute_capability
from keras_stunet.training.devices import count_devices
from keras_stunet.training.devices import open_devices
from keras_stunet.training.environment import usable_cores
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.tensorflow_fit import fit_together

SCRIPT = pathlib.Path(__file__).with_name("devices_worker.py")
BACKENDS = ("tensorflow", "jax")
PATIENCE = 500  # seconds, of a child on a busy machine
FILES = {
    "checkpoint.npz",
    "config.json",
    "history.csv",
    "metrics.json",
    "model.keras",
    "sensors.json",
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
    # JAX compiles quickly rather than to quick code, and once for one program.
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "JAX_COMPILATION_CACHE_DIR": str(arguments[0].with_name("compiled")),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "XLA_FLAGS": "--xla_backend_optimization_level=0 "
        "--xla_llvm_disable_expensive_passes=true",
    }
    for name, value in variables.items():
        environment[name] = f"{environment.get(name, '')} {value}".strip()
    return subprocess.Popen(
        [sys.executable, "-P", SCRIPT, *map(str, arguments)],
        env=environment,
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
    return {"TF_CONFIG": json.dumps(config)}


def two_devices(backend):
    if backend == "jax":
        return {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    if len(usable_cores()) < 2:
        pytest.skip("this machine has one core")
    return {}  # the training itself makes them of the CPU's cores


@pytest.fixture(scope="module", params=BACKENDS)
def runs(request, tmp_path_factory):
    """Folders of one device, two, two processes, several steps a call."""
    backend = request.param
    folder = tmp_path_factory.mktemp("runs") / backend
    folder.mkdir()
    series = folder / "series.npz"
    masked_series().save(series)
    names = ("one", "two", "processes", "steps")
    folders = {name: folder / name for name in names}
    ports = free_ports(2)
    children = [
        start(
            backend,
            [
                *(series, 2, folders["two"], 1, folders["one"]),
                *("1x2", folders["steps"]),
            ],
            **two_devices(backend),
        )
    ]
    children += [
        start(
            backend,
            [series, "all", folders["processes"]],
            **cluster(backend, index, ports),
        )
        for index in range(2)
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


@pytest.mark.parametrize("way", ["two", "processes"])
def test_updates_equal_those_of_one_device(runs, way):
    one, before = state(runs["one"])
    several, after = state(runs[way])
    # Weights, optimizer, draws and schedule after eight steps.
    assert len(one) == len(several) == 30
    for ours, theirs in zip(several, one, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)
    for ours, theirs in zip(after["history"], before["history"], strict=True):
        for name in ("mae", "val_mae"):  # sums over all present readings
            assert ours[name] == pytest.approx(theirs[name], rel=1e-5)
    assert before["best"]["epoch"] == after["best"]["epoch"]
    assert after["environment"]["device"].startswith("2 x ")


def test_several_steps_a_call_are_the_same_steps(runs):
    one, before = state(runs["one"])
    steps, after = state(runs["steps"])
    assert len(one) == len(steps) == 30
    for ours, theirs in zip(steps, one, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-7)
    for ours, theirs in zip(after["history"], before["history"], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)
    # Two epochs of 3 batches and a short one, two at a time; on JAX the short
    # one is alone.
    calls = int((runs["steps"].parent / "steps.calls").read_text())
    assert calls == {"jax": 6, "tensorflow": 4}[runs["steps"].parent.name]


@pytest.mark.parametrize("way", ["two", "processes"])
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


def opened(devices, **recipe):
    with open_devices(devices, Recipe(**recipe)):
        raise AssertionError("this should have been refused")


@pytest.mark.parametrize("devices", [0, -1, True, 1.0, "two", ""])
def test_numbers_of_devices_that_are_none(devices):
    with pytest.raises(ValueError, match="expected a whole number above 0"):
        opened(devices)


def test_more_devices_than_there_are():
    with pytest.raises(ValueError, match=r"sees \d+ .PU devices? here. Give"):
        opened(10**6)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's own devices"
)
def test_the_cores_of_a_cpu_become_devices(monkeypatch):
    asked, made = {}, []
    config = tensorflow_devices.tf.config
    monkeypatch.setattr(tensorflow_devices, "usable_cores", lambda: range(4))
    for module, name, fake in (
        (config, "get_logical_device_configuration", lambda cpu: made),
        (
            *(config, "set_logical_device_configuration"),
            lambda cpu, devices: asked.update(devices=len(devices)),
        ),
        (
            *(config.threading, "set_intra_op_parallelism_threads"),
            lambda threads: asked.update(threads=threads),
        ),
    ):
        monkeypatch.setattr(module, name, fake)
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    recipe = Recipe(batch_size=40)
    tensorflow_devices._split_cpu(2, recipe)
    assert asked == {"devices": 2}
    tensorflow_devices._split_cpu(4, recipe)
    assert asked == {"devices": 4, "threads": 1}
    asked.clear()
    with pytest.raises(ValueError, match="sees 4 CPU devices"):
        tensorflow_devices._split_cpu(5, recipe)
    made.append("a device")
    tensorflow_devices._split_cpu(4, recipe)
    assert not asked
    made.clear()
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    tensorflow_devices._split_cpu(4, recipe)
    assert asked == {"devices": 4}


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow"
    or len(usable_cores()) < 2
    or bool(tensorflow_devices.tf.config.list_physical_devices("GPU")),
    reason="of TensorFlow, on two cores and no GPU",
)
def test_a_cpu_is_not_split_after_the_start():
    keras.ops.zeros(1)
    with pytest.raises(ValueError, match="has started .* in a fresh process"):
        opened(2)


def test_a_backend_that_cannot(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="set KERAS_BACKEND to jax or tensor"):
        opened(2)
    with open_devices(1, Recipe()) as devices:
        assert devices.count == 1


def test_how_many_devices():
    recipe = Recipe(batch_size=50)
    assert count_devices("all", 5, "GPU", 1, recipe) == 5
    assert count_devices(2, 5, "GPU", 1, recipe) == 2
    with pytest.raises(ValueError, match="sees 5 GPU devices here"):
        count_devices(6, 5, "GPU", 1, recipe)
    with pytest.raises(ValueError, match="by 4 devices; .* 48 or 52"):
        count_devices(4, 4, "GPU", 1, recipe)
    with pytest.raises(ValueError, match="none may stay without work"):
        count_devices(2, 5, "GPU", 5, recipe)


def test_precisions_that_a_gpu_lacks():
    for precision, least in (("mixed_float16", 7), ("mixed_bfloat16", 8)):
        check_compute_capability(precision, (least, 0), "it")
        with pytest.raises(ValueError, match=f"needs .* {least}.0; it has 6.1"):
            check_compute_capability(precision, (6, 1), "it")
    check_compute_capability("float32", (3, 5), "it")


def test_an_old_gpu_is_found_out_on_jax(monkeypatch):
    old = types.SimpleNamespace(
        platform="gpu", compute_capability="6.1", device_kind="Old"
    )
    monkeypatch.setattr(jax_devices.jax, "local_devices", lambda: [old])
    jax_devices.check_precision("float32")
    with pytest.raises(ValueError, match="needs .* 8.0; Old has 6.1"):
        jax_devices.check_precision("mixed_bfloat16")


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's own check"
)
def test_an_old_gpu_is_found_out_before_a_training(monkeypatch):
    config = tensorflow_devices.tf.config
    gpu = types.SimpleNamespace(name="GPU:0")
    monkeypatch.setattr(
        config,
        "list_physical_devices",
        lambda kind: [gpu] if kind == "GPU" else [],
    )
    details = {"compute_capability": (6, 1), "device_name": "Old"}
    monkeypatch.setattr(
        config.experimental, "get_device_details", lambda gpu: details
    )
    with pytest.raises(ValueError, match="needs .* 7.0; Old has 6.1"):
        opened(1, precision="mixed_float16")


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


WORKERS = '"cluster": {"worker": ["a:1", "b:2"]}'
TASK = '"task": {"type": "worker", "index": '


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[]",
        f"{{{WORKERS}}}",
        f"{{{WORKERS}, {TASK}2}}}}",
        f"{{{WORKERS}, {TASK}-1}}}}",
        f'{{"cluster": {{"worker": ["a", "b"]}}, {TASK}0}}}}',
        f'{{"cluster": {{"ps": ["a:1"], "worker": ["b:1"]}}, {TASK}0}}}}',
        f'{{"cluster": {{"chief": ["a:1", "c:1"]}}, {TASK}0}}}}',
    ],
)
def test_a_malformed_tf_config(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match='TF_CONFIG is .*; expected {"cluster'):
        tensorflow_devices.read_cluster()


def test_tf_config(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    assert tensorflow_devices.read_cluster() is None
    monkeypatch.setenv("TF_CONFIG", f"{{{WORKERS}, {TASK}1}}}}")
    assert tensorflow_devices.read_cluster() == (2, 1)
    cluster = '"cluster": {"chief": ["c:1"], "worker": ["a:1", "b:2"]}'
    monkeypatch.setenv("TF_CONFIG", f"{{{cluster}, {TASK}1}}}}")
    assert tensorflow_devices.read_cluster() == (3, 2)
    monkeypatch.setenv(
        "TF_CONFIG", f'{{"cluster": {{"worker": ["a:1"]}}, {TASK}0}}}}'
    )
    assert tensorflow_devices.read_cluster() is None


@pytest.mark.parametrize(
    "values",
    [
        ("a:1", "2", None),
        ("a:1", None, "0"),
        (None, "2", "0"),
        ("a:1", "2", "2"),
        ("a:1", "two", "0"),
        ("a", "2", "0"),
        ("a:1,b:1,c:1", "2", "0"),
    ],
)
def test_malformed_variables_of_keras(monkeypatch, values):
    set_variables(monkeypatch, values)
    with pytest.raises(ValueError, match="describes no processes; expected"):
        jax_devices.read_cluster()


def test_variables_of_keras(monkeypatch):
    set_variables(monkeypatch, (None, None, None))
    assert jax_devices.read_cluster() is None
    set_variables(monkeypatch, ("a:1", "2", "1"))
    assert jax_devices.read_cluster() == (2, 1)
    set_variables(monkeypatch, ("a:1", "1", "0"))
    assert jax_devices.read_cluster() is None


def set_variables(monkeypatch, values):
    for name, value in zip(
        (jax_devices.ADDRESSES, jax_devices.PROCESSES, jax_devices.PROCESS),
        values,
        strict=True,
    ):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="of TensorFlow"
)
def test_processes_that_the_command_does_not_know_of(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", f"{{{WORKERS}, {TASK}1}}}}")
    with pytest.raises(ValueError, match="name 2 processes, but `devices` is"):
        opened(1)
    with pytest.raises(ValueError, match="under one loss scale"):
        opened("all", precision="mixed_float16")


class Meeting(SeveralDevices):
    """The first of two processes; what the other sends is at hand."""

    def __init__(self, *others):
        super().__init__(2, 2, 0)
        self.others = list(others)
        self.sent = []

    def _gather(self, row):
        self.sent.append(row)
        return np.stack([row, self.others.pop(0)])


def test_processes_agree():
    here, there = Meeting(), Meeting()
    there.others = here.others = [np.ones(32, np.int32)] * 2
    for process, value in ((here, {"a": 1, "b": (2,)}), (there, {"b": [2]})):
        with pytest.raises(ValueError, match="differ in their data. Start all"):
            process.agree("data", value)
    Meeting(there.sent[0]).agree("data", {"b": (2,)})
    here.leave()  # all know already
    assert len(here.sent) == 1


def test_an_error_elsewhere_ends_the_wait():
    failed = Meeting(np.ones(32, np.int32))
    failed.leave()
    with pytest.raises(ValueError, match="was stopped by an error"):
        Meeting(failed.sent[0]).agree("data", 1)
