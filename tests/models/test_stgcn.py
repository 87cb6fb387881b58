"""STGCN against NumPy loops, its roll-out, training and files."""

import inspect
import json

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose

from keras_stunet.losses import MeanL2
from keras_stunet.metrics import MaskedMAE
from keras_stunet.models.stgcn import STGCN
from keras_stunet.models.stgcn import build_stgcn
from tests.models.numpy_stgcn import NumpySTGCN
from tests.models.windows_apart import check_windows_apart

SMALL = {
    "history": 6,
    "horizon": 3,
    "channels": [(2, 3)],
    "mean": 50.0,
    "std": 10.0,
}
# What is faster for a few steps: JAX compiles each operation anyway.
EAGERLY = keras.backend.backend() != "jax"


@pytest.fixture(scope="module")
def make_stgcn(graph):
    """Function to a small model, all of its weights away from 0 and 1."""

    def make(adj=graph, **options):
        keras.utils.set_random_seed(1)
        model = build_stgcn(adj, **{**SMALL, **options})
        rng = np.random.default_rng(2)
        for variable in model.trainable_variables:
            noise = rng.normal(scale=0.3, size=variable.shape)
            variable.assign(variable.numpy() + noise)
        return model

    return make


@pytest.fixture(scope="module")
def one_step(make_stgcn):
    """The small model, not to be changed."""
    return make_stgcn()


@pytest.fixture(scope="module")
def windows(readings):
    """Function to `(x, y)` for the small model."""

    def make(**options):
        return readings(**{"history": 6, "horizon": 3, **options})

    return make


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


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_forecast_equals_numpy_loops(make_stgcn, readings, graph, options):
    model = make_stgcn(**options)
    config = model.get_config()
    x, _ = readings(features=config["features"], history=config["history"])
    forecast = np.array(model(x))
    assert forecast.shape == (2, config["horizon"], 8, 1)
    assert_allclose(forecast, NumpySTGCN(model, graph)(x), rtol=1e-4)


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


def test_training_forecasts_one_step_and_does_not_look_at_the_truth(
    one_step, windows
):
    x, y = windows()
    trained = np.array(one_step((x, y)))
    assert trained.shape == (2, 1, 8, 1)
    assert_allclose(trained, np.array(one_step(x))[:, :1], rtol=1e-6)
    assert_allclose(np.array(one_step((x, np.nan * y))), trained)


def test_a_forecast_is_never_shown_the_truth(make_stgcn, windows):
    with pytest.raises(ValueError, match="expected the history alone"):
        make_stgcn().predict(windows(), verbose=0)


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


def compiled(model, run_eagerly=EAGERLY, jit_compile=not EAGERLY, rate=0.01):
    model.compile(
        keras.optimizers.Adam(rate, global_clipnorm=5.0),
        MeanL2(std=10.0),
        weighted_metrics=[MaskedMAE()],
        run_eagerly=run_eagerly,
        jit_compile=jit_compile,
    )
    return model


def test_fit_scores_the_first_step_and_evaluate_all(make_stgcn, windows):
    x, y = windows()
    mask = np.ones_like(y)
    mask[:, 0, :3] = 0

    def trained(targets, mask=None):
        model = compiled(make_stgcn())
        history = model.fit(
            x, targets, sample_weight=mask, epochs=1, verbose=0
        ).history
        return model, history

    later = y.copy()
    later[:, 1:] = np.nan
    model, history = trained(y, mask)
    other, same = trained(later, mask)
    assert history == same
    for first, second in zip(
        model.trainable_variables, other.trainable_variables, strict=True
    ):
        assert np.isfinite(first.numpy()).all()
        np.testing.assert_array_equal(first.numpy(), second.numpy())
    error = np.array(make_stgcn()((x, y))) - y[:, :1]
    present = mask[:, :1] == 1
    assert history["loss"][0] == pytest.approx(
        ((error / 10) ** 2)[present].mean(), rel=1e-4
    )
    mae = abs(model.predict(x, verbose=0) - y)
    result = model.evaluate(x, y, verbose=0, return_dict=True)
    assert result["mae"] == pytest.approx(mae.mean(), rel=1e-5)


@pytest.mark.parametrize("head", ["one_step", "direct"])
def test_fit_moves_all_weights_towards_the_truth(make_stgcn, windows, head):
    x, y = windows(batch=4)
    model = make_stgcn(head=head, channels=[(4, 8)])
    before = [v.numpy().copy() for v in model.trainable_variables]
    # XLA is slow to compile: once is enough.
    xla = head == "one_step"
    eagerly = EAGERLY and not xla
    compiled(model, run_eagerly=eagerly, jit_compile=not eagerly, rate=0.03)
    losses = model.fit(x, y, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    for variable, value in zip(model.trainable_variables, before, strict=True):
        assert (variable.numpy() != value).any(), variable.path


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
@pytest.mark.parametrize("head", ["one_step", "direct"])
def test_mixed_precision_is_near_and_in_float32(make_stgcn, windows, head):
    x, _ = windows()
    half = make_stgcn(head=head, dtype="mixed_bfloat16")
    forecast = half(x)
    assert keras.backend.standardize_dtype(forecast.dtype) == "float32"
    expected = np.array(make_stgcn(head=head)(x))
    assert expected.std() > 1  # mph; nothing is near by being constant
    assert_allclose(np.array(forecast), expected, atol=1.0)
    # The read-out is not rounded, only what it reads.
    standard = (np.array(forecast) - 50) / 10
    rounded = ops.cast(ops.cast(standard, "bfloat16"), "float32")
    assert (abs(standard / np.array(rounded) - 1) > 1e-4).mean() > 0.8


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
