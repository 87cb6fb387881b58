"""Fitted systems leave a folder that reads like any run's."""

import dataclasses
import json

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.experiments.classical_run import train_classical
from keras_stunet.experiments.outcome import collect
from keras_stunet.experiments.record import find_record
from keras_stunet.locks import run_lock
from keras_stunet.training.results import run_row


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """44 days of 12 readings, two hours apart, at 3 sensors."""
    rng = np.random.default_rng(0)
    steps = np.arange(44 * 12)
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    Series(
        values=50 + 9 * np.sin(steps / 2)[:, None] + rng.normal(size=(528, 3)),
        adjacency=np.ones((3, 3)) - np.eye(3),
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(2, "h"),
    ).save(path)
    return str(path)


OPTIONS = {"protocol": "days", "history": 2, "horizon": 3}


def test_scores_equal_a_count_by_hand(tiny, tmp_path):
    table = train_classical(tiny, tmp_path / "run", "persistence", **OPTIONS)
    series = Series.load(tiny)
    splits = make_windows(series, "days", 2, 3)

    def errors(windows, step):
        rows = windows.target_rows(np.arange(len(windows)))
        ahead = series.values[rows[:, step - 1]]
        return ahead - series.values[rows[:, 0] - 1]

    error = errors(splits.test, 3)
    row = run_row(tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    scores = metrics["test"]["model"]["3"]
    assert scores["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-6)
    rmse = np.sqrt((error**2).mean())
    assert scores["rmse"] == pytest.approx(rmse, rel=1e-6)
    assert scores == metrics["test"]["persistence"]["3"]
    val = [np.abs(errors(splits.validation, step)) for step in (1, 2, 3)]
    assert row["val_mae"] == pytest.approx(np.mean(val), abs=1e-4)
    assert (row["model"], row["epochs"], row["parameters"]) == (
        *("persistence", 0, 0),
    )
    assert row["backend"].startswith("numpy") and row["loss"] == ""
    assert row["protocol"] == "days" and row["precision"] == ""
    assert f"{scores['mae']:.3f} / {scores['rmse']:.3f}" in table
    assert (tmp_path / "run" / "table.md").read_text() == table + "\n"


def test_a_finished_run_is_not_made_again(tiny, tmp_path):
    folder = tmp_path / "run"
    first = train_classical(tiny, folder, "historical_average", **OPTIONS)
    written = (folder / "metrics.json").stat().st_mtime_ns
    again = train_classical(tiny, folder, "historical_average", **OPTIONS)
    assert again == first
    assert (folder / "metrics.json").stat().st_mtime_ns == written
    with pytest.raises(ValueError, match="model.name: 'historical_average'"):
        train_classical(tiny, folder, "persistence", **OPTIONS)
    with pytest.raises(ValueError, match="Did you mean 'arima'"):
        train_classical(tiny, folder, "arimaa", **OPTIONS)
    with run_lock(folder), pytest.raises(BlockingIOError):
        train_classical(tiny, folder, "historical_average", **OPTIONS)


def test_options_of_a_system_are_part_of_its_run(tiny, tmp_path):
    def run(folder, **options):
        train_classical(
            tiny, tmp_path / folder, "historical_average", **OPTIONS, **options
        )
        return run_row(tmp_path / folder)

    daily, weekly = run("daily"), run("weekly", weekly=True)
    assert daily["val_mae"] != weekly["val_mae"]
    assert "weekly=True" in weekly["options"]
    assert "weekly" not in daily["options"]
    with pytest.raises(ValueError, match="model.weekly: None then, True now"):
        run("daily", weekly=True)
    with pytest.raises(ValueError, match="no option 'C'"):
        run("other", C=1.0)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("system", ["linear_svr", "arima"])
def test_fitted_systems_run_from_data_to_a_row(
    system, tiny, make_job, tmp_path
):
    pytest.importorskip("sklearn" if system == "linear_svr" else "statsmodels")
    shipped = find_record("table1", "pemsd7/m", system).options
    asked = {"dataset": tiny, "system": system, **shipped, **OPTIONS}
    job = make_job(system, classical=True, precision="", arguments=asked)
    train_classical(folder=tmp_path / "run", **asked)
    assert collect(job, tmp_path / "run", tmp_path / "rows.csv") == "done"
    row = run_row(tmp_path / "run")
    assert row["model"] == system and row["epochs"] == 0
    scores = json.loads((tmp_path / "run" / "metrics.json").read_text())
    for step in ("1", "2", "3"):  # a sine and noise of 1: no hard task
        ours, naive = (
            scores["test"][name].get(step) for name in ("model", "persistence")
        )
        assert ours is None or ours["mae"] < naive["mae"]
    assert 0.7 < row["val_mae"] < 3


def test_days_without_a_reading_are_refused_and_not_scored(tiny, tmp_path):
    series = Series.load(tiny)
    mask = np.ones(series.values.shape, bool)
    mask[39 * 12 :] = False  # the test days
    gone = dataclasses.replace(series, mask=mask)
    gone.save(tmp_path / "gone.npz")
    run = tmp_path / "run"
    with pytest.raises(ValueError, match="No target of the test split"):
        train_classical(
            str(tmp_path / "gone.npz"), run, "persistence", **OPTIONS
        )
    assert not run.exists()
