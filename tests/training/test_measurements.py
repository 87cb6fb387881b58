"""Runs on several measurements: what they write, say and forecast."""

import csv
import dataclasses
import json
import sys

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.training import evaluate_run
from keras_stunet.training import forecast_next
from keras_stunet.training import horizon_table
from keras_stunet.training import last_readings
from keras_stunet.training import load_run
from keras_stunet.training import train_model
from keras_stunet.training.results import append_row
from keras_stunet.training.results import run_row
from keras_stunet.training.runs.forecast import write_forecast

QUICK = {
    "model": "fnn",  # of the models the one that is quickest to compile
    "history": 2,
    "horizon": 2,
    "units": 8,
    "epochs": 1,
    "progress": False,
}
OPTIONS = {"targets": ["flow", "speed"], "scale": "sensor", **QUICK}
IDS = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def air(series):
    """Speed, flow and a temperature below 0, each with gaps of its own."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 20, (2, *series.values.shape))
    values = [series.values, 900 - 5 * series.values + noise[0], noise[1]]
    values = np.stack(values, axis=-1) * np.array([[1.0], [3], [1], [0.5]])
    return Series(
        values=values,
        mask=rng.random(values.shape) < 0.9,
        adjacency=series.adjacency,
        timestamps=series.timestamps,
        node_ids=IDS,
        name="air",
        measurements=["speed", "flow", "temperature"],
        units=["mph", "veh/h", ""],
    )


@pytest.fixture(scope="module", autouse=True)
def no_pictures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib", None)
        yield


def trained(*arguments, **options):
    with pytest.warns(UserWarning, match="whole but for its pictures"):
        return train_model(*arguments, **options)


@pytest.fixture(scope="module")
def finished(air, tmp_path_factory):
    folder = tmp_path_factory.mktemp("air") / "run"
    return folder, trained(air, folder, **OPTIONS)


def splits_of(air, **options):
    options = {"targets": OPTIONS["targets"], "scale": "sensor"} | options
    return make_windows(air, "windows", 2, 2, **options)


def test_a_run_says_what_it_forecasts_and_how_it_scales(finished, air):
    folder, table = finished
    config = json.loads((folder / "config.json").read_text())["model"]
    assert config["targets"] == ["flow", "speed"]
    assert (config["scale"], config["non_negative"]) == ("sensor", False)
    metrics = json.loads((folder / "metrics.json").read_text())
    assert list(metrics["test"]) == ["flow", "speed"]
    run = load_run(folder)
    scores = evaluate_run(run)
    for target, systems in scores.items():
        found = metrics["test"][target]["model"]["2"]
        assert found == pytest.approx(systems["model"][2])
    # The finished run, the file and the run read again tell the same.
    again = train_model(air, folder, resume=True, **OPTIONS)
    assert again == table == (folder / "table.md").read_text().strip()
    assert horizon_table(scores, 180, units=run.target_units) == table
    assert "**flow (veh/h)**" in table and "**speed (mph)**" in table
    with (folder / "errors.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 4 * 2
    assert [row["target"] for row in rows] == ["flow"] * 8 + ["speed"] * 8
    with pytest.raises(ValueError, match=r"model.targets: \['flow', 'speed'\]"):
        options = {**OPTIONS, "targets": "all", "resume": True}
        train_model(air, folder, **options)


def test_the_validation_error_is_in_standard_units(finished, air):
    folder, _ = finished
    splits = splits_of(air)
    x, y, mask = splits.validation.gather(np.arange(len(splits.validation)))
    forecast = load_run(folder).model.predict(x, verbose=0)
    errors = np.abs(y - forecast) / splits.std[:, [1, 0]]
    with (folder / "history.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["val_mae"]) == pytest.approx(errors[mask > 0].mean())


def test_forecasts_are_of_each_target(finished, air, tmp_path):
    run = load_run(finished[0])
    readings = last_readings(run)
    assert readings["flow"].columns.tolist() == IDS
    forecast = forecast_next(run, readings)
    assert forecast.columns.unique(0).tolist() == ["flow", "speed"]
    splits = splits_of(air)
    rows = np.arange(air.num_steps - 2, air.num_steps)
    x = splits.test.values[rows][None]
    expected = run.model.predict(x, verbose=0)[0]
    for at, target in enumerate(["flow", "speed"]):
        np.testing.assert_allclose(
            forecast[target], expected[..., at], rtol=1e-5
        )
    other = run.model.predict(x + 1, verbose=0)[0]
    assert not np.allclose(other, expected, rtol=1e-5)  # no dead units
    # Columns in another order are taken by name.
    mixed = readings[readings.columns[::-1]]
    pd.testing.assert_frame_equal(forecast_next(run, mixed), forecast)
    write_forecast(tmp_path / "next.csv", forecast)
    table = pd.read_csv(tmp_path / "next.csv")
    assert table.columns.tolist() == ["timestamp", "sensor", "flow", "speed"]
    assert table["sensor"].tolist() == IDS * 2
    wide = table.pivot(index="timestamp", columns="sensor", values="speed")
    np.testing.assert_allclose(wide, forecast["speed"], atol=1e-3)


def test_readings_of_one_measurement_alone_are_refused(finished):
    run = load_run(finished[0])
    readings = last_readings(run)
    with pytest.raises(ValueError, match="3: speed, flow, temp.*two levels"):
        forecast_next(run, readings["flow"])
    with pytest.raises(ValueError, match="no column for 1 .*: speed of b"):
        forecast_next(run, readings.drop(columns=[("speed", "b")]), strict=True)


def test_unusual_readings_are_told_by_measurement(finished):
    run = load_run(finished[0])
    readings = last_readings(run)
    readings["flow"] *= 100
    with pytest.warns(UserWarning, match="The mean of flow of .*unit .veh/h"):
        forecast_next(run, readings)


def test_each_target_has_a_row(finished, tmp_path):
    folder, _ = finished
    append_row(tmp_path / "rows.csv", folder)
    with (tmp_path / "rows.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["target"], row["unit"]) for row in rows] == [
        ("flow", "veh/h"),
        ("speed", "mph"),
    ]
    assert "scale=sensor" in rows[0]["options"]
    with pytest.raises(ValueError, match="2 targets, and a row for each"):
        run_row(folder)


def test_the_first_measurement_is_the_target_by_default(air, tmp_path):
    trained(air, tmp_path / "run", **QUICK)
    run = load_run(tmp_path / "run")
    assert run.model.output_shape == (None, 2, 4, 1)
    assert (run.unit, run.targets) == ("mph", ["speed"])
    forecast = forecast_next(run, last_readings(run))
    assert forecast.columns.tolist() == IDS
    assert next(iter(evaluate_run(run))) == "model"
    row = run_row(tmp_path / "run")
    assert "targets" not in row["options"]
    assert "scale=sensor" in row["options"]  # as the data suggest


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"targets": ["flw"]}, "no measurement 'flw'.*'flow'"),
        ({"targets": "all", "loss": "mae"}, '`loss` is "mae".*3 targets'),
        (
            {"targets": "temperature", "non_negative": True},
            "target 'temperature' has readings below 0",
        ),
        ({"scale": "node"}, "`scale` is 'node'"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    air, tmp_path, options, message
):
    with pytest.raises(ValueError, match=message):
        train_model(air, tmp_path / "run", **{**QUICK, **options})
    assert not [path for path in tmp_path.rglob("*") if path.suffix != ".lock"]


def test_a_target_without_a_reading_to_score_is_named(air, tmp_path):
    mask = air.mask.copy()
    mask[-80:, :, 1] = False
    gone = dataclasses.replace(air, mask=mask)
    with pytest.raises(ValueError, match="test split is present .flow."):
        train_model(gone, tmp_path / "run", **OPTIONS)
