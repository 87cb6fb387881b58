"""Runs whose models know something in advance: trained, scored, asked."""

import dataclasses
import json
import os

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from keras_stunet.cli import main
from keras_stunet.training import Stream
from keras_stunet.training import evaluate_run
from keras_stunet.training import forecast_next
from keras_stunet.training import last_readings
from keras_stunet.training import load_run
from keras_stunet.training.results import run_row
from keras_stunet.training.runs.export import describe_model
from keras_stunet.training.runs.later import evaluate_later
from keras_stunet.training.runs.later import forecast_rolling
from keras_stunet.training.runs.run_preset import preset_of_run
from keras_stunet.training.train import train_model

QUICK = {
    "protocol": "windows",
    "parts": (6, 2, 2),
    "history": 2,
    "horizon": 2,
    "units": 4,
    "layers": 1,
    "batch_size": 64,
    "epochs": 1,
    "progress": False,
}
MODELS = {
    "fnn": {},
    "gcgru": {"K": 1},
    "st_unet_plus": {"graphs": 1},
}
DAYS = np.array(["work", "work", "feast"])


@pytest.fixture(scope="module")
def known(series):
    """The series with rain, wind at each sensor, kinds of days, and lanes."""
    rng = np.random.default_rng(0)
    rows = series.num_steps + 3  # known for three steps more
    return dataclasses.replace(
        series,
        node_ids=["a", "b", "c", "d"],
        covariates={
            "rain": rng.gamma(2, size=rows),
            "wind": rng.normal(size=(rows, 4)),
            "day": DAYS[np.arange(rows) // 8 % 3],
        },
        static={"lanes": [2, 2, 3, 4], "kind": ["x", "x", "y", "y"]},
    )


@pytest.fixture(scope="module")
def folders(known, tmp_path_factory):
    base = tmp_path_factory.mktemp("runs")
    for name, options in MODELS.items():
        train_model(known, base / name, model=name, **QUICK, **options)
    return base


def later_frame(known, start, count):
    """What the series knows from a row on, as data frames."""
    rows = slice(start, start + count)
    step = np.timedelta64(3, "h")
    times = known.timestamps[0] + np.arange(start, start + count) * step
    times = pd.DatetimeIndex(times)
    columns = known.covariates
    plain = pd.DataFrame(
        {name: columns[name][rows] for name in ("rain", "day")}, times
    )
    names = pd.MultiIndex.from_product([["wind"], list("abcd")])
    return [plain, pd.DataFrame(columns["wind"][rows], times, names)]


@pytest.mark.parametrize("name", MODELS)
def test_the_last_forecast_takes_what_is_known_of_its_steps(
    folders, known, name, tmp_path
):
    run = load_run(folders / name)
    readings = last_readings(run)
    found = forecast_next(run, readings)
    # What is given says the same as the data of the run.
    frames = later_frame(known, len(known.values) - 2, 4)
    rolling = forecast_rolling(run, readings, covariates=frames)
    np.testing.assert_allclose(rolling, found, rtol=1e-5)
    given = forecast_next(run, readings, covariates=frames)
    np.testing.assert_allclose(given, found, rtol=1e-5)
    # And another forecast of the weather is another forecast.
    frames[0]["rain"] = frames[0]["rain"].to_numpy() + [0, 0, 0, 5]
    other = forecast_next(run, readings, covariates=frames)
    assert not np.allclose(other, found, rtol=1e-4)

    stream = Stream(run)
    for time, row in readings.iterrows():
        stream.push(time, row.to_dict())
    frames = later_frame(known, len(known.values) - 2, 4)
    again = stream.forecast(covariates=frames)
    np.testing.assert_allclose(again, found, rtol=1e-5)
    # Without the data of the run all must be given.
    preset_of_run(folders / name, tmp_path / "preset")
    kept = load_run(tmp_path / "preset")
    again = forecast_next(kept, readings, covariates=frames)
    np.testing.assert_allclose(again, found, rtol=1e-5)
    with pytest.raises(ValueError, match="with rain, wind, day. There is"):
        forecast_next(kept, readings, covariates=frames[1])


@pytest.mark.parametrize("name", MODELS)
def test_scores_are_those_of_its_windows(folders, known, name):
    run = load_run(folders / name)
    test = run.windows().test
    x, y = test.gather(np.arange(len(test)))
    assert isinstance(x, tuple) == (name != "fnn")
    made = np.asarray(run.model.predict(x, verbose=0))
    expected = np.abs(made - y).mean()
    scores = evaluate_run(run)["model"]["all"]
    assert scores["mae"] == pytest.approx(expected, rel=1e-4)
    rows = test.covered_rows()
    readings = pd.DataFrame(
        known.values[rows], known.timestamps[rows], list("abcd")
    )
    later = evaluate_later(run, readings)["model"]["all"]
    assert later["mae"] == pytest.approx(expected, rel=1e-4)


def test_the_run_says_how_they_became_features(folders):
    run = load_run(folders / "gcgru")
    sensors = json.loads((folders / "gcgru" / "sensors.json").read_text())
    rain, wind, day = sensors["covariates"]
    assert set(rain) == set(wind) == {"name", "mean", "std"}
    assert day == {"name": "day", "categories": ["feast", "work"]}
    assert sensors["static"]["values"]["kind"] == ["x", "x", "y", "y"]
    said = describe_model(run, "onnx")
    assert said["features"] == run.windows().train.feature_names
    assert said["features_ahead"] == run.windows().train.future_names
    assert "rain" in said["features_ahead"]


def test_what_is_missing_is_said(folders, known):
    run = load_run(folders / "fnn")
    frames = later_frame(known, len(known.values) - 2, 3)
    later = pd.DataFrame(
        known.values[-2:],
        pd.DatetimeIndex(known.timestamps[-2:]) + pd.Timedelta("6h"),
        list("abcd"),
    )
    with pytest.raises(ValueError, match="'rain' is not known at 1 time: 20"):
        forecast_next(run, later)
    with pytest.raises(ValueError, match="'rain' is not known at 1 time: 20"):
        forecast_next(run, later, covariates=frames)
    frames = later_frame(known, len(known.values) - 2, 4)
    frames[0]["day"] = "strike"
    with pytest.warns(UserWarning, match="strike did not occur in training"):
        forecast_next(run, last_readings(run), covariates=frames)
    frames[0]["day"] = 3  # a category by a number is one
    with pytest.warns(UserWarning, match="3.* did not occur in training"):
        forecast_next(run, last_readings(run), covariates=frames)
    frames[0]["rain"] = "much"
    with pytest.raises(ValueError, match="'rain' holds text, such as 'much'"):
        forecast_next(run, last_readings(run), covariates=frames)
    frames[0]["rain"] = np.nan
    with pytest.raises(ValueError, match="'rain'.*expected a finite number"):
        forecast_next(run, last_readings(run), covariates=frames)


@pytest.mark.long
def test_training_further_keeps_scales_and_categories(
    folders, known, series, tmp_path
):
    # More rain than before, and another category.
    changed = dict(known.covariates)
    changed["rain"] = changed["rain"] * 9
    changed["day"] = np.where(changed["day"] == "feast", "x", changed["day"])
    other = dataclasses.replace(known, covariates=changed)
    options = {"start_from": folders / "fnn", "epochs": 1, "progress": False}
    with pytest.warns(UserWarning, match="'day': x did not occur in training"):
        train_model(other, tmp_path / "run", **options)
    run, parent = load_run(tmp_path / "run"), load_run(folders / "fnn")
    assert run.encoding == parent.encoding
    with pytest.warns(UserWarning, match="'day': x did not occur in training"):
        x, _ = run.windows().train.gather([0])
    before, _ = parent.windows().train.gather([0])
    rain = parent.covariates[0]
    scaled = 9 * before[..., 1] + 8 * rain["mean"] / rain["std"]
    np.testing.assert_allclose(x[..., 1], scaled, rtol=1e-4)

    wanted = {
        "rain, wind, day": dataclasses.replace(known, covariates=None),
        "lanes, kind": dataclasses.replace(known, static=None),
    }
    for names, lacking in wanted.items():
        with pytest.raises(ValueError, match=f"of the training: {names}"):
            train_model(lacking, tmp_path / "other", **options)
    train_model(series, tmp_path / "plain", model="fnn", **QUICK)
    options["start_from"] = tmp_path / "plain"
    bare = dataclasses.replace(known, node_ids=None)
    with pytest.raises(ValueError, match="was trained without. Leave them"):
        train_model(bare, tmp_path / "other", **options)
    assert not (tmp_path / "other" / "config.json").exists()


def test_other_covariates_are_other_data(known, folders):
    changed = dict(known.covariates)
    changed["rain"] = changed["rain"] + 1
    other = dataclasses.replace(known, covariates=changed)
    with pytest.raises(ValueError, match="data are not those"):
        train_model(other, folders / "fnn", "fnn", resume=True, **QUICK)


def invoke(*words):
    return CliRunner().invoke(main, [os.fspath(word) for word in words])


def test_the_commands_take_files(known, tmp_path):
    readings = pd.DataFrame(known.values, known.timestamps, list("abcd"))
    readings.iloc[:-8].to_csv(tmp_path / "speeds.csv", index_label="time")
    readings.iloc[-8:].to_csv(tmp_path / "later.csv", index_label="time")
    plain, _ = later_frame(known, 0, known.num_steps + 3)
    plain.to_csv(tmp_path / "known.csv", index_label="time")
    plain.iloc[:-11].to_csv(tmp_path / "short.csv", index_label="time")
    kinds = pd.DataFrame(known.static, index=list("abcd"))
    kinds.to_csv(tmp_path / "static.csv", index_label="sensor")
    words = ["train", "--values", tmp_path / "speeds.csv", "--model", "fnn"]
    words += ["--history", "2", "--horizon", "2", "--units", "4", "--quiet"]
    words += ["--static", tmp_path / "static.csv", "--epochs", "1"]
    out = ["--out", tmp_path / "run"]
    done = invoke(*words, "--covariates", tmp_path / "static.csv", *out)
    assert done.exit_code == 1 and not (tmp_path / "run").exists()
    done = invoke(*words, "--covariates", tmp_path / "short.csv", *out)
    assert done.exit_code == 0, done.output
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert {"static", "covariates_1"} < set(config["files"])

    done = invoke("forecast", tmp_path / "run")
    assert done.exit_code == 1
    assert "is not known at 2 times" in done.output
    assert "(--covariates)" in done.output
    more = ["--covariates", tmp_path / "known.csv"]
    done = invoke("forecast", tmp_path / "run", *more)
    assert done.exit_code == 0 and len(done.output.splitlines()) == 3
    # The steps ahead alone: the others are in the run's data.
    plain.iloc[-11:].to_csv(tmp_path / "ahead.csv", index_label="time")
    again = invoke(
        "forecast", tmp_path / "run", "--covariates", tmp_path / "ahead.csv"
    )
    assert again.output == done.output
    later = ["--readings", tmp_path / "later.csv"]
    done = invoke("forecast", tmp_path / "run", *later, "--rolling", *more)
    assert done.exit_code == 0, done.output
    done = invoke("evaluate", tmp_path / "run", *later, *more)
    assert done.exit_code == 0 and "| model |" in done.output, done.output
    done = invoke("evaluate", tmp_path / "run", *more)
    assert done.exit_code == 2 and "--readings" in done.output


@pytest.mark.usefixtures("undrawn")
def test_covariates_go_beside_data_of_a_name(series, known, tmp_path):
    path = tmp_path / "tiny.npz"
    series.save(path)
    frames = later_frame(known, 0, known.num_steps + 3)
    options = {**QUICK, "model": "fnn", "covariates": frames}
    options["static"] = pd.DataFrame(known.static, list("0123"))
    frames[1].columns = pd.MultiIndex.from_product([["wind"], list("0123")])
    run = tmp_path / "run"
    with pytest.raises(ValueError, match="'rain' is not known at 2 times"):
        short = {**options, "covariates": [x.iloc[:-5] for x in frames]}
        train_model(str(path), run, **short)
    assert not run.exists()
    train_model(str(path), run, **options)
    loaded = load_run(run)
    assert loaded.config["dataset"] == str(path)
    assert [x["name"] for x in loaded.covariates] == ["rain", "day", "wind"]
    made = forecast_next(loaded, last_readings(loaded))
    of_series = tmp_path / "of_series"
    plain = dict.fromkeys(["covariates", "static"])
    ordered = {x: known.covariates[x] for x in ("rain", "day", "wind")}
    train_model(
        dataclasses.replace(known, node_ids=None, covariates=ordered),
        of_series,
        **{**options, **plain},
    )
    loaded = load_run(of_series)
    wanted = forecast_next(loaded, last_readings(loaded))
    pd.testing.assert_frame_equal(made, wanted)
    row = run_row(run)
    assert "covariates=rain,day,wind static=lanes,kind" in row["options"]
