"""Arrays as PEMS has them: three commands from a file to bounds."""

import hashlib
import json

import click.testing
import numpy as np
import pandas as pd
import pytest

from keras_stunet.cli import main
from keras_stunet.data import Series
from keras_stunet.training import load_run
from keras_stunet.training import write_up
from keras_stunet.training.runs.report import gather_reports
from keras_stunet.training.runs.report import write_report

HOURS = 24 * 21
NAMES = ["flow", "occupancy", "speed"]
SMALL = ["--model", "fnn", "--units", "2", "--epochs", "1"]
SMALL += ["--history", "4", "--horizon", "3", "--measurements", ",".join(NAMES)]
UNITS = ["--unit", "veh/h,,mph"]


def run(*words):
    return click.testing.CliRunner().invoke(main, list(map(str, words)))


def started(start):
    return "--start", start, "--interval", "1h"


@pytest.fixture(scope="module")
def readings():
    """`(steps, N, D)` of three weeks and a day."""
    rng = np.random.default_rng(0)
    steps = HOURS + 24
    day = np.sin(2 * np.pi * np.arange(steps) / 24)[:, None, None]
    usual, swing = np.array([200, 0.06, 60]), np.array([90, 0.03, -8])
    noise = rng.normal(0, 0.1, (steps, 4, 3)) * swing
    return (usual + swing * day + noise).round(4)


@pytest.fixture(scope="module")
def folder(readings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pems")
    np.savez(folder / "PEMS08.npz", data=readings[:HOURS])
    np.savez(folder / "later.npz", data=readings[HOURS:])
    edges = "from,to,cost\n" + "".join(f"{i},{i + 1},300\n" for i in range(3))
    (folder / "PEMS08.csv").write_text(edges)
    return folder


@pytest.fixture(scope="module")
def trained(folder):
    out = folder / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write_up, "save_pictures", lambda *_: None)
        result = run(
            *("train", "--values", folder / "PEMS08.npz"),
            *("--graph", folder / "PEMS08.csv", "--targets", "flow,speed"),
            *(*started("2016-07-01"), *SMALL, *UNITS, "--out", out),
        )
    assert result.exit_code == 0, result.output
    return out


def test_three_commands_end_in_a_forecast_with_bounds(
    trained, folder, readings
):
    sensors = json.loads((trained / "sensors.json").read_text())
    assert sensors["measurements"] == NAMES
    assert sensors["units"] == ["veh/h", "", "mph"]
    assert sensors["targets"] == ["flow", "speed"]
    assert (sensors["unit"], sensors["minutes_per_step"]) == ("veh/h", 60)
    later = "--readings", folder / "later.npz", *started("2016-07-22")
    scored = run("evaluate", trained, *later, "--level", 0.8)
    assert scored.exit_code == 0, scored.output
    assert "**flow (veh/h)**" in scored.output
    assert "**speed (mph)**" in scored.output
    out = folder / "next.csv"
    result = run("forecast", trained, *later, "--level", 0.8, "--out", out)
    assert result.exit_code == 0, result.output
    table = pd.read_csv(out, dtype={"sensor": str})
    bounds = [f"{name}{end}" for name in ("flow", "speed") for end in ENDS]
    assert list(table.columns) == ["timestamp", "sensor", *bounds]
    assert table["timestamp"].unique().tolist() == [
        f"2016-07-23 0{hour}:00:00" for hour in range(3)
    ]
    assert table["sensor"].tolist() == ["0", "1", "2", "3"] * 3
    for name in ("flow", "speed"):
        middle = table[name]
        assert (table[f"{name} lower"] < middle).all()
        assert (middle < table[f"{name} upper"]).all()
    # The same readings in another form are forecast from alike.
    times = pd.date_range("2016-07-22", periods=24, freq="h", name="time")
    for at, name in enumerate(NAMES):
        frame = pd.DataFrame(readings[HOURS:, :, at], times, list("0123"))
        frame.to_csv(folder / f"{name}.csv")
    files = [f"--readings={name}={folder / name}.csv" for name in NAMES]
    again = run("forecast", trained, *files, "--level", 0.8)
    assert again.exit_code == 0, again.output
    assert again.stdout == out.read_text()
    one = run("forecast", trained, "--readings", folder / "flow.csv")
    assert one.exit_code == 1 and "has one measurement of 4" in one.output


ENDS = ("", " lower", " upper")


@pytest.mark.usefixtures("trained")
def test_what_does_not_fit_is_a_line_before_anything_is_written(folder):
    start = ["train", "--values", folder / "PEMS08.npz", *SMALL[:-2]]
    start += [*started("2016-07-01"), "--out", folder / "not"]
    for words, message in (
        (["--measurements", "flow,speed"], "3 measurements a sensor, and 2"),
        ([*SMALL[-2:], "--targets", "flw"], "Did you mean 'flow'"),
        ([*SMALL[-2:], "--unit", "mph"], "--unit names 1 units, and there are"),
        (["--values", f"speed={folder}/later.npz"], "given without a name"),
    ):
        result = run(*start, *words)
        assert result.exit_code in (1, 2), result.output
        assert message in " ".join(result.output.split())
        assert "Traceback" not in result.output
        assert not (folder / "not").exists()


@pytest.mark.usefixtures("trained")
def test_a_file_a_measurement_is_kept_with_its_digest(folder, readings):
    times = pd.date_range("2016-07-01", periods=HOURS, freq="h", name="time")
    files = []
    for name, at in (("flow", 0), ("speed", 2)):
        frame = pd.DataFrame(readings[:HOURS, :, at], times, list("abcd"))
        frame.to_csv(folder / f"all_{name}.csv")
        files += ["--values", f"{name}={folder}/all_{name}.csv"]
    out = folder / "of_files"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write_up, "save_pictures", lambda *_: None)
        result = run("train", *files, *SMALL[:-2], "--out", out)
    assert result.exit_code == 0, result.output
    saved = Series.load(out / "series.npz")
    assert saved.measurement_names == ["flow", "speed"]
    found = json.loads((out / "config.json").read_text())["files"]["values"]
    for name in ("flow", "speed"):
        path = folder / f"all_{name}.csv"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert found[name] == {"path": str(path), "sha256": digest}


def test_a_report_has_a_section_for_each_target(trained):
    loaded = load_run(trained)
    reports = gather_reports(loaded)
    assert [report.target for report in reports] == ["flow", "speed"]
    assert [report.unit for report in reports] == ["veh/h", "mph"]
    series = loaded.series()
    rows = np.searchsorted(series.timestamps, reports[0].times)
    for report, at in zip(reports, (0, 2), strict=True):
        np.testing.assert_allclose(
            report.truth, series.values[rows, :, at], rtol=1e-6
        )
        error = np.nanmean(abs(report.long - report.truth))
        assert report.mae_by_step[-1] == pytest.approx(error, rel=1e-5)


@pytest.mark.long
def test_the_page_of_several_targets(trained, tmp_path):
    pytest.importorskip("bokeh")
    write_report(load_run(trained), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "<h2>flow (veh/h)</h2>" in page and "<h2>speed (mph)</h2>" in page
    assert page.count("<dt>commit</dt>") == 1
