"""A run that starts from the weights of another."""

import dataclasses
import hashlib
import json
import warnings

import keras
import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.training import load_run
from keras_stunet.training.parent import read_parent
from keras_stunet.training.results import run_row
from keras_stunet.training.train import train_model

SMALL = {
    "model": "gcgru",
    "head": "direct",
    "K": 1,
    "layers": 1,
    "protocol": "days",
    "history": 2,
    "horizon": 2,
    "units": 2,
    "calendar": ("time_of_day",),
    "epochs": 1,
    "progress": False,
}


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """As without matplotlib, of which the run warns."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The run is whole but for")
        yield


@pytest.fixture(scope="module")
def parent(series, tmp_path_factory):
    """The folder of a finished run."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        train_model(series, folder, **SMALL)
    return folder


class Beginning(keras.callbacks.Callback):
    """Keeps the weights that a training begins with."""

    def on_train_begin(self, logs=None):
        self.weights = self.model.get_weights()


def test_it_begins_with_the_weights_of_its_parent(parent, series, tmp_path):
    beginning = Beginning()
    train_model(
        None,
        tmp_path / "next",
        start_from=parent,
        epochs=1,
        learning_rate=1e-3,
        callbacks=[beginning],
        progress=False,
    )
    first = load_run(parent)
    for mine, others in zip(
        beginning.weights, first.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(mine, others)
    run = load_run(tmp_path / "next")
    moved = [
        np.abs(a - b).max()
        for a, b in zip(run.model.get_weights(), beginning.weights, strict=True)
    ]
    assert max(moved) > 0
    assert run.config["model"] == first.config["model"]
    assert run.config["protocol"] == "days"
    assert run.config["recipe"]["learning_rate"] == 1e-3
    assert run.config["parent"]["run"] == "first"
    assert "from=first" in run_row(tmp_path / "next")["options"]
    assert "from=" not in run_row(parent)["options"]
    # The same command goes on, and its table is there.
    assert train_model(
        None,
        tmp_path / "next",
        start_from=parent,
        epochs=1,
        learning_rate=1e-3,
        resume=True,
        progress=False,
    )


def test_later_data_keep_the_scaler_and_the_graph(parent, series, tmp_path):
    later = dataclasses.replace(
        series, values=series.values + 9, adjacency=np.eye(4)[::-1]
    )
    train_model(
        later, tmp_path / "next", start_from=parent, epochs=1, progress=False
    )
    first, run = load_run(parent), load_run(tmp_path / "next")
    assert run.fill == pytest.approx(first.fill + 9, rel=1e-5)
    for key in ("mean", "std"):
        assert run.model.get_config()[key] == first.model.get_config()[key]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"K": 2}, "`K` is 2, but the run in .* has 1"),
        ({"model": "st_unet"}, "`model` is 'st_unet', but .* has 'gcgru'"),
        ({"calendar": ()}, r"`calendar` is \(\), but"),
        ({"mask_channel": True}, "`mask_channel` is True, but"),
        ({"precision": "mixed_bfloat16"}, "`precision` is 'mixed_bf"),
        ({"epocs": 2}, "no option 'epocs'.*epochs"),
    ],
)
def test_what_its_weights_do_not_fit_is_refused(
    parent, tmp_path, options, message
):
    with pytest.raises(ValueError, match=message):
        train_model(None, tmp_path / "next", start_from=parent, **options)
    assert not list(tmp_path.iterdir())


def test_precision_and_parts_are_those_of_the_parent(parent):
    first = read_parent(parent)
    digest = hashlib.sha256((parent / "model.keras").read_bytes()).hexdigest()
    assert first.identity() == {"run": "first", "model_sha256": digest}
    recipe = first.config["recipe"] | {"precision": "mixed_bfloat16"}
    mixed = dataclasses.replace(first, config=first.config | {"recipe": recipe})
    _, options, _ = mixed.fill_in(None, {}, {"protocol": None, "parts": None})
    assert options["precision"] == "mixed_bfloat16"
    with pytest.raises(ValueError, match="`precision` is 'float32', but"):
        mixed.fill_in(None, {"precision": "float32"}, {})
    cut = dataclasses.replace(
        first, config=first.config | {"parts": [20, 10, 14]}
    )
    for protocol, parts in ((None, [20, 10, 14]), ("windows", None)):
        data = {"protocol": protocol, "parts": None}
        _, _, data = cut.fill_in(None, {}, data)
        assert data["protocol"] == (protocol or "days")
        assert data["parts"] == parts


def test_options_that_say_the_same_are_taken(parent, tmp_path):
    same = {"K": 1, "calendar": ("time_of_day",), "mask_channel": False}
    train_model(
        None,
        tmp_path / "next",
        "gcgru",
        start_from=parent,
        epochs=1,
        progress=False,
        **same,
    )


def test_sensors_in_another_order_are_refused(parent, series, tmp_path):
    turned = dataclasses.replace(series, node_ids=["0", "1", "3", "2"])
    with pytest.raises(ValueError, match="in another order"):
        train_model(turned, tmp_path / "next", start_from=parent)
    assert not (tmp_path / "next" / "config.json").exists()


def test_later_data_without_a_graph_have_that_of_the_parent(
    parent, series, tmp_path
):
    """Its weights are for it; p = 1 could not even be drawn without."""
    bare = dataclasses.replace(series, adjacency=np.zeros((4, 4)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no graph is left out
        read_parent(parent).with_graph(bare)
    options = {"start_from": parent, "epochs": 1, "progress": False}
    train_model(bare, tmp_path / "next", **options)
    saved = Series.load(tmp_path / "next" / "series.npz")
    np.testing.assert_array_equal(saved.adjacency, series.adjacency)
    other = dataclasses.replace(series, adjacency=np.ones((4, 4)))
    with pytest.warns(UserWarning, match="graph of 'tiny' is left out"):
        train_model(other, tmp_path / "other", **options)


def test_another_interval_is_refused(parent, series, tmp_path):
    steps = np.arange(series.num_steps)
    start = series.timestamps[0]
    hourly = dataclasses.replace(
        series, timestamps=start + steps * np.timedelta64(90, "m")
    )
    with pytest.raises(ValueError, match="90 min apart, .* 3 h"):
        train_model(
            hourly, tmp_path / "next", start_from=parent, protocol="windows"
        )


def test_an_unfinished_run_is_no_parent(parent, tmp_path):
    with pytest.raises(FileNotFoundError, match="no finished run"):
        train_model(None, tmp_path / "next", start_from=tmp_path)


def test_a_run_goes_on_with_the_parent_it_was_started_from(parent, tmp_path):
    options = {"epochs": 1, "progress": False}
    train_model(None, tmp_path / "next", start_from=parent, **options)
    config = json.loads((tmp_path / "next" / "config.json").read_text())
    config["parent"]["model_sha256"] = "0" * 64
    (tmp_path / "next" / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="parent.model_sha256"):
        train_model(
            None, tmp_path / "next", start_from=parent, resume=True, **options
        )
