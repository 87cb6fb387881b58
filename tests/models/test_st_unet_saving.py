"""What a saved ST-UNet holds."""

import inspect
import json

import keras
import numpy as np
import pytest

from keras_stunet import STUNet
from keras_stunet import build_st_unet

MODELS = {
    "seq2seq": {},
    "direct": {"head": "direct"},
    "shared weights": {"share_weights": True},
    "two levels, ordered": {"p": (1, 1), "s": [2, 1], "upsampling": "ordered"},
    "weighted": {"upsampling": "weighted", "horizon": 2},
    "mixed, edges": {
        "dtype": "mixed_bfloat16",
        "propagation": "edges",
        "layer_norm": None,
        "reduce": "max",
    },
    "spectral, shared": {"propagation": "spectral", "share_weights": True},
}


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_the_config_holds_every_argument(make_model, options):
    config = make_model(**options).get_config()
    arguments = list(inspect.signature(build_st_unet).parameters)
    assert list(config) == arguments[:-1]  # without **unknown
    for name, value in options.items():
        if name != "dtype":
            plain = list(value) if isinstance(value, tuple) else value
            assert config[name] == plain
    assert config["adj"] is None
    again = STUNet.from_config(json.loads(json.dumps(config)))
    first = json.dumps(config, sort_keys=True)
    assert json.dumps(again.get_config(), sort_keys=True) == first


def test_every_argument_is_documented():
    arguments = inspect.signature(build_st_unet).parameters
    documented = inspect.getdoc(build_st_unet)
    for name in arguments:
        assert f"\n    {name}: " in documented.replace("**", ""), name


def test_the_graph_is_not_in_the_config(graph):
    model = build_st_unet(graph, p=1, history=2, horizon=2, units=2)
    assert len(json.dumps(model.get_config())) < 2000


@pytest.mark.long_on_jax
def test_levels_of_numpy_numbers_are_saved(make_model, readings, tmp_path):
    model = make_model(p=np.array([1, 1]), s=np.int64(2))
    config = model.get_config()
    assert config["p"] == [1, 1] and type(config["s"]) is int
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    x, _ = readings()
    np.testing.assert_array_equal(np.array(loaded(x)), np.array(model(x)))


def test_the_sampling_step_is_saved(make_model, tmp_path):
    model = make_model()
    model.decoder.sampling_step.assign(41.0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert float(loaded.decoder.sampling_step) == 41.0


def test_weights_alone_load_into_a_model_of_the_same_options(
    make_model, readings, tmp_path
):
    model, other = make_model(), make_model()
    for variable in other.trainable_variables:
        variable.assign(variable.numpy() * 0.5)
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    x, _ = readings()
    np.testing.assert_array_equal(np.array(other(x)), np.array(model(x)))
