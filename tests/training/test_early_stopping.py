"""Early stopping, callbacks of the user, and TensorBoard."""

import csv
import dataclasses
import sys

import keras
import pytest

from keras_stunet.training import Recipe
from keras_stunet.training import train as module
from keras_stunet.training.fit import train
from keras_stunet.training.tensorboard import tensorboard_callback

RECIPE = Recipe(epochs=12, batch_size=50, patience=2)
ERRORS = [5.0, 3.0, 4.0, 2.0, 2.0, 2.5, 1.0]


class Scripted(keras.callbacks.Callback):
    """Puts these errors in the place of those on validation."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        logs["val_mae"] = ERRORS[epoch]
        self.seen.append(epoch)


@pytest.fixture
def scripted(linear):
    """A model that is as good on validation as `ERRORS` say."""
    model, script = linear(), Scripted()
    fit = model.fit

    def scripted_fit(*args, callbacks, **options):
        return fit(*args, callbacks=[script, *callbacks], **options)

    model.fit = scripted_fit
    return model, script


def epochs(folder):
    with (folder / "history.csv").open() as file:
        return [int(row["epoch"]) for row in csv.DictReader(file)]


def test_it_ends_after_so_many_epochs_without_a_better_one(
    scripted, splits, tmp_path, capsys
):
    model, script = scripted
    metrics, _ = train(model, splits, RECIPE, tmp_path)
    # Epoch 4 is the best, and 5 and 6 are not better.
    assert script.seen == [0, 1, 2, 3, 4, 5]
    assert epochs(tmp_path) == [1, 2, 3, 4, 5, 6]
    assert metrics["epochs"] == 6
    assert metrics["best"] == {"epoch": 4, "val_mae": 2.0}
    said = capsys.readouterr().out
    assert "Stopped after epoch 6: no better validation for 2 epochs." in said


def test_a_run_that_was_killed_as_it_stopped_is_not_trained_further(
    scripted, splits, tmp_path
):
    model, script = scripted
    train(model, splits, RECIPE, tmp_path, progress=False)
    (tmp_path / "metrics.json").unlink()
    metrics, _ = train(model, splits, RECIPE, tmp_path, progress=False)
    assert script.seen == [0, 1, 2, 3, 4, 5]
    assert metrics["epochs"] == 6


@pytest.mark.parametrize(
    ("patience", "done", "best", "over"),
    [
        (None, 11, 1, False),
        (None, 12, 1, True),
        (2, 0, 0, False),
        (2, 3, 2, False),
        (2, 4, 2, True),
        (20, 12, 11, True),
    ],
)
def test_when_a_training_is_over(patience, done, best, over):
    recipe = dataclasses.replace(RECIPE, patience=patience)
    assert recipe.is_over([{}] * done, {"epoch": best}) is over


def test_patience_is_a_count():
    with pytest.raises(ValueError, match="`patience` is 0"):
        Recipe(patience=0)


def test_callbacks_of_the_user_go_along(linear, splits, tmp_path):
    found = []
    callback = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: found.append((epoch, sorted(logs)))
    )
    recipe = Recipe(epochs=2, batch_size=50)
    train(linear(), splits, recipe, tmp_path, False, callbacks=[callback])
    names = ["loss", "mae", "val_loss", "val_mae"]
    assert found == [(0, names), (1, names)]


@pytest.mark.long
def test_tensorboard_gets_losses(linear, splits, tmp_path):
    pytest.importorskip("tensorboard")
    pytest.importorskip("tensorflow")
    callback = tensorboard_callback(tmp_path)
    recipe = Recipe(epochs=1, batch_size=50)
    train(linear(), splits, recipe, tmp_path, False, callbacks=[callback])
    (events,) = (tmp_path / "tensorboard" / "train").iterdir()
    assert b"epoch_loss" in events.read_bytes()


def test_the_option_of_tensorboard_adds_it(series, tmp_path, monkeypatch):
    class Held(Exception):
        pass

    given = []

    def hold(*_, callbacks, **__):
        given.extend(callbacks)
        raise Held

    monkeypatch.setattr(module, "tensorboard_callback", lambda *x: x)
    monkeypatch.setattr(module, "train", hold)
    options = {"history": 2, "horizon": 2, "units": 2, "progress": False}
    options |= {"tensorboard": True, "callbacks": ["mine"]}
    with pytest.raises(Held):
        module.train_model(series, tmp_path / "run", "fnn", **options)
    assert given == ["mine", (tmp_path / "run",)]


def test_without_tensorboard_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match=r'install "\.\[tensorboard\]"'):
        tensorboard_callback(tmp_path)
