"""The whole model against NumPy loops, and properties of any weights."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet import build_st_unet
from tests.models.forecast import forecast
from tests.models.windows_apart import check_windows_apart

MODELS = {
    "default": {},
    "odd history, s = 2": {"history": 3},
    "even history, s = 2": {"history": 4},
    "history shorter than s": {"history": 2, "s": 3},
    "four terms, two rounds": {"K": 4, "p": 2},
    "one term": {"K": 1},
    "plain": {"p": 0, "s": 1},
    "S-UNet": {"p": 1, "s": 1},
    "T-UNet": {"p": 0, "s": 2},
    "two levels": {"p": (1, 1), "s": (2, 3), "history": 5},
    "two levels, one number": {"p": (1, 1), "s": 2},
    "channels": {"layer_norm": "channels"},
    "no norm": {"layer_norm": None},
    "shared weights": {"share_weights": True, "p": (1, 1), "s": (2, 3)},
    "max": {"reduce": "max"},
    "edges": {"propagation": "edges"},
    "spectral": {"propagation": "spectral"},
    "direct, spectral": {"head": "direct", "propagation": "spectral"},
    "features": {"features": 3},
    "sigmoid": {"activation": "sigmoid"},
    "direct, sigmoid": {"head": "direct", "activation": "sigmoid"},
    "direct": {"head": "direct"},
    "direct, two levels": {"head": "direct", "p": (1, 1), "layer_norm": "none"},
}

# JAX compiles each operation of each shape anew: there one case of each kind
# of operation.
QUICK = {"default", "max", "edges", "spectral", "direct", "plain"}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(
            options,
            id=name,
            marks=() if name in QUICK else pytest.mark.long_on_jax,
        )
        for name, options in MODELS.items()
    ],
)
def test_forecast_equals_numpy_loops(
    make_model, readings, reference, graph, options
):
    model = make_model(**options)
    config = model.get_config()
    x, _ = readings(features=config["features"], history=config["history"])
    found = np.array(model(x))
    assert found.shape == (2, 3, 8, 1)
    assert_allclose(found, reference(model, graph)(x), rtol=1e-4)


def test_a_decoder_that_shares_has_a_read_out_of_its_own_alone(make_model):
    def names(**options):
        model = make_model(**options)
        return {
            v.path.removeprefix("decoder/").split("/")[0]
            for v in model.trainable_variables
        }

    encoder = {name for name in names() if name.startswith("encoder")}
    # The last norm, before the read-out, is one that an encoder has no use of.
    expected = encoder | {"encoder_norm_3", "forecast"}
    assert names(share_weights=True) == expected


def test_ablations_have_the_same_widths(make_model):
    def widths(**options):
        model = make_model(**options)
        return [
            v.shape
            for v in model.trainable_variables
            if "norm" not in v.path  # joint norms have one entry a node
        ]

    full = widths()
    assert widths(p=0) == full
    assert widths(s=1) == full
    assert widths(p=0, s=1) == full


def test_shifting_readings_and_mean_shifts_the_forecast(make_model, readings):
    x, _ = readings()
    model = make_model()
    shifted = make_model(mean=70.0)
    expected = np.array(model(x)) + 20
    assert_allclose(np.array(shifted(x + 20)), expected, rtol=1e-5)


def test_scaling_readings_mean_and_std_scales_the_forecast(
    make_model, readings
):
    x, _ = readings()
    model = make_model()
    in_kmh = make_model(mean=80.0, std=16.0)
    expected = np.array(model(x)) * 1.6
    assert_allclose(np.array(in_kmh(x * 1.6)), expected, rtol=1e-5)


@pytest.mark.parametrize("head", ["seq2seq", "direct"])
def test_windows_do_not_see_each_other(make_model, readings, head):
    model = make_model(head=head)
    x, _ = readings()
    check_windows_apart(model, x)


def test_components_of_the_graph_do_not_see_each_other(make_model, readings):
    pair = np.array([[0.0, 1.0], [1.0, 0.0]])
    model = make_model(adj=np.kron(np.eye(4), pair), layer_norm="channels")
    x, _ = readings()
    changed = x.copy()
    changed[:, :, 0] += 5
    before, after = np.array(model(x)), np.array(model(changed))
    assert (before[:, :, :2] != after[:, :, :2]).all()
    assert_allclose(before[:, :, 2:], after[:, :, 2:], rtol=1e-6)


@pytest.mark.long_on_jax
def test_every_input_reaches_the_first_forecast(make_model, readings):
    x, _ = readings(batch=1)
    steps, nodes = x.shape[1:3]
    changed = np.repeat(x, steps * nodes, axis=0)
    changed = changed.reshape(steps, nodes, steps, nodes)
    for step in range(steps):
        for node in range(nodes):
            changed[step, node, step, node] += 20
    changed = changed.reshape(-1, steps, nodes, 1)
    forecasts = forecast(make_model(), np.concatenate([x, changed]))
    difference = np.abs(forecasts[1:, 0] - forecasts[0, 0])
    assert (difference.max(axis=(1, 2)) > 1e-4).all()


def test_nan_readings_are_not_hidden(make_model, readings):
    x, _ = readings()
    x[0, 1, 2] = np.nan
    forecasts = np.array(make_model()(x))
    assert np.isnan(forecasts[0]).any()
    assert np.isfinite(forecasts[1]).all()


@pytest.mark.parametrize(
    ("head", "dtype"),
    [
        ("direct", "mixed_bfloat16"),
        *(
            pytest.param(*case, marks=pytest.mark.long_on_jax)
            for case in (
                ("direct", "mixed_float16"),
                ("seq2seq", "mixed_bfloat16"),
                ("seq2seq", "mixed_float16"),
            )
        ),
    ],
)
def test_mixed_precision_gives_float32_near_float32(
    make_model, readings, dtype, head
):
    x, _ = readings()
    near = forecast(make_model(dtype=dtype, head=head), x)
    assert near.dtype == "float32"
    exact = np.array(make_model(head=head)(x))
    assert_allclose(near, exact, atol=1.5)


@pytest.mark.long_on_jax
@pytest.mark.parametrize("how", ["argument", "global policy"])
@pytest.mark.parametrize("pair", [False, True])
def test_readings_reach_the_normaliser_in_float32(
    make_model, readings, monkeypatch, how, pair
):
    seen = []

    def spy(self, x):
        seen.append(np.array(x))
        return (x - self.mean) / self.std

    before = keras.config.dtype_policy()
    try:
        if how == "global policy":
            keras.config.set_dtype_policy("mixed_bfloat16")
            model = make_model()
        else:
            model = make_model(dtype="mixed_bfloat16")
        monkeypatch.setattr("keras_stunet.layers.Normalise.call", spy)
        x, y = (np.full_like(array, 65.37) for array in readings())
        model((x, y) if pair else x)
    finally:
        keras.config.set_dtype_policy(before)
    assert len(seen) == 1 + pair
    for array in seen:
        assert (array == np.float32(65.37)).all()


def test_whole_numbers_are_readings_too(make_model, readings):
    model = make_model()
    x, y = (np.round(array).astype("int32") for array in readings())
    expected = np.array(model(x.astype("float32")))
    assert_allclose(np.array(model(x)), expected)
    model((x, y))


def test_a_sparse_adjacency_gives_the_same_model(make_model, readings, graph):
    sparse = pytest.importorskip("scipy.sparse").csr_array(graph)
    x, _ = readings()
    expected = np.array(make_model()(x))
    assert_allclose(np.array(make_model(adj=sparse)(x)), expected, rtol=1e-5)


def test_the_same_seed_gives_the_same_weights(graph):
    def weights(seed):
        keras.utils.set_random_seed(seed)
        model = build_st_unet(graph, p=1, history=2, horizon=2, units=2)
        return [v.numpy() for v in model.trainable_variables]

    first, again, other = weights(1), weights(1), weights(2)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))
