"""A training for each of several seeds, and what is kept of them."""

import csv
import json

import keras
import numpy as np
import pytest

from keras_stunet.training import last_readings
from keras_stunet.training import load_run
from keras_stunet.training import train_model
from keras_stunet.training.runs.forecast import forecast_next

OPTIONS = {
    "model": "fnn",
    "history": 2,
    "horizon": 2,
    "units": 3,
    "layers": 1,
    "epochs": 2,
    "protocol": "days",
    "seed": 4,
    "progress": False,
}


@pytest.fixture(scope="module")
def ensemble(series, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ensemble")
    train_model(series, folder, seeds=2, **OPTIONS)
    return folder


def predictions(folder, windows):
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    x, _ = windows.gather(np.arange(len(windows)))
    return model.predict(x, verbose=0)


def test_it_is_the_mean_of_runs_of_each_seed(
    ensemble, series, splits, tmp_path
):
    parts = []
    for seed in (4, 5):
        train_model(series, tmp_path / str(seed), **OPTIONS | {"seed": seed})
        parts.append(predictions(tmp_path / str(seed), splits.test))
    assert np.abs(parts[0] - parts[1]).max() > 1e-3
    mean = (parts[0] + parts[1]) / 2
    given = predictions(ensemble, splits.test)
    np.testing.assert_allclose(given, mean, rtol=1e-5)
    metrics = json.loads((ensemble / "metrics.json").read_text())
    _, y = splits.test.gather(np.arange(len(splits.test)))
    mae = np.abs(mean.astype(float) - y)[:, -1].mean()
    assert metrics["test"]["model"]["2"]["mae"] == pytest.approx(mae, 1e-5)
    x, y = splits.validation.gather(np.arange(len(splits.validation)))
    given = predictions(ensemble, splits.validation).astype(float)
    val_mae = np.abs(given - y).mean()
    assert metrics["best"]["val_mae"] == pytest.approx(val_mae, rel=1e-5)
    with (ensemble / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    histories = []
    for seed in "45":
        with (tmp_path / seed / "history.csv").open() as file:
            histories.append([float(r["loss"]) for r in csv.DictReader(file)])
    np.testing.assert_allclose(
        [float(row["loss"]) for row in rows], np.mean(histories, axis=0)
    )


def test_it_forecasts_as_one_model(ensemble):
    run = load_run(ensemble)
    assert run.config["seeds"] == 2
    assert len(run.metrics["best"]["epoch"]) == 2
    assert forecast_next(run, last_readings(run)).shape == (2, 4)
    assert (ensemble / "intervals.npz").exists()


@pytest.mark.long
def test_a_second_start_goes_on_after_the_seed_that_is_done(
    ensemble, series, tmp_path, monkeypatch
):
    from keras_stunet.training import seeds as module

    fit_best, seen = module.fit_best, []

    def stop(model, splits, recipe, *args, **options):
        seen.append(recipe.seed)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return fit_best(model, splits, recipe, *args, **options)

    monkeypatch.setattr(module, "fit_best", stop)
    with pytest.raises(KeyboardInterrupt):
        train_model(series, tmp_path, seeds=2, **OPTIONS)
    before = (tmp_path / "seed_4" / "checkpoint.npz").read_bytes()
    train_model(series, tmp_path, seeds=2, resume=True, **OPTIONS)
    assert seen == [4, 5, 4, 5]
    assert (tmp_path / "seed_4" / "checkpoint.npz").read_bytes() == before
    found, right = (
        json.loads((folder / "metrics.json").read_text())
        for folder in (tmp_path, ensemble)
    )
    assert found["test"] == right["test"]


@pytest.mark.parametrize("seeds", [0, 1.5, "3"])
def test_numbers_of_seeds_that_are_none(series, tmp_path, seeds):
    with pytest.raises(ValueError, match="`seeds` is"):
        train_model(series, tmp_path / "run", seeds=seeds, **OPTIONS)
    assert not (tmp_path / "run").exists()


def test_another_number_of_seeds_is_another_run(ensemble, series):
    with pytest.raises(ValueError, match="seeds"):
        train_model(series, ensemble, seeds=3, resume=True, **OPTIONS)
