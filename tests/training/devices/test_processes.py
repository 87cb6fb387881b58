"""How several processes find one another, and agree on what they train."""

import keras
import numpy as np
import pytest

from keras_stunet.training.devices import jax as jax_devices
from keras_stunet.training.devices import tensorflow as tensorflow_devices
from keras_stunet.training.devices.base import SeveralDevices
from keras_stunet.training.devices.base import open_devices
from keras_stunet.training.recipe import Recipe

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
        with open_devices(1, Recipe()):
            pass
    with pytest.raises(ValueError, match="under one loss scale"):
        with open_devices("all", Recipe(precision="mixed_float16")):
            pass


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
