"""Trained models as folders."""

import json

import keras
import numpy as np
import pytest

from keras_stunet.models import Forecaster
from keras_stunet.models import STUNet
from keras_stunet.models import build_model
from keras_stunet.models import presets
from keras_stunet.models.presets import is_preset
from keras_stunet.models.presets import preset_names
from keras_stunet.models.presets import read_metadata

RING = np.roll(np.eye(4), 1, axis=0) + np.roll(np.eye(4), -1, axis=0)
SIZES = {"history": 3, "horizon": 2, "units": 2}


def make(name="st_unet", **options):
    keras.utils.set_random_seed(0)
    return build_model(name, RING, mean=50.0, std=8.0, **SIZES, **options)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param(
            "st_unet",
            {"K": 2, "p": 1, "head": "direct"},
            marks=pytest.mark.long_on_jax,
        ),
        pytest.param(
            "gcgru",
            {"K": 2, "head": "seq2seq"},
            marks=pytest.mark.long_on_jax,
        ),
        ("fnn", {}),
    ],
)
def test_it_forecasts_as_the_model_that_was_saved(name, options, tmp_path):
    model = make(name, **options)
    for weight in model.trainable_weights:
        weight.assign_add(np.full(weight.shape, 0.1, "float32"))
    model.save_to_preset(tmp_path / "mine", {"data": "ring"})
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {
        *("config.json", "metadata.json", "model.weights.h5")
    }
    loaded = Forecaster.from_preset(tmp_path / "mine")
    assert type(loaded) is type(model)
    x = np.random.default_rng(0).normal(50, 8, (2, 3, 4, 1))
    np.testing.assert_array_equal(
        loaded.predict_on_batch(x), model.predict_on_batch(x)
    )
    assert read_metadata(tmp_path / "mine")["data"] == "ring"


@pytest.fixture
def saved(tmp_path):
    make("fnn").save_to_preset(tmp_path / "mine")
    return tmp_path / "mine"


def test_a_class_loads_its_own_models_only(saved):
    with pytest.raises(ValueError, match=r"is a FNN.*`FNN.from_preset`"):
        STUNet.from_preset(saved)


def test_damaged_weights_are_found_by_their_check_sum(saved):
    path = saved / "model.weights.h5"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ValueError, match="is damaged: its check sum"):
        Forecaster.from_preset(saved)


def test_a_preset_of_a_later_version_is_refused(saved):
    path = saved / "metadata.json"
    later = json.loads(path.read_text()) | {"format": "keras_stunet.preset.9"}
    path.write_text(json.dumps(later))
    with pytest.raises(ValueError, match=r"preset\.9'; expected .*preset\.1"):
        Forecaster.from_preset(saved)


def test_a_preset_is_not_overwritten(saved):
    before = (saved / "model.weights.h5").read_bytes()
    with pytest.raises(ValueError, match="holds a preset already"):
        make("fnn").save_to_preset(saved)
    assert (saved / "model.weights.h5").read_bytes() == before


def test_a_broken_off_write_is_no_preset(tmp_path, monkeypatch):
    def stop(path, content):
        if path.name == "metadata.json":
            raise KeyboardInterrupt

    monkeypatch.setattr(presets, "write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        make("fnn").save_to_preset(tmp_path / "mine")
    assert not is_preset(tmp_path / "mine")


def test_an_unknown_name_offers_the_nearest(tmp_path, monkeypatch):
    monkeypatch.setattr(presets, "SHIPPED", tmp_path)
    make("fnn").save_to_preset(tmp_path / "fnn_ring")
    assert preset_names() == ["fnn_ring"]
    assert Forecaster.from_preset("fnn_ring").name
    with pytest.raises(ValueError, match="Did you mean 'fnn_ring'"):
        Forecaster.from_preset("fnn_rings")


@pytest.mark.long_on_jax
@pytest.mark.parametrize("name", preset_names())
def test_those_of_the_package_load(name):
    metadata = read_metadata(name)
    model = Forecaster.from_preset(name)
    sensors = metadata["sensors"]["sensors"]
    assert model.inputs[0].shape[2] == len(sensors)
    assert (presets.SHIPPED / name / "README.md").is_file()


def test_those_of_the_package_are_small():
    files = [p for p in presets.SHIPPED.rglob("*") if p.is_file()]
    assert sum(path.stat().st_size for path in files) <= 12e6
    weights = [path.stat().st_size for path in files if path.suffix == ".h5"]
    assert len(weights) == len(preset_names()) and max(weights) <= 3e6
