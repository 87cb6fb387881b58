"""`keras-stunet evaluate` and `keras-stunet forecast` on a finished run."""

import io
import json

import click.testing
import keras
import numpy as np
import pandas as pd
import pytest

from keras_stunet.cli import main
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.training import score_windows


def run(*arguments):
    return click.testing.CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of one epoch on 44 days of hourly readings at 4 sensors."""
    folder = tmp_path_factory.mktemp("finished")
    rng = np.random.default_rng(0)
    steps = np.arange(44 * 24)
    wave = np.sin(2 * np.pi * steps / 24)[:, None]
    values = 50 + 8 * wave + rng.normal(size=(len(steps), 4))
    half = np.roll(np.eye(4), 1, axis=1)
    series = Series(
        values=values,
        mask=rng.random(values.shape) < 0.95,
        adjacency=half + half.T,
        node_ids=["a", "b", "c", "d"],
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(1, "h"),
    )
    series.save(folder / "tiny.npz")
    result = run(
        *["train", folder / "tiny.npz", "--out", folder / "run"],
        *["--model", "gcgru", "--head", "direct", "--units", 2, "-K", 1],
        *["--epochs", 1],
        *["--history", 4, "--horizon", 6, "--calendar", "both"],
        *["--protocol", "days", "--quiet"],
    )
    assert result.exit_code == 0, result.output
    return folder / "run", series


def test_evaluate_gives_the_scores_of_the_run(finished):
    folder, series = finished
    result = run("evaluate", folder)
    assert result.exit_code == 0, result.output
    line, _, *table = result.output.strip().splitlines()
    assert line == "Test, 2021-04-09 00:00 to 2021-04-13 23:00, 75 windows."
    assert table == (folder / "table.md").read_text().strip().splitlines()


def test_evaluate_scores_another_split(finished):
    folder, series = finished
    result = run("evaluate", folder, "--split", "validation")
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    calendar = ("time_of_day", "day_of_week")
    splits = make_windows(series, "days", 4, 6, calendar=calendar)
    scores = score_windows(model, splits.validation)
    assert f"| model | {scores[3]['mae']:.3f} / " in result.output
    assert "3 h | 6 h" in result.output
    assert result.output.splitlines()[0] == (
        "Validation, 2021-04-04 00:00 to 2021-04-08 23:00, 75 windows."
    )


def test_evaluate_reports_the_steps_that_are_asked_for(finished):
    folder, _ = finished
    result = run("evaluate", folder, "--report-steps", "1,2")
    head = "| 1 h | 2 h | 6 h | all steps |"
    assert head in result.output.splitlines()[2]
    for steps, message in (("7", "1 to 6"), ("1,x", "expected such as 1,3,12")):
        result = run("evaluate", folder, "--report-steps", steps)
        assert result.exit_code and message in result.output


def test_errors_are_written_by_sensor_and_step(finished):
    folder, series = finished
    frame = pd.read_csv(folder / "errors.csv")
    assert frame["sensor"].unique().tolist() == ["a", "b", "c", "d"]
    assert frame["step"].tolist() == [1, 2, 3, 4, 5, 6] * 4
    scores = json.loads((folder / "metrics.json").read_text())["test"]
    part = frame[frame["step"] == 3]
    mae = (part["mae"] * part["count"]).sum() / part["count"].sum()
    assert mae == pytest.approx(scores["model"]["3"]["mae"], rel=1e-4)


def test_forecast_follows_the_last_readings_of_the_data_set(finished):
    folder, series = finished
    result = run("forecast", folder)
    assert result.exit_code == 0, result.output
    frame = pd.read_csv(
        io.StringIO(result.stdout), index_col=0, parse_dates=True
    )
    assert frame.columns.tolist() == ["a", "b", "c", "d"]
    hours = pd.date_range("2021-04-14 00:00", periods=6, freq="h")
    assert frame.index.tolist() == hours.tolist()
    # By hand: the last four hours, missing ones filled with the mean.
    mean = json.loads((folder / "sensors.json").read_text())["fill"]
    x = np.where(series.mask, series.values, mean)[-4:, :, None]
    day = np.arange(20, 24)[:, None, None] / 24 * np.ones((4, 4, 1))
    week = np.full((4, 4, 1), 1 / 7 * 1)  # 13 April 2021, a Tuesday
    model = keras.saving.load_model(folder / "model.keras", compile=False)
    x = np.concatenate([x, day, week], axis=-1)[None].astype("float32")
    expected = model.predict(x, verbose=0)[0, :, :, 0]
    np.testing.assert_allclose(frame, expected, atol=1e-3)


def test_forecast_from_a_file_to_a_file(finished, tmp_path):
    folder, series = finished
    index = pd.DatetimeIndex(series.timestamps, name="time")
    values = np.where(series.mask, series.values, np.nan)
    readings = pd.DataFrame(values, index, ["a", "b", "c", "d"])
    readings[["d", "c", "b", "a"]].iloc[-30:].to_csv(tmp_path / "now.csv")
    out = tmp_path / "next.csv"
    result = run(
        "forecast", folder, "--readings", tmp_path / "now.csv", "--out", out
    )
    assert result.exit_code == 0, result.output
    assert "6 steps of 1 h, from 2021-04-14 00:00:00" in result.output
    assert "4 sensors" in result.output
    assert "hardly trained on" not in result.stderr
    (1e3 * readings).to_csv(tmp_path / "milli.csv")
    result = run("forecast", folder, "--readings", tmp_path / "milli.csv")
    assert result.exit_code == 0, result.output
    assert "hardly trained on" in result.stderr
    assert out.read_text() == run("forecast", folder).stdout
    quiet = run("forecast", folder, "--out", out, "--quiet")
    assert (quiet.exit_code, quiet.output) == (0, "")


@pytest.mark.parametrize("command", ["evaluate", "forecast"])
def test_a_folder_without_a_run_is_refused(command, tmp_path):
    result = run(command, tmp_path)
    assert result.exit_code == 1
    assert "There is no config.json" in result.output


@pytest.mark.parametrize("command", ["evaluate", "forecast"])
def test_a_run_of_another_version_is_refused(command, finished, tmp_path):
    folder, _ = finished
    for file in folder.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    config["format"] = "keras_stunet.run.0"
    (tmp_path / "config.json").write_text(json.dumps(config))
    result = run(command, tmp_path)
    assert result.exit_code == 1 and "another version" in result.output
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    whole = (tmp_path / "model.keras").read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 255  # a check sum of the archive tells
    for damaged in (b"PK", bytes(flipped)):
        (tmp_path / "model.keras").write_bytes(damaged)
        result = run(command, tmp_path)
        assert result.exit_code == 1 and "could not be loaded" in result.output


def test_bad_options_are_refused(finished, tmp_path):
    folder, _ = finished
    result = run("evaluate", folder, "--split", "tests")
    assert result.exit_code == 2 and "Did you mean 'test'?" in result.output
    result = run("forecast", folder, "--out", tmp_path / "a.xls")
    assert result.exit_code == 1 and "ends in '.xls'" in result.output
    result = run("forecast", folder, "--out", tmp_path / "none" / "a.csv")
    assert result.exit_code == 1 and "Make it first" in result.output
    result = run("forecast", folder, "--readings", tmp_path / "none.csv")
    assert result.exit_code == 1 and "none.csv" in result.output
    assert not list(tmp_path.iterdir())
