"""The page on a run in a browser: it is drawn, and a click shows a sensor."""

import asyncio
import csv
import warnings

import pytest

from keras_stunet.training import load_run
from keras_stunet.training.runs.explain import FOLDER
from keras_stunet.training.runs.report import write_report
from keras_stunet.training.train import train_model
from tests import browser

pytest.importorskip("bokeh")
pytest.importorskip("tornado")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        browser.CHROMIUM is None, reason="Chromium is not installed"
    ),
]
OPTIONS = {"model": "fnn", "history": 2, "horizon": 2, "units": 2, "epochs": 1}
FIGURES = """
const figures = Array.from(Bokeh.documents[0]._all_models.values())
  .filter(model => model.type == 'Figure');
const called = title => figures.find(one => one.title.text.startsWith(title));
"""
# Where the window has the sensor of a number, and the title of its readings.
PLACE = """(() => {%s
  const plot = called('MAE by sensor'), view = Bokeh.index.find_one(plot);
  const data = plot.renderers[0].data_source.data;
  const box = view.canvas_view.el.getBoundingClientRect();
  return [box.x + view.frame.x_scale.compute(data.x[%d]),
          box.y + view.frame.y_scale.compute(data.y[%d])];
})()"""
SHOWN = """(() => {%s
  const plot = figures.find(one => one.title.text.includes(', 20'));
  const source = plot.renderers[plot.renderers.length - 1].data_source;
  return [plot.title.text, Array.from(source.data.truth)];
})()"""
DRAWN = "window.Bokeh?.documents[0]?.is_idle === true"


@pytest.fixture(scope="module")
def page(series, tmp_path_factory):
    """The page on a finished run, with an explanation."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setitem(__import__("sys").modules, "matplotlib", None)
        train_model(series, folder, protocol="days", progress=False, **OPTIONS)
    tables = {
        "inputs": [("feature", "step", "mae_rise"), ("reading", 0, 1.5)],
        "hops": [("edges", "pairs", "mae_rise"), (0.0, 4, 1.5), (1.0, 8, 0.1)],
        "sensors": [
            ("sensor", "mae", "mae_rise_without_others"),
            *((name, 1.0, 0.1) for name in "0123"),
        ],
    }
    (folder / FOLDER).mkdir()
    for name, rows in tables.items():
        with (folder / FOLDER / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    write_report(load_run(folder), folder / "report.html")
    return folder / "report.html"


def test_a_click_on_a_sensor_shows_its_readings(page, series, tmp_path):
    async def look():
        async with browser.opened(page, tmp_path) as opened:
            await opened.until(DRAWN)
            titles = await opened.evaluate(
                f"(() => {{{FIGURES} return figures.map(x => x.title.text)}})()"
            )
            before, _ = await opened.evaluate(SHOWN % FIGURES)
            chosen = 1 if before[0] != "1" else 2
            await opened.click(
                *await opened.evaluate(PLACE % (FIGURES, chosen, chosen))
            )
            await opened.until(
                f"({SHOWN % FIGURES})[0].startsWith('{chosen}, ')", 20
            )
            _, truth = await opened.evaluate(SHOWN % FIGURES)
            await opened.screenshot(tmp_path / "page.png")
            return titles, before, chosen, truth, opened.said

    titles, before, chosen, truth, said = asyncio.run(look())
    assert said == []  # no error, no warning
    assert {title.split(" (")[0] for title in titles} >= {
        *("MAE by sensor", "MAE by horizon", "MAE by time of day", "training"),
        *("what forecasts rest on: inputs", "rise of MAE without the others"),
    }
    day = before.split(", ")[1]
    rows = series.timestamps.astype("M8[D]").astype(str) == day
    expected = series.values[rows][2:, chosen]
    # Two bytes a reading.
    assert truth == pytest.approx(expected.tolist(), abs=0.01)
    assert (tmp_path / "page.png").stat().st_size > 10_000
