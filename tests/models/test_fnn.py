"""FNN: its equation, and that a sensor sees nothing but itself."""

import inspect
import json

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose

from keras_stunet.losses import MeanL2
from keras_stunet.models.fnn import FNN
from keras_stunet.models.fnn import build_fnn


@pytest.fixture(scope="module")
def make_fnn(graph):
    """Function to a small model, all of its weights away from 0."""

    def make(adj=graph, **options):
        keras.utils.set_random_seed(1)
        small = {"history": 3, "horizon": 2, "units": 5}
        scaler = {"mean": 50.0, "std": 10.0}
        model = build_fnn(adj, **{**small, **scaler, **options})
        rng = np.random.default_rng(2)
        for variable in model.trainable_variables:
            variable.assign(rng.normal(scale=0.5, size=variable.shape))
        return model

    return make


MODELS = {
    "default": {},
    "features": {"features": 3, "layers": 3},
    "one layer": {"layers": 1, "horizon": 4, "history": 1},
}


def loops(model, x):
    """Sensor by sensor, in float64."""
    weights = [v.numpy().astype("float64") for v in model.trainable_variables]
    x = np.array(x, dtype="float64")
    x[..., 0] = (x[..., 0] - 50) / 10
    forecasts = []
    for n in range(x.shape[2]):
        h = x[:, :, n].reshape(len(x), -1)  # step by step, then by feature
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            h = np.maximum(h @ kernel + bias, 0)
        forecasts.append(h @ weights[-2] + weights[-1])  # (B, horizon)
    return np.stack(forecasts, axis=2)[..., None] * 10 + 50


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_forecast_equals_loops_over_sensors(make_fnn, readings, options):
    model = make_fnn(**options)
    config = model.get_config()
    x, _ = readings(features=config["features"], history=config["history"])
    assert len(model.trainable_variables) == 2 * config["layers"] + 2
    forecast = np.array(model(x))
    assert forecast.shape == (2, config["horizon"], 8, 1)
    assert_allclose(forecast, loops(model, x), rtol=1e-4)


def test_the_default_is_two_layers_of_256():
    model = build_fnn(None, graph_size={"nodes": 228})
    shapes = [tuple(v.shape) for v in model.trainable_variables[::2]]
    assert shapes == [(12, 256), (256, 256), (256, 12)]
    assert model.count_params() == 72_204


def test_sensors_are_alike_and_do_not_see_each_other(make_fnn, readings):
    model = make_fnn()
    x, _ = readings()
    forecast = np.array(model(x))
    order = np.random.default_rng(3).permutation(8)
    swapped = np.array(model(x[:, :, order]))
    assert_allclose(swapped, forecast[:, :, order], rtol=1e-5)
    changed = x.copy()
    changed[:, 0, 3] += 10
    other = np.array(model(changed)) != forecast
    assert other[:, :, 3].all()
    assert other.sum() == other[:, :, 3].sum()


def test_of_the_graph_only_the_number_of_nodes_counts(
    make_fnn, readings, graph
):
    x, _ = readings()
    expected = np.array(make_fnn()(x))
    for adj in (np.triu(graph), np.zeros((8, 8))):
        np.testing.assert_array_equal(make_fnn(adj)(x), expected)
    sized = make_fnn(None, graph_size={"nodes": 8})
    np.testing.assert_array_equal(sized(x), expected)


def test_shifting_readings_and_mean_shifts_the_forecast(make_fnn, readings):
    x, _ = readings()
    shifted = make_fnn(mean=80.0, std=20.0)
    expected = 2 * np.array(make_fnn()(x)) - 20
    assert_allclose(np.array(shifted(2 * x - 20)), expected, rtol=1e-5)


@pytest.mark.long
def test_fit_compiled_by_xla_learns_a_linear_rule(readings):
    keras.utils.set_random_seed(1)
    scaler = {"mean": 50.0, "std": 10.0}
    nodes = {"graph_size": {"nodes": 8}}
    model = build_fnn(None, history=3, horizon=1, units=16, **scaler, **nodes)
    model.compile(
        keras.optimizers.Adam(0.01), MeanL2(std=10.0), jit_compile=True
    )
    x, _ = readings(batch=64)
    y = 2 * x[:, 2:] - x[:, 1:2]
    losses = model.fit(x, y, batch_size=64, epochs=60, verbose=0).history[
        "loss"
    ]
    assert losses[-1] < 0.05 * losses[0]
    x, _ = readings(batch=64, seed=1)
    y = 2 * x[:, 2:] - x[:, 1:2]
    error = np.array(model(x)) - y
    assert error.std() < 0.25 * y.std()


def test_mixed_precision_is_near_and_in_float32(make_fnn, readings):
    x, _ = readings()
    forecast = make_fnn(dtype="mixed_bfloat16")(x)
    assert keras.backend.standardize_dtype(forecast.dtype) == "float32"
    expected = np.array(make_fnn()(x))
    assert expected.std() > 5
    assert_allclose(np.array(forecast), expected, atol=0.5)
    # The read-out is not rounded, only what it reads.
    standard = (np.array(forecast) - 50) / 10
    rounded = ops.cast(ops.cast(standard, "bfloat16"), "float32")
    assert (abs(standard / np.array(rounded) - 1) > 1e-4).mean() > 0.8


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_the_config_holds_every_argument(make_fnn, options):
    config = make_fnn(dtype="mixed_bfloat16", **options).get_config()
    arguments = list(inspect.signature(build_fnn).parameters)
    assert list(config) == arguments[:-1]  # without **unknown
    expected = {"units": 5, "mean": 50.0, "adj": None, **options}
    assert {name: config[name] for name in expected} == expected
    assert config["graph_size"] == {"nodes": 8}
    again = FNN.from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config


def test_every_argument_is_documented():
    documented = inspect.getdoc(build_fnn).replace("**", "")
    for name in inspect.signature(build_fnn).parameters:
        assert f"\n    {name}: " in documented, name


@pytest.mark.parametrize("name", ["history", "horizon", "units", "layers"])
def test_counts_below_one_are_refused(graph, name):
    with pytest.raises(ValueError, match=f"`{name}` is 0.*at least 1"):
        build_fnn(graph, **{name: 0})


def test_bad_graphs_names_and_inputs_are_refused(graph, make_fnn, readings):
    with pytest.raises(ValueError, match="negative weights"):
        build_fnn(-graph)
    with pytest.raises(ValueError, match="got neither"):
        build_fnn(None)
    with pytest.raises(TypeError, match="Did you mean 'units'"):
        build_fnn(graph, unit=3)
    with pytest.raises(ValueError, match=r"has shape \(2, 4, 8, 1\)"):
        make_fnn()(readings(history=4)[0])
