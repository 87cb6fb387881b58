"""A run whose model knows what is usual: trained, scored, asked, resumed."""

import dataclasses
import json

import keras
import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import make_windows
from keras_stunet.evaluation.importance import permutation_importance
from keras_stunet.training.runs.export import export_run
from keras_stunet.training.runs.forecast import forecast_next
from keras_stunet.training.runs.load import load_run
from keras_stunet.training.train import train_model

QUICK = {
    "model": "st_unet_plus",
    "protocol": "days",
    "history": 2,
    "horizon": 2,
    "units": 4,
    "layers": 1,
    "graphs": 1,
    "epochs": 2,
    "progress": False,
}


@pytest.fixture(scope="module")
def gapped(series):
    present = np.random.default_rng(1).random(series.values.shape) < 0.9
    return dataclasses.replace(series, mask=present)


@pytest.fixture(scope="module")
def folder(gapped, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "known"
    train_model(gapped, folder, **QUICK)
    return folder


def test_its_recipe_and_inputs_are_its_own(folder):
    config = json.loads((folder / "config.json").read_text())
    recipe = config["recipe"]
    assert (recipe["loss"], recipe["batch_size"]) == ("l1", 32)
    assert recipe["epochs"] == 2  # given
    assert config["model"]["calendar"] == ["time_of_day", "day_of_week"]
    assert config["model"]["profile"] is True


def test_the_scores_are_those_of_its_model(folder, gapped):
    run = load_run(folder)
    splits = make_windows(
        gapped,
        history=2,
        horizon=2,
        calendar=("time_of_day", "day_of_week"),
        profile=True,
    )
    np.testing.assert_array_equal(run.model.profile, splits.profile.table)
    x, y, mask = splits.test.gather(np.arange(len(splits.test)))
    error = np.abs(run.model.predict(x, verbose=0) - y)[:, 1][mask[:, 1] > 0]
    scores = json.loads((folder / "metrics.json").read_text())["test"]
    assert scores["model"]["2"]["mae"] == pytest.approx(error.mean(), 1e-4)


def test_the_next_steps_are_forecast_with_what_is_usual_then(folder, gapped):
    run = load_run(folder)
    times = pd.DatetimeIndex(gapped.timestamps[-6:-2])
    readings = pd.DataFrame(gapped.values[-6:-2], times, run.sensors)
    readings[~gapped.mask[-6:-2]] = np.nan
    found = forecast_next(run, readings)
    windows = make_windows(
        gapped,
        history=2,
        horizon=2,
        calendar=("time_of_day", "day_of_week"),
        profile=True,
    ).test
    (x, future), *_ = windows.gather([len(windows) - 1])
    expected = run.model.predict([x, future], verbose=0)[0, ..., 0]
    times = pd.DatetimeIndex(gapped.timestamps[-2:])
    assert found.index.name == "timestamp" and all(found.index == times)
    np.testing.assert_allclose(found, expected, 1e-4)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow exports"
)
def test_it_is_exported_with_both_inputs(folder, tmp_path):
    import tensorflow as tf

    run = load_run(folder)
    said = export_run(run, tmp_path / "model")
    assert list(said["inputs"]) == ["history", "future"]
    assert said["features_ahead"][-2:] == ["reading usual", "reading spread"]
    x, *_ = run.windows().test.gather([0, 1])
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    found = loaded.serve([tf.constant(part) for part in x]).numpy()
    expected = np.asarray(run.model.predict_on_batch(x))
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_what_it_rests_on_leaves_what_is_known_as_it_is(folder):
    run = load_run(folder)
    windows = run.windows().validation
    found = permutation_importance(run.model, windows, np.eye(4), 10)
    assert found.inputs.shape == (2, windows.num_features)
    assert len(windows.feature_names) == windows.num_features
    # The other sensors reach one by the learned graphs alone.
    assert np.abs(found.sensors).max() > 0


@pytest.mark.filterwarnings("ignore:'tiny' has no timestamps")
def test_without_times_the_model_does_without(series, tmp_path):
    bare = dataclasses.replace(series, timestamps=None)
    with pytest.warns(UserWarning, match="no usual reading by time of day"):
        options = {**QUICK, "protocol": "windows", "epochs": 1}
        train_model(bare, tmp_path / "run", **options)
    run = load_run(tmp_path / "run")
    assert run.model.profile is None
    assert run.config["model"]["calendar"] == []
