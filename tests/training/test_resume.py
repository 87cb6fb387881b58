"""A run that is stopped and gone on with, or already finished."""

import dataclasses
import json
import signal

import keras
import numpy as np
import pytest

from keras_stunet.data import WindowBatches
from keras_stunet.training import Recipe
from keras_stunet.training import callbacks
from keras_stunet.training import fit as run_module
from keras_stunet.training.checkpoint import save_checkpoint
from keras_stunet.training.fit import train

RECIPE = Recipe(epochs=4, batch_size=50)
# A rate that grows: the last epochs undo what the first ones found.
WILD = dataclasses.replace(RECIPE, epochs=12, learning_rate=0.05, decay=4.0)


@pytest.fixture
def interrupt(monkeypatch):
    """Function that makes the run stop after so many epochs, as by Ctrl-C."""

    def after(epochs):
        def save(path, model, progress):
            save_checkpoint(path, model, progress)
            if len(progress["history"]) == epochs:
                raise KeyboardInterrupt

        monkeypatch.setattr(callbacks, "save_checkpoint", save)

    yield after


@pytest.mark.long  # test_kill.py has a case of it in `make test`
def test_a_resumed_run_equals_one_in_a_single_piece(
    st_unet, splits, tmp_path, interrupt
):
    whole, _ = train(st_unet(), splits, RECIPE, _made(tmp_path / "a"), False)
    interrupt(2)
    with pytest.raises(KeyboardInterrupt):
        train(st_unet(), splits, RECIPE, _made(tmp_path / "b"), False)
    assert not (tmp_path / "b" / "metrics.json").exists()
    interrupt(None)
    model = st_unet(sampling_decay=3.0)  # a second one in the same process
    resumed, _ = train(model, splits, RECIPE, tmp_path / "b", False)
    assert resumed["best"] == whole["best"]
    assert resumed["test"] == whole["test"]
    assert resumed["resumed"] == []
    a, b = (np.load(tmp_path / name / "checkpoint.npz") for name in "ab")
    arrays = [name for name in a.files if name != "record"]
    assert set(a.files) == set(b.files) and len(arrays) > 40
    for name in arrays:
        np.testing.assert_array_equal(a[name], b[name])
    step = float(model.decoder.sampling_step)
    assert step == 4 * RECIPE.steps_per_epoch(len(splits.train))
    texts = [(tmp_path / n / "history.csv").read_text() for n in "ab"]
    assert texts[0] == texts[1]


def test_a_resume_under_other_code_is_noted(
    linear, splits, tmp_path, interrupt, monkeypatch
):
    def commit(name):
        describe = {"commit": name, "backend": "b"}
        monkeypatch.setattr(
            run_module, "describe_environment", lambda devices: describe
        )

    commit("first")
    interrupt(3)
    with pytest.raises(KeyboardInterrupt):
        train(linear(), splits, RECIPE, tmp_path, False)
    interrupt(None)
    commit("second")
    metrics, _ = train(linear(), splits, RECIPE, tmp_path, False)
    assert metrics["environment"]["commit"] == "first"
    assert metrics["resumed"] == [
        {"first_epoch": 4, "commit": "second", "backend": "b"}
    ]


def test_a_run_of_one_step_an_epoch_resumes_in_the_same_order(
    linear, splits, tmp_path, monkeypatch, interrupt
):
    recipe = Recipe(epochs=3, batch_size=len(splits.train))
    seen = []
    step, compiled = keras.Model.train_step, run_module.compile_model

    def spy(self, *arguments):
        seen.append(np.asarray(arguments[-1][0]))
        return step(self, *arguments)

    def eagerly(model, *arguments):
        compiled(model, *arguments)
        model.run_eagerly = True

    monkeypatch.setattr(keras.Model, "train_step", spy)
    monkeypatch.setattr(run_module, "compile_model", eagerly)
    train(linear(), splits, recipe, _made(tmp_path / "a"), False)
    plain = WindowBatches(splits.train, len(splits.train), True, recipe.seed)
    for epoch, x in enumerate(seen):
        plain.epoch = epoch
        np.testing.assert_array_equal(x, plain[0][0])
    assert len(seen) == 3
    interrupt(2)
    with pytest.raises(KeyboardInterrupt):
        train(linear(), splits, recipe, _made(tmp_path / "b"), False)
    interrupt(None)
    seen.clear()
    train(linear(), splits, recipe, tmp_path / "b", False)
    (last,) = seen
    np.testing.assert_array_equal(last, plain[0][0])


@pytest.fixture(scope="module")
def wild(linear, splits, tmp_path_factory):
    """Metrics and best model of a run whose last epochs are worse."""
    folder = tmp_path_factory.mktemp("wild")
    return train(linear(), splits, WILD, folder, False)


@pytest.mark.parametrize("damaged", [False, True])
def test_the_best_model_outlives_a_stop_and_worse_epochs(
    linear, splits, wild, tmp_path, interrupt, damaged
):
    whole, best = wild
    epoch = whole["best"]["epoch"]
    assert 1 < epoch < 12
    interrupt(epoch)
    with pytest.raises(KeyboardInterrupt):
        train(linear(), splits, WILD, tmp_path, False)
    interrupt(None)
    # Stopped after the state was written, before the best model was.
    if damaged:
        (tmp_path / "checkpoint.npz").write_bytes(b"half")
        with pytest.warns(UserWarning, match=f"after epoch {epoch - 1}"):
            resumed, again = train(linear(), splits, WILD, tmp_path, False)
    else:
        resumed, again = train(linear(), splits, WILD, tmp_path, False)
    assert resumed["best"] == whole["best"]
    for a, b in zip(best.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_ctrl_c_during_a_write_keeps_the_epoch(
    linear, splits, tmp_path, monkeypatch
):
    def pressed(path, model, progress):
        signal.raise_signal(signal.SIGINT)
        save_checkpoint(path, model, progress)

    monkeypatch.setattr(callbacks, "save_checkpoint", pressed)
    with pytest.raises(KeyboardInterrupt):
        train(linear(), splits, RECIPE, tmp_path, False)
    assert set(_contents(tmp_path)) == {"checkpoint.npz", "model.keras"}


def test_a_finished_run_is_neither_trained_nor_scored_again(
    linear, splits, tmp_path, monkeypatch
):
    metrics, best = train(linear(), splits, RECIPE, tmp_path, False)
    before = _contents(tmp_path)
    assert "checkpoint.previous.npz" not in before
    monkeypatch.setattr(run_module, "score_beside_naive", None)
    model = linear()
    model.fit = None
    again, loaded = train(model, splits, RECIPE, tmp_path, False)
    assert again == json.loads(json.dumps(metrics))
    assert _contents(tmp_path) == before
    x, _ = splits.test.gather(np.arange(3))
    np.testing.assert_array_equal(loaded(x), best(x))


def test_a_run_killed_before_the_scores_is_scored_and_not_trained(
    linear, splits, tmp_path, monkeypatch
):
    score = run_module.score_beside_naive
    monkeypatch.setattr(run_module, "score_beside_naive", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(linear(), splits, RECIPE, tmp_path, False)
    assert not (tmp_path / "metrics.json").exists()
    monkeypatch.setattr(run_module, "score_beside_naive", score)
    model = linear()
    model.fit = None
    metrics, _ = train(model, splits, RECIPE, tmp_path, False)
    assert metrics == json.loads((tmp_path / "metrics.json").read_text()) | {
        "test": metrics["test"]
    }


def test_damaged_scores_are_refused(linear, splits, tmp_path):
    (tmp_path / "metrics.json").write_text("{")
    with pytest.raises(ValueError, match="metrics.json is damaged. Delete it"):
        train(linear(), splits, RECIPE, tmp_path, False)


def test_a_best_model_that_is_gone_is_missed_before_training(
    linear, splits, tmp_path, interrupt
):
    interrupt(WILD.epochs)  # the last of them is not the best one
    with pytest.raises(KeyboardInterrupt):
        train(linear(), splits, WILD, tmp_path, False)
    (tmp_path / "model.keras").unlink()
    with pytest.raises(ValueError, match="model.keras is not there.*epoch"):
        train(linear(), splits, WILD, tmp_path, False)


def _interrupted(*_, **__):
    raise KeyboardInterrupt


def _contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _made(folder):
    folder.mkdir()
    return folder
