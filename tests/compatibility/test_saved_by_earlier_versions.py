"""Files of an earlier version are read, gone on with and scored as then.

`saved.zip` and `expected.json` are of commit 32488f7, by `make_saved.py`. They
stay as they are: where numbers change on purpose, the tolerance here says so.
On the machine and with the versions that made them, all is equal to the bit.
Elsewhere float32 sums are taken in another order.
"""

import csv
import json
import sys
import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.experiments import load_config
from keras_stunet.experiments import recipe_arguments
from keras_stunet.training import evaluate_run
from keras_stunet.training import forecast_next
from keras_stunet.training import last_readings
from keras_stunet.training import load_run
from keras_stunet.training import score_windows
from keras_stunet.training import train_model
from keras_stunet.training.results import run_row
from keras_stunet.tuning import worker
from keras_stunet.tuning import write_report
from keras_stunet.tuning.grid_search import grid_search
from tests.compatibility.comparison import describe_series
from tests.compatibility.comparison import made_with

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text())
HEADS = ("direct", "seq2seq")
OTHERS = ("dcrnn", "fc_lstm", "fnn", "gcgru", "stgcn", "stgcn_1st")

# Elsewhere: of a forecast, and of what some steps of training end in.
FORWARD, TRAINED = 1e-5, 1e-3


@pytest.fixture(scope="module", autouse=True)
def saved(tmp_path_factory):
    """A folder of one's own with the files, which is the present one."""
    folder = tmp_path_factory.mktemp("saved")
    with zipfile.ZipFile(HERE / "saved.zip") as archive:
        archive.extractall(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # a run says where its series lies
        patch.setitem(sys.modules, "matplotlib", None)  # no pictures
        yield folder


@pytest.fixture(scope="module")
def forecasts(saved):
    with np.load("forecasts.npz") as arrays:
        return dict(arrays)


def assert_same(found, expected, tolerance):
    if made_with() == EXPECTED["made_with"]:
        np.testing.assert_array_equal(found, expected)
    else:
        np.testing.assert_allclose(found, expected, tolerance, tolerance)


def assert_same_scores(found, expected, tolerance):
    # Steps, errors and systems that came later stand beside those of then.
    found = dict(flat(json.loads(json.dumps(found))))
    expected = dict(flat(expected))
    assert [key for key in found if key in expected] == list(expected)
    found = [found[key] for key in expected]
    assert_same(found, [*expected.values()], tolerance)


def flat(scores, prefix=()):
    """Yield `(keys, number)` of nested dicts."""
    for key, value in scores.items():
        if isinstance(value, dict):
            yield from flat(value, (*prefix, key))
        else:
            yield (*prefix, key), value


@pytest.mark.parametrize("name", EXPECTED["series"])
def test_a_series_is_read(name):
    series = Series.load(f"{name}.npz")
    assert describe_series(series) == EXPECTED["series"][name]


@pytest.mark.parametrize("name", OTHERS)
def test_a_model_forecasts_the_same(name, forecasts):
    model = keras.saving.load_model(f"{name}.keras", compile=False)
    forecast = model.predict_on_batch(forecasts[f"{name} x"])
    assert_same(forecast, forecasts[f"{name} forecast"], FORWARD)


# That of the decoder is trained on in the half-finished run, too.
@pytest.mark.parametrize(
    "name", [pytest.param("seq2seq", marks=pytest.mark.long), "direct"]
)
def test_a_model_is_trained_on_with_the_saved_optimizer(name, forecasts):
    model = keras.saving.load_model(f"{name}.keras")
    x, y = forecasts[f"{name} x"], forecasts[f"{name} y"]
    before = forecasts[f"{name} forecast"]
    assert_same(model.predict_on_batch(x), before, FORWARD)
    assert int(model.optimizer.iterations) == 4
    step = model.train_on_batch(x, y)  # loss and MAE
    assert_same(step, forecasts[f"{name} step"], TRAINED)
    later = forecasts[f"{name} later"]
    assert not np.allclose(later, before, TRAINED)
    assert_same(model.predict_on_batch(x), later, TRAINED)


def test_a_model_scores_the_same():
    series = Series.load("one_way.npz")
    splits = make_windows(series, "windows", history=2, horizon=2)
    model = keras.saving.load_model("direct.keras", compile=False)
    scores = score_windows(model, splits.test)
    assert_same_scores(scores, EXPECTED["scores"], FORWARD)


@pytest.mark.parametrize("head", HEADS)
def test_a_finished_run_forecasts_and_scores_the_same(head):
    expected = EXPECTED["runs"][head]
    run = load_run(f"whole_{head}")
    forecast = forecast_next(run, last_readings(run))
    assert list(forecast.columns) == expected["columns"]
    assert [str(time) for time in forecast.index] == expected["index"]
    assert_same(forecast.to_numpy(), expected["forecast"], FORWARD)
    scores = evaluate_run(run, "validation")
    assert_same_scores(scores, expected["validation"], FORWARD)
    assert run_row(f"whole_{head}") == expected["row"]


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(x, marks=pytest.mark.long if x == "seq2seq" else ())
        for x in HEADS
    ],
)
def test_a_half_finished_run_goes_on_to_the_same_end(head):
    expected = EXPECTED["runs"][head]
    half, whole = Path(f"half_{head}"), Path(f"whole_{head}")
    dataset, options = expected["dataset"], expected["options"]
    if head == "direct":  # a series, of which the folder has a copy
        dataset = Series.load(half / "series.npz")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The run is whole but for its pic")
        train_model(dataset, half, resume=True, progress=False, **options)
    metrics = json.loads((half / "metrics.json").read_text())
    assert [part["first_epoch"] for part in metrics["resumed"]] in ([], [3])
    assert_same_scores(metrics["test"], expected["test"], TRAINED)
    rows, expected_rows = (
        list(csv.reader((folder / "history.csv").read_text().splitlines()))
        for folder in (half, whole)
    )
    assert rows[:3] == expected_rows[:3]  # the epochs before the stop
    assert rows[0] == expected_rows[0] and len(rows) == len(expected_rows)
    numbers = np.array(rows[1:], float), np.array(expected_rows[1:], float)
    assert_same(*numbers, TRAINED)
    with (
        np.load(half / "checkpoint.npz") as found,
        np.load(whole / "checkpoint.npz") as wanted,
    ):
        assert found.files == wanted.files
        for name in set(found.files) - {"record"}:
            assert_same(found[name], wanted[name], TRAINED)


def test_a_recipe_is_read_as_it_was():
    record = load_config("recipe.toml")
    read = {
        name: getattr(record, name) for name in EXPECTED["recipe"]
    }  # lists, where JSON has no tuples
    assert json.loads(json.dumps(read, default=dict)) == EXPECTED["recipe"]
    arguments = recipe_arguments("recipe.toml", "two_way.npz", seed=1)
    dataset = arguments.pop("dataset")
    expected = EXPECTED["runs"]["seq2seq"]
    assert dataset == expected["dataset"]
    assert json.loads(json.dumps(arguments)) == expected["options"]


def test_a_half_finished_search_is_gone_on_with():
    table = Path("search/trials.md").read_text()
    said = []
    search = {"space": "space.toml", "limit": 2, "say": said.append}
    grid_search("two_way.npz", "search", dry_run=True, **search)
    assert said[0] == "2 trials: fnn 2 of 2 points"
    assert said[1].startswith("  fnn: 1 done, 1 to do")
    best = load_config("search/best/two_way/fnn.toml")
    assert best.training["learning_rate"] == 0.001
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "There are no figures")
        assert write_report("search").strip() == table.strip()
        run_the_rest("search")
        write_report("search")
    with open("search/trials.csv") as file:
        rows = list(csv.DictReader(file))
    assert [row["learning_rate"] for row in rows] == ["0.001", "0.03"]
    assert [row["status"] for row in rows] == ["done", "done"]
    assert rows[0] == EXPECTED["trial"]


def run_the_rest(folder):
    """Take the part of the process of a search; what it trains is made up."""

    def run(space, point, series, splits, search):
        scores = {"val_mae": 9.0, "val_loss": 1.0, "best_epoch": 1}
        scores |= {"epochs": 2, "parameters": 9, "seconds": 0.1}
        return {"status": "done", **scores}

    path = Path(folder, "search.json")
    search = json.loads(path.read_text())
    path.write_text(json.dumps({**search, "limit": 2}))
    part = {"folder": folder, "system": "fnn", "dataset": "two_way.npz"}
    assert (
        worker.take_part({**part, "raw_dir": None, "data_dir": None}, run) == 0
    )
