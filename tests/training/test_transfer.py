"""The weights of a run on another network of sensors."""

import dataclasses
import warnings

import keras
import numpy as np
import pytest

from keras_stunet.models import build_model
from keras_stunet.training import load_run
from keras_stunet.training.plan import make_plan
from keras_stunet.training.train import train_model
from keras_stunet.training.transfer import knows_sensors
from keras_stunet.training.transfer import take_weights

PLUS = {
    "model": "st_unet_plus",
    "protocol": "days",
    "history": 2,
    "horizon": 2,
    "units": 4,
    "layers": 1,
    "graphs": 1,
    "rank": 2,
    "epochs": 1,
    "progress": False,
}
RING = np.roll(np.eye(8), 1, axis=0) + np.roll(np.eye(8), -1, axis=0)
SIZES = {"history": 9, "horizon": 2}


@pytest.fixture(autouse=True)
def no_pictures(monkeypatch):
    """As without matplotlib, of which the run warns."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The run is whole but for")
        yield


@pytest.fixture(scope="module")
def parent(series, tmp_path_factory):
    """The folder of a finished run of 4 sensors."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        train_model(series, folder, **PLUS)
    return folder


class Beginning(keras.callbacks.Callback):
    """Keeps the weights that a training begins with."""

    def on_train_begin(self, logs=None):
        self.weights = {
            weight.path: weight.numpy() for weight in self.model.weights
        }


def with_sensors(series, names):
    """A series of other sensors, whose readings are higher by 9."""
    places = np.resize(np.arange(series.num_nodes), len(names))
    count = len(names)
    return dataclasses.replace(
        series,
        values=series.values[:, places] + 9,
        mask=None if series.mask is None else series.mask[:, places],
        adjacency=np.eye(count, k=1) + np.eye(count, k=-1),
        node_ids=list(names),
        coordinates=None,
        distances=None,
    )


# Four again: shapes alone do not tell their vectors from those of others.
@pytest.mark.parametrize("names", ["uvwxyz", "uvwx"])
def test_what_knows_no_sensor_is_kept(parent, series, tmp_path, names):
    beginning = Beginning()
    with pytest.warns(UserWarning, match="other sensors than the run") as said:
        train_model(
            with_sensors(series, names),
            tmp_path / "next",
            start_from=parent,
            epochs=1,
            callbacks=[beginning],
            progress=False,
        )
    first = {w.path: w.numpy() for w in load_run(parent).model.weights}
    run = load_run(tmp_path / "next")
    assert run.sensors == list(names)
    trained = [weight.path for weight in run.model.trainable_weights]
    anew = ["graphs/seeking", "graphs/found", "identities/sensor"]
    kept = [path for path in trained if path not in anew]
    assert len(kept) == len(trained) - 3
    for path in kept:
        np.testing.assert_array_equal(beginning.weights[path], first[path])
    for path in anew:
        new = beginning.weights[path]
        assert new.shape != first[path].shape or (new != first[path]).any()
    (line,) = {
        str(warning.message)
        for warning in said
        if "other sensors" in str(warning.message)
    }
    assert f"{len(kept)} of {len(trained)} trained weights are kept" in line
    assert line.endswith(f"made anew: {', '.join(anew)}.")
    # Scaler and profile are those of the new readings.
    before = load_run(parent)
    assert run.fill == pytest.approx(before.fill + 9, rel=0.05)
    assert run.model.get_config()["mean"] == pytest.approx(run.fill)
    new, old = (one.model.profile.numpy() for one in (run, before))
    assert new.shape[2] == len(names)
    assert np.nanmean(new[..., 0]) > np.nanmean(old[..., 0]) + 8
    assert run.config["parent"]["run"] == "first"


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("gcgru", {"head": "direct", "layers": 1, "units": 2}, set()),
        ("fnn", {"units": 2}, set()),
        (
            "st_unet",
            {"head": "direct", "units": 2, "p": 1, "layer_norm": "joint"},
            {
                f"encoder_norm_{i}/{name}"
                for i in (1, 2, 3)
                for name in ("gamma", "beta")
            },
        ),
        (
            "st_unet_plus",
            {"units": 4, "mean": [[0.0]] * 8, "std": [[1.0]] * 8},
            {"graphs/seeking", "graphs/found", "identities/sensor"},
        ),
        ("stid", {}, {"identities/sensor"}),
    ],
)
def test_which_weights_know_sensors(name, options, expected):
    model = build_model(name, RING, **SIZES, **options)
    known = knows_sensors(model)
    pairs = zip(model.trainable_weights, known, strict=True)
    assert {weight.path for weight, by_sensor in pairs if by_sensor} == expected


def test_a_kernel_for_each_member_of_a_group_needs_groups_as_large():
    star = np.zeros((8, 8))
    star[0, 1:] = star[1:, 0] = 1
    options = {"head": "direct", "units": 2, "p": 2, "upsampling": "ordered"}
    trained = build_model("st_unet", RING, **SIZES, **options)
    model = build_model("st_unet", star, **SIZES, **options)
    pairs = zip(model.trainable_weights, trained.trainable_weights, strict=True)
    of_groups = [a.path for a, b in pairs if "/unpool/" in a.path]
    before = {w.path: w.numpy() for w in model.trainable_weights}
    said = take_weights(model, trained, "runs/first")
    assert "made anew: " in said and len(of_groups) == 2
    after = {w.path: w.numpy() for w in model.trainable_weights}
    for path in of_groups:
        np.testing.assert_array_equal(after[path], before[path])


def test_a_model_of_several_seeds_is_refused():
    from keras_stunet.models import build_ensemble

    member = build_model("fnn", RING, units=2, **SIZES)
    with pytest.raises(ValueError, match="runs/first holds models of several"):
        take_weights(member, build_ensemble([member]), "runs/first")
    other = build_model("gcgru", RING, units=2, K=1, **SIZES)
    with pytest.raises(ValueError, match="holds a GCGRU of .* expected a FNN"):
        take_weights(member, other, "runs/first")


def test_another_published_data_set_has_its_own_protocol(parent):
    given = ("protocol", "parts", "calendar", "mask_channel", "targets")
    data = dict.fromkeys((*given, "scale"))
    plan = make_plan("metr_la/part29", None, {}, data, False, parent)
    assert plan.data["protocol"] == "windows"
    assert list(plan.data["parts"]) == [7, 1, 2]
    assert plan.data["calendar"] == ["time_of_day", "day_of_week"]
    asked = data | {"protocol": "days", "parts": (2, 1, 1)}
    plan = make_plan("metr_la/part29", None, {}, asked, False, parent)
    assert (plan.data["protocol"], plan.data["parts"]) == ("days", (2, 1, 1))


def test_other_measurements_are_refused(parent, series, tmp_path):
    several = dataclasses.replace(
        with_sensors(series, "uvwx"),
        values=np.stack([series.values] * 2, axis=-1),
        mask=None if series.mask is None else np.stack([series.mask] * 2, -1),
        measurements=["speed", "flow"],
    )
    with pytest.raises(ValueError, match=r"2 measurements \(speed, flow\); "):
        train_model(several, tmp_path / "next", start_from=parent)
