"""The page on a run."""

import re
import warnings

import click.testing
import numpy as np
import pytest

from keras_stunet.cli import main
from keras_stunet.training import load_run
from keras_stunet.training.runs.report import gather_reports
from keras_stunet.training.runs.report import write_report
from keras_stunet.training.train import train_model

OPTIONS = {"model": "fnn", "history": 2, "horizon": 2, "units": 2, "epochs": 1}


@pytest.fixture(scope="module")
def folder(series, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setitem(__import__("sys").modules, "matplotlib", None)
        train_model(series, folder, protocol="days", progress=False, **OPTIONS)
    return folder


def test_readings_and_forecasts_are_those_of_their_rows(folder, series):
    run = load_run(folder)
    (found,) = gather_reports(run)
    assert [name for name, *_ in found.days] == [
        str(day) for day in series.timestamps[-5 * 8 :: 8].astype("M8[D]")
    ]
    for name, first, last in found.days:
        days = series.timestamps.astype("datetime64[D]").astype(str)
        rows = np.flatnonzero(days == name)[2:]  # no target before
        np.testing.assert_array_equal(
            found.times[first:last], series.timestamps[rows]
        )
        np.testing.assert_array_equal(
            found.truth[first:last], series.values[rows]
        )
        x = np.stack([series.values[row - 2 : row] for row in rows[:-1]])
        made = np.asarray(run.model.predict_on_batch(x[..., None]))[..., 0]
        np.testing.assert_allclose(
            found.short[first : last - 1], made[:, 0], rtol=1e-5
        )
        np.testing.assert_allclose(
            found.long[first + 1 : last], made[:, 1], rtol=1e-5
        )
        assert np.isnan(found.long[first]).all()
    error = np.abs(found.long - found.truth)
    assert found.mae_by_step[1] == pytest.approx(np.nanmean(error), rel=1e-5)
    there = np.isfinite(found.long)
    assert (found.low < found.long)[there].all()
    assert (found.high > found.long)[there].all()


@pytest.mark.long
def test_the_page_needs_nothing_from_elsewhere(folder, tmp_path):
    pytest.importorskip("bokeh")
    path = tmp_path / "report.html"
    write_report(load_run(folder), path)
    page = path.read_text()
    assert "FNN on tiny" in page and "<th>commit</th>" in page
    assert not re.search(r'<(script|link)\s[^>]*(src|href)="http', page)
    assert len(page) < 5e6
    with pytest.raises(ValueError, match="does not end in .html"):
        write_report(load_run(folder), tmp_path / "report.txt")


@pytest.mark.long
def test_the_command(folder):
    pytest.importorskip("bokeh")
    result = click.testing.CliRunner().invoke(main, ["report", str(folder)])
    assert result.exit_code == 0, result.output
    assert (folder / "report.html").is_file()


def test_without_bokeh_the_extra_is_named(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bokeh.embed", None)
    with pytest.raises(ImportError, match=r'install "\.\[report\]"'):
        write_report(load_run(folder), tmp_path / "report.html")
