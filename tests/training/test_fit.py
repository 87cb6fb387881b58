"""One run: what it writes, how it resumes, how it ends badly."""

import csv
import dataclasses
import json

import keras
import numpy as np
import pytest

from keras_stunet.baselines import HistoricalAverage
from keras_stunet.baselines import Persistence
from keras_stunet.data import make_windows
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.training import Recipe
from keras_stunet.training import callbacks as kept
from keras_stunet.training import fit as module
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.fit import train
from keras_stunet.training.runs.run import Run

RECIPE = Recipe(epochs=4, batch_size=50)


def test_the_folder_holds_what_an_independent_count_gives(
    linear, splits, tmp_path
):
    metrics, _ = train(linear(), splits, RECIPE, tmp_path, progress=False)
    assert json.loads((tmp_path / "metrics.json").read_text()) == json.loads(
        json.dumps(metrics)
    )
    assert not list(tmp_path.glob("*.tmp*"))
    best = keras.saving.load_model(tmp_path / "model.keras")

    def errors(windows):
        x, y = windows.gather(np.arange(len(windows)))
        return best.predict(x, verbose=0).astype(float) - y, y

    error, y = errors(splits.test)
    scores = metrics["test"]["model"][2]  # the last of 2 steps
    error, y = error[:, -1], y[:, -1]
    assert scores["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-5)
    assert scores["rmse"] == pytest.approx((error**2).mean() ** 0.5, rel=1e-5)
    mape = 100 * np.abs(error / y).mean()
    assert scores["mape"] == pytest.approx(mape, rel=1e-5)
    for name, baseline in (
        ("historical average", HistoricalAverage().fit(splits.train)),
        ("persistence", Persistence()),
    ):
        error = baseline.predict(splits.test)[:, -1].astype(float) - y
        scores = metrics["test"][name][2]
        assert scores["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-5)
    val_mae = np.abs(errors(splits.validation)[0]).mean()  # over all steps
    assert metrics["best"]["val_mae"] == pytest.approx(val_mae, rel=1e-5)
    with (tmp_path / "history.csv").open() as file:
        history = list(csv.DictReader(file))
    assert [row["epoch"] for row in history] == ["1", "2", "3", "4"]
    least = min(history, key=lambda row: float(row["val_mae"]))
    assert metrics["best"]["epoch"] == int(least["epoch"])
    assert metrics["parameters"] == 2 * 2 + 2
    assert metrics["minutes_per_step"] == 180


def test_parameters_are_those_that_are_trained(st_unet, splits, tmp_path):
    model = st_unet(head="direct", layer_norm="none")
    metrics, _ = train(
        model, splits, Recipe(epochs=1), tmp_path, progress=False
    )
    first = 3 * 2 * (1 + 2 + 1)  # K = 1: three gates of W, U and b
    pooled = 3 * 2 * (2 + 2 + 1)
    last = 3 * 2 * (4 + 2 + 1)
    assert metrics["parameters"] == first + pooled + last + 2 * 2 + 2


def test_the_best_model_counts_and_not_the_last(linear, splits, tmp_path):
    # A rate that grows: the last epochs undo what the first ones found.
    wild = dataclasses.replace(RECIPE, epochs=12, learning_rate=0.05, decay=4.0)
    metrics, _ = train(linear(), splits, wild, tmp_path, False)
    with (tmp_path / "history.csv").open() as file:
        history = [float(row["val_mae"]) for row in csv.DictReader(file)]
    assert metrics["best"]["val_mae"] == min(history)
    assert metrics["best"]["val_mae"] < history[-1]
    best = keras.saving.load_model(tmp_path / "model.keras")
    batches = predict_windows(best, splits.validation)
    errors = [np.abs(forecast - y) for forecast, y, _ in batches]
    mae = np.concatenate(errors).mean()
    assert mae == pytest.approx(min(history), rel=1e-5)


def test_the_test_split_is_not_seen_before_the_end(
    linear, splits, tmp_path, monkeypatch
):
    seen = []

    def note(owner, name, what):
        function = getattr(owner, name)

        def noted(*arguments, **options):
            seen.append(what(*arguments))
            return function(*arguments, **options)

        monkeypatch.setattr(owner, name, noted)

    def split(*arguments):
        of_test = any(given is splits.test for given in arguments)
        return "test" if of_test else "other"

    note(type(splits.test), "gather", split)
    note(OneDevice, "batches", split)
    note(kept, "save_checkpoint", lambda *_: "epoch")
    train(linear(), splits, RECIPE, tmp_path, False)
    first = seen.index("test")
    assert seen[:first].count("epoch") == RECIPE.epochs
    assert {"other", "epoch"} <= set(seen[:first])
    assert set(seen[first:]) == {"test"}


def test_pixels_keep_the_epoch_of_least_cross_entropy(linear, splits, tmp_path):
    recipe = dataclasses.replace(RECIPE, loss="bce")

    class Scripted(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = [4.0, 2.0, 3.0, 2.5][epoch]
            logs["val_mae"] = [1.0, 3.0, 2.0, 0.5][epoch]

    model = linear()
    fit = model.fit

    def scripted(*args, callbacks, **options):
        return fit(*args, callbacks=[Scripted(), *callbacks], **options)

    model.fit = scripted
    metrics, _ = train(
        model, splits, recipe, tmp_path, False, score=lambda *_: {}
    )
    expected = {"epoch": 2, "val_mae": 3.0, "val_loss": 2.0}
    assert metrics["best"] == expected


def test_scores_of_ones_own_take_the_best_model_once(linear, splits, tmp_path):
    calls = []

    def score(model, test, train):
        calls.append(model)
        np.testing.assert_array_equal(test.starts, splits.test.starts)
        assert train is splits.train
        return {"mine": 4.5}

    metrics, best = train(
        linear(), splits, RECIPE, tmp_path, False, score=score
    )
    assert metrics["test"] == {"mine": 4.5}
    assert calls == [best]


def test_the_bar_is_gone_before_more_is_said(
    linear, splits, tmp_path, monkeypatch, capsys
):
    done = []

    class Bar(kept.TrainingProgress):
        def stop(self):
            done.append("stopped")
            super().stop()

    def score(*_):
        done.append(capsys.readouterr().out.splitlines()[-1])
        return {"mine": 4.5}

    monkeypatch.setattr(module, "TrainingProgress", Bar)
    recipe = dataclasses.replace(RECIPE, epochs=1)
    train(linear(), splits, recipe, tmp_path, score=score)
    assert done == ["stopped", "Scoring the test windows."]
    Run.draw(lambda: done.append(capsys.readouterr().out), progress=True)
    assert done[-1] == "Drawing the pictures.\n"


@pytest.mark.parametrize("epoch", [1, 3])
def test_a_diverged_run_names_the_last_good_state(
    linear, splits, tmp_path, monkeypatch, epoch
):
    class Poison(keras.callbacks.Callback):
        def on_epoch_begin(self, number, logs=None):
            if number == epoch - 1:
                bias = self.model.trainable_variables[-1]
                bias.assign(bias.numpy() * np.nan)

    model = linear()
    fit = model.fit

    def poisoned(*args, callbacks, **options):
        return fit(*args, callbacks=[*callbacks, Poison()], **options)

    model.fit = poisoned
    kept = "no epoch before it" if epoch == 1 else "after epoch 2 is in"
    with pytest.raises(ValueError, match=f"of epoch {epoch} is nan.*{kept}"):
        train(model, splits, RECIPE, tmp_path, False)
    assert (tmp_path / "checkpoint.npz").exists() == (epoch > 1)
    assert not (tmp_path / "metrics.json").exists()


def test_a_split_with_nothing_present_is_refused(linear, series, tmp_path):
    mask = np.ones(series.values.shape, dtype=bool)
    mask[34 * 8 : 39 * 8] = False
    masked = dataclasses.replace(series, mask=mask)
    splits = make_windows(masked, history=2, horizon=2)
    with pytest.raises(ValueError, match="No target of the validation split"):
        train(linear(), splits, RECIPE, tmp_path, False)
    assert not list(tmp_path.iterdir())
