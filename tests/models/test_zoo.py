"""The registry of models: names, options, and what a name stands for."""

import inspect
import json

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.models import MODELS
from keras_stunet.models import build_model
from keras_stunet.models.registry import GIVEN
from keras_stunet.models.registry import check_model
from keras_stunet.models.registry import model_options
from tests.models.forecast import forecast

# What makes each of them small; names that are not here take no option.
SMALL = {
    "history": 3,
    "horizon": 2,
    "units": 2,
    "layers": 1,
    "blocks": 1,
    "channels": [[2, 2]],
}


def small(name, graph, **others):
    entry = MODELS[name]
    options = {key: SMALL[key] for key in SMALL if key in entry.options()}
    if "channels" in options:
        options["history"] = 5
    keras.utils.set_random_seed(0)
    options |= {"mean": 50.0, "std": 10.0} | others
    return build_model(name, graph, **options)


@pytest.fixture(scope="module")
def zoo(graph):
    return {name: small(name, graph) for name in MODELS}


def test_it_holds_every_trained_system_of_the_tables():
    assert MODELS.keys() >= {
        *("st_unet", "t_unet", "s_unet", "gcgru_ablation", "gcgru"),
        *("stgcn", "stgcn_1st", "dcrnn", "fc_lstm", "fnn"),
    }
    titles = [entry.title for entry in MODELS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", MODELS)
def test_builders_lead_with_the_arguments_of_st_unet(name):
    parameters = inspect.signature(MODELS[name].build).parameters
    ours = [key for key in parameters if key in ("adj", "K")]
    assert list(parameters)[: len(ours)] == ours and ours[0] == "adj"
    for key in ("history", "horizon", "features", "mean", "std", "dtype"):
        reference = inspect.signature(MODELS["st_unet"].build).parameters[key]
        assert parameters[key].default == reference.default
        assert parameters[key].kind == inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize(
    "name",
    [
        # Those with fixed options are of another's operations.
        pytest.param(name, marks=pytest.mark.long_on_jax if entry.fixed else ())
        for name, entry in MODELS.items()
    ],
)
def test_a_model_forecasts_in_original_units_and_is_made_again(zoo, name):
    model = zoo[name]
    history, nodes = model.input_shape[1:3]
    x = np.random.default_rng(0).normal(50, 10, (3, history, nodes, 1))
    y = forecast(model, x.astype("float32"))
    assert y.shape == (3, 2, nodes, 1) and y.dtype == "float32"
    assert 0 < np.abs(y - 50).max() < 200
    config = json.loads(json.dumps(model.get_config()))
    again = type(model).from_config(config)
    again.set_weights(model.get_weights())
    assert_allclose(forecast(again, x.astype("float32")), y, rtol=1e-5)


@pytest.mark.parametrize("name", MODELS)
def test_the_config_holds_every_argument(zoo, name):
    parameters = list(inspect.signature(MODELS[name].build).parameters)
    config = zoo[name].get_config()
    assert list(config) == parameters[:-1]  # without **unknown
    fixed = MODELS[name].fixed
    assert {key: config[key] for key in fixed} == dict(fixed)


def test_options_are_all_but_what_data_and_training_give():
    options = model_options("t_unet", {"units": 3})
    assert not GIVEN & options.keys()
    assert (options["p"], options["s"], options["units"]) == (0, 2, 3)
    assert "sampling_decay" not in MODELS["dcrnn"].options()
    assert MODELS["dcrnn"].takes("sampling_decay")
    assert not MODELS["fnn"].takes("sampling_decay")


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("gcgruu", {}, "Did you mean 'gcgru'"),
        ("gcgru", {"unit": 3}, "no option 'unit'.*Did you mean 'units'"),
        ("gcgru", {"mean": 3.0}, "no option 'mean'"),
        ("s_unet", {"s": 2}, "stands for s=1"),
    ],
)
def test_a_bad_option_is_refused(model, options, message):
    with pytest.raises(ValueError, match=message):
        model_options(model, options)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("st_unet", {"K": 0}, "`K` is 0"),
        ("st_unet", {"p": -1}, "`p` is -1"),
        ("st_unet", {"p": "x"}, "`p` is 'x'"),
        ("st_unet", {"s": 0, "p": 40}, "`s` is 0"),
        ("st_unet", {"head": "one_step"}, "`head` is 'one_step'"),
        ("st_unet", {"layer_norm": "jnt"}, "Did you mean 'joint'"),
        ("gcgru", {"units": "x"}, "`units` is 'x'"),
        ("dcrnn", {"history": 0}, "`history` is 0"),
        ("dcrnn", {"propagation": "spectral"}, '`propagation` is "spectral'),
        ("fnn", {"horizon": 1.5}, "`horizon` is 1.5"),
        ("stgcn", {"history": 8}, "history"),
        ("stgcn", {"channels": 3}, "channels|cannot be built"),
    ],
)
def test_what_no_graph_can_be_built_with_is_refused(model, options, message):
    with pytest.raises(ValueError, match=message):
        check_model(model, options)


@pytest.mark.long_on_jax
def test_a_model_that_cannot_roll_out_a_calendar_is_refused():
    with pytest.raises(ValueError, match="leave the calendar out"):
        check_model("stgcn", {}, features=2)
    assert check_model("stgcn", {"head": "direct"}, features=2)["K"] == 3


@pytest.mark.parametrize("p", [0, 1, 3, (1, 2), 40])
def test_options_that_some_graph_bears_are_not(p):
    assert check_model("st_unet", {"p": p, "units": 1})["p"] == p


@pytest.mark.parametrize("name", MODELS)
def test_no_bias_is_summed_up_in_bfloat16(graph, name):
    # See `PointwiseDense`. An LSTM's rows are windows alone: few.
    model = small(name, graph, dtype="mixed_bfloat16")
    keras_own = (keras.layers.Dense, keras.layers.EinsumDense)
    for layer in model._flatten_layers():
        if type(layer) in keras_own:
            assert layer.compute_dtype == "float32", layer.path


def test_each_u_takes_the_width_that_a_protocol_publishes():
    wide = {name for name, entry in MODELS.items() if entry.published_units}
    assert wide == {"st_unet", "t_unet", "s_unet", "gcgru_ablation"}
    assert all("units" in MODELS[name].options() for name in wide)


@pytest.mark.parametrize("name", ["stid", "graph_wavenet", "st_unet_plus"])
def test_features_are_left_out_in_training_alone(graph, name):
    """On each backend: of those of JAX `fit` goes past `__call__`."""
    options = {"dropout": 0.9}
    if name == "graph_wavenet":
        options["blocks"] = 2
    model = small(name, graph, **options)
    history, nodes = model.input_shape[1:3]
    x = np.random.default_rng(0).normal(50, 10, (3, history, nodes, 1))
    y = np.full((3, 2, nodes, 1), 60.0)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    losses = [model.train_on_batch(x, y) for _ in range(2)]
    losses.append(model.test_on_batch(x, y))
    assert len(set(map(float, losses))) == 3
