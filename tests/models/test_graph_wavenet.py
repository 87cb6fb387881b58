"""Graph WaveNet: its equation in loops, its sizes, what it sees."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.losses import MeanL1
from keras_stunet.models import build_graph_wavenet

HISTORY, HORIZON = 6, 2


@pytest.fixture(scope="module")
def directed():
    """`(7, 7)` weights of a directed graph; no edge leaves node 2."""
    rng = np.random.default_rng(3)
    weights = rng.uniform(0.1, 1.0, (7, 7)) * (rng.random((7, 7)) < 0.4)
    weights[2] = 0
    return weights


def make(adj, history=HISTORY, **options):
    keras.utils.set_random_seed(1)
    options = {"units": 2, "blocks": 1, "rank": 2, "mean": 50.0, **options}
    model = build_graph_wavenet(
        adj, history=history, horizon=HORIZON, std=10.0, **options
    )
    rng = np.random.default_rng(2)
    for variable in model.weights:
        if "walks" not in variable.path:
            value = rng.normal(scale=0.5, size=variable.shape)
            positive = "variance" in variable.path
            variable.assign(abs(value) + 1 if positive else value)
    return model


def readings(nodes, batch=3, history=HISTORY):
    rng = np.random.default_rng(3)
    return rng.normal(50, 10, (batch, history, nodes, 1)).astype("float32")


def loops(model, x, walks):
    """As the model, in float64, windows first and step by step."""
    by = {"/".join(v.path.split("/")[-2:]): v for v in model.weights}
    w = {name: np.array(v, "float64") for name, v in by.items()}

    def dense(name, x):
        return x @ w[f"{name}/kernel"] + w[f"{name}/bias"]

    E, F = w["diffusion/seeking"], w["diffusion/found"]
    A = np.exp(np.maximum(E @ F.T, 0))
    A /= A.sum(axis=1, keepdims=True)
    graphs = [G for P in (*walks, A) for G in (P, P @ P)]
    h = dense("enter", (x.astype("float64") - 50) / 10)[:, -4:]
    skip = 0
    for i, d in ((1, 1), (2, 2)):
        gated = []
        for t in range(d, h.shape[1]):
            pair = np.concatenate([h[:, t - d], h[:, t]], axis=-1)
            value, gate = np.split(dense(f"layer_{i}_gates", pair), 2, -1)
            gated.append(np.tanh(value) / (1 + np.exp(-gate)))
        g = np.stack(gated, axis=1)
        skip = skip + dense(f"layer_{i}_skip", g[:, -1])
        if i == 2:
            break
        mixed = dense(f"layer_{i}_term_0", g)
        for k, G in enumerate(graphs, start=1):
            kernel = w[f"layer_{i}_term_{k}/kernel"]
            mixed = mixed + np.einsum("nm,btmf->btnf", G, g @ kernel)
        norm = f"layer_{i}_norm"
        h = mixed + h[:, d:] - w[f"{norm}/moving_mean"]
        h = h / np.sqrt(w[f"{norm}/moving_variance"] + 1e-5)
        h = h * w[f"{norm}/gamma"] + w[f"{norm}/beta"]
    y = np.maximum(dense("readout", np.maximum(skip, 0)), 0)
    y = dense("forecast", y)  # (B, N, horizon)
    return 50 + 10 * y.transpose(0, 2, 1)[..., None]


def walk(weights):
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)


def test_forecast_equals_loops_over_steps(directed):
    model, x = make(directed), readings(7)
    y = loops(model, x, [walk(directed), walk(directed.T)])
    assert_allclose(model.predict(x, verbose=0), y, 1e-4)


def test_the_learned_graph_alone(directed):
    model, x = make(directed, graphs="learned"), readings(7)
    assert_allclose(model.predict(x, verbose=0), loops(model, x, []), 1e-4)
    assert model.get_config()["graph_size"] == {"nodes": 7, "walks": 0}


@pytest.mark.long_on_jax
def test_the_published_width(directed):
    # Gates 2 * 32 * 64 + 64, skip 33 * 256, mix of 7 terms, norm; the last
    # layer's mix and norm reach nothing.
    model = build_graph_wavenet(directed, features=2)
    layer, mixed = (2 * 32 + 1) * 64 + 33 * 256, (7 * 32 + 1) * 32 + 2 * 32
    ends = 3 * 32 + 257 * 512 + 513 * 12 + 2 * 7 * 10
    trainable = sum(int(np.prod(v.shape)) for v in model.trainable_weights)
    assert trainable == 8 * layer + 7 * mixed + ends


def test_a_short_history_is_padded_with_the_mean(directed):
    model, x = make(directed, history=3), readings(7, history=3)
    longer = make(directed)
    longer.set_weights(model.get_weights())
    # `enter` of the padding is its bias, as of readings at the mean.
    padded = np.concatenate([np.full((3, 3, 7, 1), 50, "float32"), x], axis=1)
    assert_allclose(
        model.predict(x, verbose=0), longer.predict(padded, verbose=0), 1e-5
    )


def test_the_steps_that_no_output_sees_change_nothing(directed):
    model, x = make(directed), readings(7)
    before = model.predict(x, verbose=0)
    x[:, :2] += 20
    assert_allclose(model.predict(x, verbose=0), before, 1e-6)
    x[:, 2] += 20
    assert np.abs(model.predict(x, verbose=0) - before).max() > 1e-3


def test_fit_moves_all_weights_and_the_norms(directed):
    model, x = make(directed, dropout=0.0), readings(7)
    before = {v.path: np.array(v) for v in model.weights}
    model.compile("sgd", MeanL1())
    model.fit(x, np.full((3, HORIZON, 7, 1), 60.0), verbose=0)
    for v in model.weights:
        if "walks" not in v.path and "seed" not in v.path:
            assert np.abs(np.array(v) - before[v.path]).max() > 0, v.path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"graphs": "none"}, "`graphs` is 'none'"),
        ({"blocks": 0}, "`blocks` is 0"),
        ({"K": 1}, "`K` is 1"),
        ({"dropout": 1.0}, "`dropout` is 1.0; expected a share"),
    ],
)
def test_bad_options(options, message, directed):
    with pytest.raises(ValueError, match=message):
        make(directed, **options)
