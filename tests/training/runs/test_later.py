"""Readings of after a training: scores, and forecasts from each row."""

import warnings

import click.testing
import numpy as np
import pandas as pd
import pytest

from keras_stunet.cli import main
from keras_stunet.training import load_run
from keras_stunet.training.runs.forecast import forecast_next
from keras_stunet.training.runs.later import evaluate_later
from keras_stunet.training.runs.later import forecast_rolling
from keras_stunet.training.runs.later import read_later
from keras_stunet.training.runs.run_intervals import evaluate_intervals
from keras_stunet.training.runs.run_intervals import intervals_of
from keras_stunet.training.train import train_model

STEP = pd.Timedelta(hours=3)
OPTIONS = {"model": "fnn", "history": 2, "horizon": 2, "units": 2, "epochs": 1}


@pytest.fixture(scope="module")
def folders(series, tmp_path_factory):
    """A run by days and one by windows."""
    found = {}
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setitem(__import__("sys").modules, "matplotlib", None)
        for protocol in ("days", "windows"):
            folder = tmp_path_factory.mktemp("runs") / protocol
            train_model(
                series, folder, protocol=protocol, progress=False, **OPTIONS
            )
            found[protocol] = folder
    return found


@pytest.fixture(scope="module")
def runs(folders):
    return {name: load_run(folder) for name, folder in folders.items()}


@pytest.fixture
def readings(series):
    """Three days that follow the series, with a gap of four rows."""
    rng = np.random.default_rng(1)
    index = pd.date_range(series.timestamps[-1] + STEP, periods=24, freq=STEP)
    frame = pd.DataFrame(rng.normal(50, 8, (24, 4)), index, list("0123"))
    return frame.drop(index[9:13])


def predicted(run, rows):
    """The forecast from two rows, `(horizon, N)`."""
    x = rows.to_numpy("float32")[None, ..., None]
    return np.asarray(run.model.predict_on_batch(x))[0, :, :, 0]


@pytest.mark.parametrize("protocol", ["days", "windows"])
@pytest.mark.filterwarnings("ignore:.*missing row")
def test_scores_equal_an_independent_count(runs, readings, protocol):
    run, errors, targets = runs[protocol], [], []
    hourly = readings.asfreq(STEP)
    for first in range(len(hourly) - 3):
        rows = hourly.iloc[first : first + 4]
        if protocol == "days" and rows.index[0].day != rows.index[-1].day:
            continue
        made = predicted(run, rows.iloc[:2].fillna(run.fill))
        errors.append(made[1] - rows.to_numpy()[3])
        targets.append(rows.to_numpy()[3])
    scores = evaluate_later(run, readings)
    expected = np.nanmean(np.abs(errors))
    assert scores["model"][2]["mae"] == pytest.approx(expected, rel=1e-5)
    rmse = np.nanmean(np.square(errors)) ** 0.5
    assert scores["model"][2]["rmse"] == pytest.approx(rmse, rel=1e-5)
    assert {"historical average", "persistence"} < scores.keys()


def test_the_averages_are_of_the_training_part(runs, readings, series):
    whole = readings.iloc[:8]
    hours = [int(row.hour // 3) for row in whole.index]
    days = series.values[: 34 * 8].reshape(34, 8, 4).mean(axis=0)
    scores = evaluate_later(runs["days"], whole)
    errors = np.abs(days[hours[3:]] - whole.to_numpy()[3:])
    found = scores["historical average"][2]["mae"]
    assert found == pytest.approx(errors.mean(), rel=1e-5)


def test_rows_that_it_was_trained_on_are_noted(runs, series):
    frame = pd.DataFrame(series.values, series.timestamps, list("0123"))
    with pytest.warns(UserWarning, match="312 rows .* too good"):
        evaluate_later(runs["days"], frame)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluate_later(runs["days"], frame[39 * 8 :])


def test_rolling_forecasts_are_those_of_each_row(runs, readings):
    run = runs["windows"]
    whole = readings.iloc[:8]
    rolling = forecast_rolling(run, whole)
    assert rolling.index.names == ["origin", "timestamp"]
    origins = rolling.index.unique("origin")
    assert list(origins) == list(whole.index[1:])
    for origin in origins:
        alone = forecast_next(run, whole[:origin])
        of_origin = rolling.loc[origin]
        assert list(of_origin.index) == list(alone.index)
        np.testing.assert_allclose(of_origin, alone, rtol=1e-5)


def test_no_forecast_knows_a_row_after_its_origin(runs, readings):
    run, whole = runs["windows"], readings.iloc[:8]
    changed = whole.copy()
    changed.iloc[5:] += 20
    before, after = (forecast_rolling(run, rows) for rows in (whole, changed))
    same = before.index.get_level_values("origin") <= whole.index[4]
    pd.testing.assert_frame_equal(before[same], after[same])
    assert (before[~same] != after[~same]).any(axis=None)


def test_of_every_third_row_the_first_comes_first(runs, readings):
    run, whole = runs["windows"], readings.iloc[:8]
    third = forecast_rolling(run, whole, every=3).index.unique("origin")
    assert list(third) == [whole.index[1], whole.index[4], whole.index[7]]
    with pytest.raises(ValueError, match="`every` is 0"):
        forecast_rolling(run, whole, every=0)


def test_a_day_without_rows_breaks_windows(runs, readings):
    run = runs["windows"]
    two_days = readings.drop(readings.index[readings.index.day == 15])
    with pytest.warns(UserWarning, match="1 whole day"):
        rolling = forecast_rolling(run, two_days)
    steps = rolling.index.to_frame()
    at_midnight = steps.origin.dt.hour == 0
    assert not at_midnight.iloc[2:].any()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (lambda frame: frame.iloc[:3], "no window of 2 . 2 steps"),
        (lambda frame: frame.iloc[:8].asfreq("1h"), "1 h apart; .* 3 h"),
        (lambda frame: frame.add_prefix("x"), "no column for 4 of 4"),
        (lambda frame: frame * np.nan, "No reading in the 24 rows is present"),
        (
            lambda frame: pd.concat([frame[:2], frame[2:4] * np.nan]),
            "window of the readings forecasts is present, .*nothing to score",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:.*missing row")
def test_what_cannot_be_scored_says_why(runs, readings, rows, message):
    with pytest.raises(ValueError, match=message):
        evaluate_later(runs["windows"], rows(readings))


@pytest.mark.filterwarnings("ignore:.*missing row")
def test_what_has_no_reading_is_told(runs, readings):
    run, dead = runs["windows"], readings.assign(**{"2": np.nan})
    told = "1 sensor without a reading in the 24 rows: 2. Taken as missing"
    with pytest.warns(UserWarning, match=told):
        scores = evaluate_later(run, dead)
    with pytest.warns(UserWarning, match=told):
        forecast_rolling(run, dead)
    with pytest.raises(ValueError, match="24 rows have no reading of 1 se.*2"):
        forecast_rolling(run, dead, strict=True)
    with pytest.warns(UserWarning, match="no column for 1 of 4 sensors: 2"):
        assert evaluate_later(run, dead.drop(columns="2")) == scores
    with pytest.raises(ValueError, match="No reading in the 24 rows is presen"):
        forecast_rolling(run, readings * np.nan)
    # The gap of four rows is longer than the history of two.
    with pytest.warns(UserWarning, match="3 of 23 origins have no reading"):
        forecast_rolling(run, readings)


def test_later_readings_in_another_unit_are_told(runs, readings):
    with pytest.warns(UserWarning, match="The mean of the 8 rows .* hardly tr"):
        evaluate_later(runs["windows"], readings.iloc[:8] * 1.609)


def test_files_of_a_folder_are_read_together(readings, tmp_path):
    readings.iloc[:8].to_csv(tmp_path / "a.csv", index_label="time")
    readings.iloc[8:].to_csv(tmp_path / "b.csv", index_label="time")
    (tmp_path / "notes.txt").write_text("not readings")
    found = read_later([tmp_path])
    np.testing.assert_allclose(found, readings)
    assert list(found.index) == list(readings.index)
    both = read_later([tmp_path / "a.csv", tmp_path / "b.csv"])
    pd.testing.assert_frame_equal(found, both)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no files of readings"):
        read_later([tmp_path / "empty"])
    frame = readings.iloc[8:].tz_localize("UTC")
    frame.to_csv(tmp_path / "b.csv", index_label="time")
    with pytest.raises(ValueError, match=r"b\.csv, .* one.*a\.csv, .* none"):
        read_later([tmp_path])


def test_the_commands(folders, readings, tmp_path):
    def command(*arguments):
        return click.testing.CliRunner().invoke(main, map(str, arguments))

    path, out = tmp_path / "later.csv", tmp_path / "out.csv"
    readings.iloc[:8].to_csv(path, index_label="time")
    scored = command("evaluate", folders["days"], "--readings", path)
    assert scored.exit_code == 0, scored.output
    assert "| persistence |" in scored.output
    first, last = (str(readings.index[at])[:16] for at in (0, 7))
    assert scored.output.startswith(f"Readings, {first} to {last}, ")
    steps = ("--readings", path, "--report-steps", 1)
    scored = command("evaluate", folders["days"], *steps)
    assert "| 3 h | 6 h |" in scored.output, scored.output
    dead = readings.iloc[:8].drop(columns="2")
    dead.to_csv(tmp_path / "dead.csv", index_label="time")
    strict = ("--readings", tmp_path / "dead.csv", "--strict")
    for how in ((), ("--rolling",)):
        refused = command("forecast", folders["days"], *strict, *how)
        assert refused.exit_code == 1 and "no column for 1" in refused.output
    both = ("--readings", path, "--split", "test")
    assert command("evaluate", folders["days"], *both).exit_code == 2
    options = ("--readings", path, "--rolling", "--every", 2, "--out", out)
    made = command("forecast", folders["days"], *options)
    assert made.exit_code == 0, made.output
    assert "8 steps of 3 h, from" in made.output
    written = pd.read_csv(out)
    assert list(written) == ["origin", "timestamp", *"0123"]
    assert len(written) == 8
    assert command("forecast", folders["days"], "--rolling").exit_code == 2
    assert command("forecast", folders["days"], "--every", 2).exit_code == 2


def test_bounds_go_with_forecasts_and_are_scored(folders, readings, tmp_path):
    run = load_run(folders["days"])
    assert (folders["days"] / "intervals.npz").is_file()
    whole = readings.iloc[:8]
    made = forecast_next(run, whole, level=0.8)
    assert list(made.columns.unique(0)) == ["forecast", "lower", "upper"]
    alone = forecast_next(run, whole)
    np.testing.assert_allclose(made["forecast"], alone, rtol=1e-6)
    half = intervals_of(run).bounds(np.zeros((2, 4, 1)), 0.8)[1][..., 0]
    np.testing.assert_allclose(made["upper"] - alone, half, rtol=1e-4)
    np.testing.assert_allclose(alone - made["lower"], half, rtol=1e-4)
    rolling = forecast_rolling(run, whole, every=7, level=0.8)
    assert list(rolling.columns.unique(0)) == ["forecast", "lower", "upper"]
    path, out = tmp_path / "later.csv", tmp_path / "out.csv"
    whole.to_csv(path, index_label="time")
    options = ("--readings", path, "--level", 0.8)
    invoke = click.testing.CliRunner().invoke
    done = invoke(
        main,
        [str(x) for x in ("forecast", run.folder, *options, "--out", out)],
    )
    assert done.exit_code == 0, done.output
    written = pd.read_csv(out)
    assert list(written) == [
        *("timestamp", "sensor", "forecast", "lower", "upper")
    ]
    assert len(written) == 2 * 4
    done = invoke(main, [str(x) for x in ("evaluate", run.folder, *options)])
    assert done.exit_code == 0 and "| coverage % |" in done.output, done.output
    for level in ("1.2", "0"):
        done = invoke(main, ["forecast", str(run.folder), "--level", level])
        assert done.exit_code == 2 and "range 0<x<1" in done.output


@pytest.mark.parametrize("level", [None, 0.8])
@pytest.mark.parametrize("forecast", [forecast_next, forecast_rolling])
def test_bounds_of_sensors_without_readings_have_a_note(
    folders, readings, forecast, level
):
    run = load_run(folders["days"])
    gone = readings.iloc[:8].drop(columns="2")
    empty = readings.iloc[:8].assign(**{"2": np.nan})
    for given, what in ((gone, "no column for 1"), (empty, "1 sensor without")):
        with pytest.warns(UserWarning, match=what) as said:
            forecast(run, given, level=level)
        (note,) = [str(x.message) for x in said if what in str(x.message)]
        assert note.endswith("too narrow for these.") == (level is not None)


def test_intervals_are_those_of_the_second_half_of_validation(folders, series):
    run = load_run(folders["windows"])
    kept = intervals_of(run)
    (run.folder / "intervals.npz").rename(run.folder / "gone.npz")
    made = intervals_of(load_run(folders["windows"]))
    (run.folder / "gone.npz").rename(run.folder / "intervals.npz")
    np.testing.assert_allclose(kept.radius, made.radius, rtol=1e-5)
    scores = evaluate_intervals(run, run.windows().test, 0.8)
    assert 0.5 < scores["all"]["coverage"] < 1
