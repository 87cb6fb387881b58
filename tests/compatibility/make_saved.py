"""Writes `saved.zip`: files as users have them of commit 32488f7. A script.

    git checkout 32488f7  # and this folder of a later commit beside it
    export KERAS_BACKEND=tensorflow PYTHONPATH=.
    python -P tests/compatibility/make_saved.py

It is run at that commit and at no other: what it writes stands for all that
was saved before, and `test_saved_by_earlier_versions.py` holds later versions
to it. It calls what was public then, and takes some minutes.
"""

import contextlib
import csv
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
import scipy.sparse

import keras_stunet
from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.experiments import load_recipe
from keras_stunet.experiments import recipe_arguments
from keras_stunet.graph import symmetrise
from keras_stunet.models import build_model
from keras_stunet.training import Recipe
from keras_stunet.training import compile_model
from keras_stunet.training import evaluate_run
from keras_stunet.training import forecast_next
from keras_stunet.training import last_readings
from keras_stunet.training import load_run
from keras_stunet.training import score_windows
from keras_stunet.training import train_model
from keras_stunet.training.results import run_row
from keras_stunet.tuning.grid_search import grid_search
from tests.compatibility.comparison import describe_series
from tests.compatibility.comparison import made_with

HERE = Path(__file__).parent
SAVED, EXPECTED = HERE / "saved.zip", HERE / "expected.json"
NODES, HOURS = 5, 24 * 12
STEPS = {"history": 2, "horizon": 2}
STOPPED = 2  # epochs of the half-finished runs, of 4

# Options of each head's run. What is not said is the default.
DIRECT = {"head": "direct", "units": 4, "K": 2, "p": 1, "s": 2, **STEPS}
DIRECT |= {"calendar": ["time_of_day"], "mask_channel": True}
DIRECT |= {"epochs": 4, "batch_size": 80, "seed": 3}
RECIPE = """\
row = 1
title = "ST-UNet, small"
dataset = "two_way"
protocol = "days"
parts = [8, 2, 2]
calendar = []
model = "st_unet"
seeds = [1]
note = "A recipe of one's own."

[options]
history = 2
horizon = 2
K = 2
p = [1]
s = [1]
units = 2
upsampling = "ordered"

[training]
epochs = 4
batch_size = 80
decay_at = [0.5]
loss = "l2"
epsilon = 1e-3
sampling_half = 0.4
"""
# Small models of the zoo, beside the two heads.
OTHERS = {
    "dcrnn": {"units": 2, "K": 1, **STEPS},
    "fc_lstm": {"units": 2, **STEPS},
    "fnn": {"units": 2, **STEPS},
    "gcgru": {"units": 2, "K": 2, **STEPS},
    "stgcn": {"history": 5, "horizon": 2, "channels": [(2, 2)]},
    "stgcn_1st": {"history": 5, "horizon": 2, "channels": [(2, 2)]},
}
SPACE = """
[fnn.grid]
learning_rate = [0.001, 0.03]

[fnn.fixed]
history = 3
horizon = 3
units = 4
epochs = 2
batch_size = 80
"""


def series_of_both_kinds():
    """One directed, sparse, of UTC; one undirected, of local time, whole."""
    rng = np.random.default_rng(0)
    hours = np.arange(HOURS)
    phase = 2 * np.pi * (hours[:, None] / 24 + np.arange(NODES) / 20)
    values = 55 + 9 * np.sin(phase) + rng.normal(size=(HOURS, NODES))
    values = values.round(1)
    times = np.datetime64("2021-03-01T00:00:00") + hours * np.timedelta64(
        1, "h"
    )
    ids = [f"sensor {name}" for name in "abcde"]
    ring = np.roll(np.eye(NODES), 1, axis=1)
    gaps = rng.random(values.shape) < 0.05
    gaps[100:107] = True
    one_way = Series(
        values=np.where(gaps, np.nan, values),
        mask=~gaps,
        adjacency=scipy.sparse.csr_array(ring * 0.5 + np.eye(NODES, k=2)),
        timestamps=times,
        node_ids=ids,
        coordinates=rng.normal((34, -118), 0.1, (NODES, 2)).round(3),
        distances=np.where(ring > 0, 1200.0, np.inf),
        name="one_way",
        utc_offset=5.5,
    )
    two_way = Series(
        values=values,
        adjacency=ring + ring.T,
        timestamps=times,
        node_ids=ids,
        name="two_way",
    )
    return one_way, two_way


@contextlib.contextmanager
def stopped_after(epochs):
    """As by Ctrl-C when the next epoch begins."""
    begin = keras.callbacks.CallbackList.on_epoch_begin

    def interrupted(self, epoch, logs=None):
        if epoch == epochs:
            raise KeyboardInterrupt
        begin(self, epoch, logs)

    keras.callbacks.CallbackList.on_epoch_begin = interrupted
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        keras.callbacks.CallbackList.on_epoch_begin = begin


def write_runs(one_way):
    """Of each head a half-finished run and a finished one, with its scores."""
    given = {"direct": (one_way, {**DIRECT})}
    arguments = recipe_arguments("recipe.toml", "two_way.npz", seed=1)
    given["seq2seq"] = (arguments.pop("dataset"), arguments)
    found = {}
    for head, (dataset, options) in given.items():
        half, whole = f"half_{head}", f"whole_{head}"
        with stopped_after(STOPPED):
            train_model(dataset, half, progress=False, **options)
        train_model(dataset, whole, progress=False, **options)
        run = load_run(whole)
        forecast = forecast_next(run, last_readings(run))
        known = dataset if isinstance(dataset, str) else f"{dataset.name}.npz"
        found[head] = {
            "dataset": known,
            "options": options,
            "row": run_row(whole),
            "columns": list(forecast.columns),
            "index": [str(time) for time in forecast.index],
            "forecast": forecast.to_numpy().tolist(),
            "validation": evaluate_run(run, "validation"),
            "test": json.loads(Path(whole, "metrics.json").read_text())["test"],
        }
    return found


def write_models(splits):
    """Each model, compiled and trained a little, and what it then forecasts."""
    found = {}
    heads = {
        "direct": ("st_unet", {**STEPS, "units": 4, "K": 2, "head": "direct"}),
        "seq2seq": ("st_unet", {**STEPS, "units": 2, "K": 2, "p": 1}),
    }
    for name, (model, options) in {
        **heads,
        **{name: (name, options) for name, options in OTHERS.items()},
    }.items():
        keras.utils.set_random_seed(0)
        ring = np.roll(np.eye(NODES), 1, axis=1)
        adjacency = ring if model == "dcrnn" else symmetrise(ring, "max")
        network = build_model(
            model, adjacency, mean=splits.mean, std=splits.std, **options
        )
        compile_model(network, Recipe(epochs=2), 5, splits.std)
        shape = (4, options["history"], NODES, 1)
        rng = np.random.default_rng(1)
        x = rng.normal(splits.mean, splits.std, shape).astype("float32")
        y = np.repeat(x[:, -1:], options["horizon"], axis=1)
        network.fit(x, y, epochs=2, batch_size=2, shuffle=False, verbose=0)
        network.save(f"{name}.keras")
        loaded = keras.saving.load_model(f"{name}.keras", compile=False)
        found[f"{name} x"] = x
        found[f"{name} y"] = y
        found[f"{name} forecast"] = np.asarray(loaded.predict_on_batch(x))
        if name in heads:  # a step more, by the saved optimizer
            loaded = keras.saving.load_model(f"{name}.keras")
            loss, mae = loaded.train_on_batch(x, y)
            found[f"{name} step"] = np.array([loss, mae])
            found[f"{name} later"] = np.asarray(loaded.predict_on_batch(x))
    return found


def write_search():
    """A search that has run one of its two points."""
    Path("space.toml").write_text(SPACE)
    grid_search("two_way.npz", "search", space="space.toml", limit=1)
    with open("search/trials.csv") as file:
        return next(csv.DictReader(file))


def main():
    sys.modules["matplotlib"] = None  # no pictures: as without the extra
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        found = write_all()
        EXPECTED.write_text(json.dumps(found, indent=1) + "\n")
        with zipfile.ZipFile(SAVED, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path().rglob("*")):
                if (
                    path.is_file()
                    and path.name[0] != "."
                    and path.suffix != ".log"
                ):
                    archive.write(path)


def write_all():
    """All files, into the present folder, and what was read of them then."""
    one_way, two_way = series_of_both_kinds()
    one_way.save("one_way.npz")
    two_way.save("two_way.npz")
    Path("recipe.toml").write_text(RECIPE)
    record = load_recipe("recipe.toml")
    found = {"made_with": made_with(), "recipe": recipe_read(record)}
    found["series"] = {
        series.name: describe_series(series) for series in (one_way, two_way)
    }
    found["runs"] = write_runs(one_way)
    splits = make_windows(one_way, "windows", **STEPS)
    np.savez_compressed("forecasts.npz", **write_models(splits))
    found["scores"] = score_windows(
        keras.saving.load_model("direct.keras", compile=False), splits.test
    )
    found["trial"] = write_search()
    return found


def recipe_read(record):
    """What was read of the recipe file."""
    return {
        "system": record.system,
        "seeds": record.seeds,
        "parts": record.parts,
        "options": dict(record.options),
        "training": dict(record.training),
    }


if __name__ == "__main__":
    print(keras_stunet.__file__)
    main()
