"""The pages on a loss and on a measurement of one's own do what they say."""

import dataclasses
import json
import pathlib
import re

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data.catalog import SOURCES
from keras_stunet.training.recipe import LOSSES

DOCS = pathlib.Path(__file__).parents[2] / "docs"
SMALL = "history=2, horizon=2, units=2, epochs=1, progress=False"


@pytest.fixture
def run_page(series, tmp_path, monkeypatch, undrawn):
    """Function that runs the example of a page, and gives what it defines.

    The freeway is a tiny series with gaps; models and trainings are small.
    """
    mask = np.random.default_rng(0).random(series.values.shape) < 0.9
    tiny = dataclasses.replace(series, mask=mask, name="freeway")
    source = SOURCES["freeway"]._replace(load=lambda *_: tiny)
    monkeypatch.setitem(SOURCES, "freeway", source)
    monkeypatch.chdir(tmp_path)

    def run(page):
        (example,) = re.findall(
            r"```python\n(.*?)```", (DOCS / page).read_text(), flags=re.DOTALL
        )
        assert example.count("epochs=10") == 1
        scope = {}
        exec(example.replace("epochs=10", f'model="fnn", {SMALL}'), scope)
        return scope

    return run


def test_a_loss_of_ones_own_is_trained_with(run_page, monkeypatch):
    monkeypatch.setitem(LOSSES, "huber", None)  # taken out again
    scope = run_page("add_a_loss.md")
    config = json.loads(pathlib.Path("runs/huber/config.json").read_text())
    assert config["recipe"]["loss"] == "huber"
    error = np.array([0.5, -3.0, 9.0])  # in standard units
    y = (2 * error).reshape(1, 1, 3, 1)
    mask = np.array([1, 1, 0]).reshape(y.shape)
    loss = scope["MeanHuber"](2.0)(y, 0 * y, mask)
    assert float(loss) == pytest.approx((0.5**2 / 2 + 2.5) / 2)


def test_a_second_measurement_is_input_and_target(run_page):
    scope = run_page("add_a_measurement.md")
    saved = Series.load("runs/both/series.npz")
    speed = np.where(
        scope["series"].mask, scope["series"].values.astype(float), np.nan
    )
    np.testing.assert_array_equal(saved.mask[..., 0], scope["series"].mask)
    for step in range(1, len(speed)):
        change = speed[step] - speed[step - 1]
        known = np.isfinite(change)
        np.testing.assert_array_equal(saved.mask[step, :, 1], known)
        np.testing.assert_allclose(
            saved.values[step, known, 1], change[known], atol=1e-4
        )
    assert not saved.mask[0, :, 1].any()
    metrics = json.loads(pathlib.Path("runs/both/metrics.json").read_text())
    assert list(metrics["test"]) == ["speed", "change"]
