"""STGCN against NumPy loops, its roll-out, and what it refuses."""

import inspect
import json

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.models.stgcn import STGCN
from keras_stunet.models.stgcn import build_stgcn
from tests.models.numpy_stgcn import NumpySTGCN
from tests.models.stgcn.conftest import SMALL
from tests.models.windows_apart import check_windows_apart

MODELS = {
    "one step": {},
    "direct": {"head": "direct"},
    "first order": {"convolution": "first_order", "horizon": 2},
    "two blocks": {
        "history": 9,
        "horizon": 2,
        "channels": [(3, 2), (1, 4)],
        "K": 2,
    },
    "features": {
        "features": 3,
        "head": "direct",
        "K": 1,
        "horizon": 4,
        "history": 5,
    },
}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(
            options,
            id=name,
            marks=pytest.mark.long_on_jax
            if name in ("two blocks", "features")  # shapes of their own
            else (),
        )
        for name, options in MODELS.items()
    ],
)
def test_forecast_equals_numpy_loops(make_stgcn, readings, graph, options):
    model = make_stgcn(**options)
    config = model.get_config()
    x, _ = readings(features=config["features"], history=config["history"])
    forecast = np.array(model(x))
    assert forecast.shape == (2, config["horizon"], 8, 1)
    assert_allclose(forecast, NumpySTGCN(model, graph)(x), rtol=1e-4)


@pytest.mark.long_on_jax
def test_the_published_widths_are_the_default():
    model = build_stgcn(np.ones((228, 228)) - np.eye(228), horizon=2)
    # Blocks, output layer: 3 norms of 228 (64 + 128 + 128) gains and biases,
    # temporal kernels 192 + 6144, 12288 + 2048 + 12288 and 131072, graph
    # kernels 2 * 3072, sigmoid 16384, linear 128, their biases the rest.
    norms = 2 * 228 * (64 + 128 + 128)
    kernels = 192 + 6144 + 12288 + 2048 + 12288 + 131072 + 6144 + 16384 + 128
    biases = 64 + 64 + 64 + 128 + 256 + 32 + 32 + 128 + 228
    expected = norms + kernels + biases
    assert (
        sum(v.numpy().size for v in model.trainable_weights)
        == expected
        == 333_604
    )


def test_the_roll_out_reads_its_own_forecasts(make_stgcn, windows):
    """It is the forecast of the window pushed on, until none is a reading."""
    model = make_stgcn(horizon=8)
    x, _ = windows()
    steps = np.array(model(x))
    pushed = np.concatenate([x, steps], axis=1)
    for step in range(1, 8):
        window = pushed[:, step : step + 6]
        again = np.array(model((window, steps)))  # as trained: one step
        assert_allclose(again, steps[:, step : step + 1], rtol=1e-5)


def test_shifting_readings_and_mean_shifts_the_forecast(
    make_stgcn, one_step, windows
):
    x, _ = windows()
    shifted = make_stgcn(mean=80.0, std=20.0)
    expected = 2 * np.array(one_step(x)) - 20
    assert_allclose(np.array(shifted(2 * x - 20)), expected, rtol=1e-5)


def test_windows_do_not_see_each_other(one_step, windows):
    x, _ = windows()
    check_windows_apart(one_step, x)


@pytest.mark.parametrize("convolution", ["chebyshev", "first_order"])
def test_renumbering_the_nodes_renumbers_the_forecast(
    make_stgcn, windows, graph, convolution
):
    order = np.random.default_rng(3).permutation(8)
    options = {"convolution": convolution, "head": "direct"}
    model = make_stgcn(**options)
    other = make_stgcn(graph[order][:, order], **options)
    for variable, value in zip(
        other.trainable_variables, model.trainable_variables, strict=True
    ):
        value = value.numpy()
        if "norm" in variable.path:  # (N, U)
            value = value[order]
        elif variable.path == "forecast/bias":  # (horizon, N)
            value = value[:, order]
        variable.assign(value)
    x, _ = windows()
    expected = np.array(model(x))[:, :, order]
    assert_allclose(np.array(other(x[:, :, order])), expected, rtol=1e-4)


@pytest.mark.long_on_jax
@pytest.mark.parametrize(
    ("convolution", "hops"), [("chebyshev", 2), ("first_order", 1)]
)
def test_without_norms_step_h_sees_h_graph_convolutions_far(
    make_stgcn, windows, monkeypatch, convolution, hops
):
    def identity(axis, epsilon, **options):
        return keras.layers.Identity(**options)

    monkeypatch.setattr(keras.layers, "LayerNormalization", identity)
    half = np.eye(8, k=1)
    path = half + half.T
    wide = {"channels": [(8, 8)], "convolution": convolution}
    model = make_stgcn(path, **wide)
    x, _ = windows(batch=1)
    before = np.array(model(x))
    x[:, :, 0] += 10
    changed = (np.array(model(x)) != before)[0, :, :, 0]
    for step in range(3):
        reach = hops * (step + 1)
        assert not changed[step, reach + 1 :].any()
        assert changed[step, min(reach, 7)]


@pytest.mark.long_on_jax
def test_every_reading_reaches_the_first_forecast(make_stgcn, windows):
    model = make_stgcn(horizon=1, channels=[(8, 8)])
    x, _ = windows(batch=1)
    changed = np.repeat(x, 48, axis=0).reshape(6, 8, 6, 8)
    for t in range(6):
        changed[t, np.arange(8), t, np.arange(8)] += 10
    changed = changed.reshape(48, 6, 8, 1)
    forecasts = np.array(model(changed))[:, 0, :, 0].reshape(6, 8, 8)
    base = np.array(model(x))[0, 0, :, 0]
    assert (forecasts != base).any(axis=-1).all()


@pytest.mark.long_on_jax
@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_the_config_holds_every_argument(make_stgcn, options):
    model = make_stgcn(**options)
    config = model.get_config()
    arguments = list(inspect.signature(build_stgcn).parameters)
    assert list(config) == arguments[:-1]  # without **unknown
    for name, value in {**SMALL, **options}.items():
        found = config[name]
        assert ([*map(tuple, found)] if name == "channels" else found) == value
    assert config["adj"] is None
    again = STGCN.from_config(json.loads(json.dumps(config)))
    assert again.get_config() == config
    assert len(json.dumps(config)) < 1000
    again.set_weights(model.get_weights())
    x = np.ones((1, config["history"], 8, config["features"]), "float32")
    assert_allclose(np.array(again(x)), np.array(model(x)))


def test_a_copy_without_weights_is_refused(one_step, windows):
    with pytest.raises(ValueError, match="was never set"):
        STGCN.from_config(one_step.get_config())(windows()[0])


def test_every_argument_is_documented():
    documented = inspect.getdoc(build_stgcn).replace("**", "")
    for name in inspect.signature(build_stgcn).parameters:
        assert f"\n    {name}: " in documented, name


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"history": 8}, "`history` is 8.* 2 blocks take 8 .*at least 9"),
        ({"history": 4, "channels": [(1, 1)]}, "1 block takes 4 .*at least 5"),
        ({"features": 2}, '`features` is 2.*Give `head="direct"`'),
        ({"head": "seq2seq"}, "`head` is 'seq2seq'.*'one_step', 'direct'"),
        ({"convolution": "cheb"}, "Did you mean 'chebyshev'"),
        ({"channels": ()}, r"`channels` is \(\).*a pair of widths"),
        ({"channels": (32, 64)}, r"`channels` is \(32, 64\).*a pair"),
        ({"channels": ((32, 64, 1),)}, "a pair of widths for each block"),
        ({"channels": ((32, 0),)}, "`channels` is 0; .*at least 1"),
        ({"K": 0}, "`K` is 0.*at least 1"),
        ({"std": 0.0}, "`std` is 0.0"),
        ({"graph_size": {"nodes": 8}}, "got both"),
        ({"dtype": "float23"}, "Did you mean 'float32'"),
    ],
)
def test_bad_options_are_refused(graph, options, message):
    with pytest.raises(ValueError, match=message):
        build_stgcn(graph, **options)


def test_bad_graphs_names_and_inputs_are_refused(graph, one_step, windows):
    with pytest.raises(ValueError, match="The adjacency is directed"):
        build_stgcn(np.triu(graph))
    with pytest.raises(ValueError, match="got neither"):
        build_stgcn(None)
    with pytest.raises(TypeError, match="Did you mean 'channels'"):
        build_stgcn(graph, channel=3)
    with pytest.raises(ValueError, match=r"has shape \(2, 3, 8, 1\)"):
        one_step(windows(history=3)[0])
