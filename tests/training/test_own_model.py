"""A builder of one's own goes through the harness, as its page says."""

import csv
import json
import pathlib
import re

import keras
import numpy as np
import pytest

from keras_stunet.models import MODELS
from keras_stunet.models import ZooModel
from keras_stunet.models.registry import check_model
from keras_stunet.training import evaluate_run
from keras_stunet.training import load_run
from keras_stunet.training.results import append_row

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "own_model.md"


def test_the_example_of_the_page_is_trained_scored_and_a_row(
    series, tmp_path, monkeypatch
):
    (example,) = re.findall(
        r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL
    )
    series.save(tmp_path / "tiny.npz")
    small = "history=2, horizon=2, width=4, epochs=1, progress=False"
    example = example.replace("epochs=10", small)
    example = example.replace('"freeway"', '"tiny.npz"')
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as context:
        context.setitem(MODELS, "two_convolutions", None)  # taken out again
        exec(example, {})
    assert "two_convolutions" not in MODELS
    scores = json.loads(pathlib.Path("runs/mine/metrics.json").read_text())
    run = load_run("runs/mine")
    assert run.model.name == "two_convolutions"
    again = evaluate_run(run)["model"]
    assert again[2] == pytest.approx(scores["test"]["model"]["2"])
    assert again[2]["mae"] < np.ptp(series.values)  # original units
    with pytest.warns(UserWarning, match="has no errors: no step"):
        append_row("rows.csv", "runs/mine")  # readings every three hours
    with open("rows.csv", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["model"] == "two_convolutions" and "width=4" in row["options"]


def test_a_model_is_tried_out_with_its_own_number_of_steps(monkeypatch):
    built = []

    def build(adj, *, history=12, horizon=12, features=1, name="mine"):
        built.append((history, horizon, features))
        inputs = keras.Input((history, len(adj), features))
        x = keras.layers.Conv2D(horizon, (5, 1))(inputs)  # five steps
        return keras.Model(inputs, x)

    monkeypatch.setitem(MODELS, "mine", ZooModel("Mine", build))
    options = check_model("mine", {"history": 5, "horizon": 3}, 2)
    assert options == {"history": 5, "horizon": 3}
    assert built == [(5, 3, 2)]
