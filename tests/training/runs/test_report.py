"""The page on a run."""

import dataclasses
import re
import warnings

import click.testing
import numpy as np
import pytest

from keras_stunet.cli import main
from keras_stunet.evaluation.error_profile import profile_errors
from keras_stunet.training import load_run
from keras_stunet.training.runs.explain import read_explanation
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
    assert found.first_sensor == np.argmax(found.mae_by_sensor)
    error = np.abs(found.long - found.truth)
    by_sensor = profile_errors(run.model, run.windows().test).by_node
    np.testing.assert_allclose(found.mae_by_sensor, by_sensor)
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
    assert "FNN on tiny" in page and "<dt>commit</dt>" in page
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


def test_a_missing_reading_is_a_gap_on_the_page(folder):
    pytest.importorskip("bokeh")
    from keras_stunet.plotting.report_charts import day_chart
    from keras_stunet.plotting.report_charts import sensor_source

    run = load_run(folder)
    mask = np.ones(run.series().values.shape, bool)
    mask[-1, 2] = False
    run._series = dataclasses.replace(run.series(), mask=mask)
    (report,) = gather_reports(run)
    assert np.isnan(report.truth[-1, 2]) and np.isnan(report.truth).sum() == 1
    layout = day_chart(report, sensor_source(report))
    packed = layout.children[0].js_property_callbacks["change:value"][0]
    packed = packed.args["readings"].data["truth"]
    assert (packed == -32_768).sum() == 1 and packed[-2] == -32_768


def explained(folder, sensors="0123"):
    """Tables as `explain` writes them."""
    folder.mkdir(parents=True)
    features = [f"{name},0,{rise}" for rise, name in enumerate("abcdefghij")]
    for name, lines in (
        ("inputs", ["feature,step,mae_rise", *features]),
        ("hops", ["edges,pairs,mae_rise", "0.0,4,2.5", "1.0,8,0.1", "inf,4,0"]),
        (
            "sensors",
            ["sensor,mae,mae_rise_without_others"]
            + [f"{name},1,0.{name}" for name in sensors],
        ),
    ):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def test_what_was_explained_is_on_the_page(folder, tmp_path):
    pytest.importorskip("bokeh")
    from keras_stunet.plotting.report_charts import sensor_source
    from keras_stunet.plotting.report_reasons import explanation_charts

    run = load_run(folder)
    (report,) = gather_reports(run)
    assert report.explanation is None  # nothing beside it
    explained(tmp_path / "explain")
    report.explanation = read_explanation(tmp_path / "explain")
    inputs, hops, others = explanation_charts(report, sensor_source(report))
    # Eight of ten features, those that matter most.
    labels = [item.label.value for item in inputs.legend.items]
    assert labels == list("jihgfedc")
    assert "itself: 2.500" in hops.title.text
    (bars,) = hops.renderers
    assert list(bars.data_source.data["x"]) == [1.0]
    assert list(bars.data_source.data["top"]) == [0.1]
    (places,) = others.renderers
    assert list(places.data_source.data["others"]) == [0.0, 0.1, 0.2, 0.3]


@pytest.mark.long
def test_a_page_goes_to_a_folder_that_is_not_there_yet(folder, tmp_path):
    pytest.importorskip("bokeh")
    explained(tmp_path / "new" / "explain")
    write_report(load_run(folder), tmp_path / "new" / "report.html")
    page = (tmp_path / "new" / "report.html").read_text()
    assert "what forecasts rest on" in page
    explained(tmp_path / "other" / "explain", "012x")
    with pytest.warns(UserWarning, match="is of other sensors"):
        write_report(load_run(folder), tmp_path / "other" / "report.html")
    page = (tmp_path / "other" / "report.html").read_text()
    assert "what forecasts rest on" not in page


def test_a_table_that_is_missing_explains_nothing(tmp_path):
    explained(tmp_path / "explain")
    (tmp_path / "explain" / "hops.csv").unlink()
    assert read_explanation(tmp_path / "explain") is None


def test_without_bokeh_the_extra_is_named(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bokeh.embed", None)
    with pytest.raises(ImportError, match=r'install "\.\[report\]"'):
        write_report(load_run(folder), tmp_path / "report.html")
