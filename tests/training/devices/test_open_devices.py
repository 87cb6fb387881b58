"""Which devices a training opens, and which it refuses before it starts."""

import types

import keras
import pytest

from keras_stunet.processes import usable_cores
from keras_stunet.training.devices import jax as jax_devices
from keras_stunet.training.devices import tensorflow as tensorflow_devices
from keras_stunet.training.devices.base import check_compute_capability
from keras_stunet.training.devices.base import count_devices
from keras_stunet.training.devices.base import open_devices
from keras_stunet.training.recipe import Recipe


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
