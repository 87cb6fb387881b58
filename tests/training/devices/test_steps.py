"""Several steps a call: who takes them, what is refused.

That they are the steps of a plain training is shown in test_devices.py, on
both backends.
"""

import importlib

import keras
import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress

from keras_stunet.training.callbacks import TrainingProgress
from keras_stunet.training.devices.base import ENGINES
from keras_stunet.training.devices.base import SeveralDevices
from keras_stunet.training.devices.base import open_devices
from keras_stunet.training.recipe import Recipe


def one_weight():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    return model


class Ones(keras.utils.PyDataset):
    batch_size = 2

    def __len__(self):
        return 5

    def __getitem__(self, index):
        return np.ones((2, 1)), np.full((2, 1), 2.0)


def opened(steps, devices=1):
    with open_devices(devices, Recipe(), steps) as opened:
        return opened


@pytest.mark.calls_python  # a user's own `PyDataset`
@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="Keras's own, there"
)
def test_keras_takes_so_many_steps_on_tensorflow():
    class Calls(keras.callbacks.Callback):
        seen = []

        def on_train_batch_end(self, batch, logs=None):
            self.seen.append((batch, int(self.model.optimizer.iterations)))

    model, calls = one_weight(), Calls()
    opened(2).fit(model, Ones(), epochs=1, callbacks=[calls])
    assert [done for _, done in calls.seen] == [2, 4, 5]


def test_a_group_is_its_batches_in_order():
    jnp = pytest.importorskip("jax.numpy")
    from keras_stunet.training.devices.jax import over_group

    def step(total, data):
        total = 2 * total + data[0].sum()
        return {"total": total}, total

    steps = over_group(step, batch_size=2)
    # 1 -> 2 + (0 + 1) = 3 -> 6 + (2 + 3) = 11 -> 22 + (4 + 5) = 31
    logs, total = steps(jnp.float32(1), (jnp.arange(6.0),))
    assert total == logs["total"] == 31
    # A short batch, or one alone, is one step.
    assert steps(jnp.float32(1), (jnp.arange(1.0),))[1] == 2


@pytest.mark.parametrize("steps", [0, -1, 1.5, True])
def test_numbers_of_steps_that_are_none(steps):
    with pytest.raises(ValueError, match="`steps_per_execution` is"):
        opened(steps)


def test_several_devices_take_one_step_at_a_time(monkeypatch):
    engine = importlib.import_module(ENGINES[keras.backend.backend()])
    two = SeveralDevices(2, 1, 0)
    monkeypatch.setattr(engine, "open_engine", lambda *_: two)
    with pytest.raises(ValueError, match="is 3 on 2 devices; expected 1"):
        opened(3, devices=2)
    assert opened(1, devices=2) is two


def test_a_backend_that_takes_one_step_at_a_time(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ValueError, match="is 2 on .*'torch', .* one step"):
        opened(2)


def test_the_bar_does_not_go_past_the_end_of_an_epoch(monkeypatch):
    shown = []
    monkeypatch.setattr(
        Progress,
        "update",
        lambda self, task, completed, **_: shown.append(completed),
    )
    bar = TrainingProgress(epochs=2, steps_per_epoch=5)
    bar.task = 0
    bar.on_epoch_begin(1)
    bar.on_train_batch_end(3)  # of steps two by two, up to number 3
    bar.on_train_batch_end(5)
    assert shown == [9, 10]


@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_of_the_bar_goes_to_a_file(terminal, monkeypatch, capsys):
    monkeypatch.setenv("TTY_COMPATIBLE", str(int(terminal)))
    monkeypatch.setenv("TTY_INTERACTIVE", str(int(terminal)))
    bar = TrainingProgress(epochs=2, steps_per_epoch=5)
    bar.on_train_begin()
    for epoch in range(2):
        bar.on_epoch_begin(epoch)
        bar.on_train_batch_end(4)
        bar.on_epoch_end(epoch, {"loss": 0.5, "val_mae": 2})
    bar.stop()
    said = capsys.readouterr().out
    if terminal and not Console().is_terminal:
        pytest.skip("rich before 14 does not go by TTY_COMPATIBLE")
    if terminal:
        assert "10/10" in said
    else:
        lines = [f"epoch   {n}/2  loss 0.500  val_mae 2.000" for n in (1, 2)]
        assert [line for line in said.splitlines() if line] == lines
