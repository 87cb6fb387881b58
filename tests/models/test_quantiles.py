"""Quantiles of the direct heads: the loss, their order, saving, and refusal.

The oracle of the loss is a loop of NumPy over the entries that are present.
"""

import keras
import numpy as np
import pytest

from keras_stunet.layers import OrderedQuantiles
from keras_stunet.losses import MeanPinball
from keras_stunet.metrics import MaskedMAE
from keras_stunet.models import MODELS
from keras_stunet.models import build_model
from keras_stunet.quantiles import check_quantiles
from keras_stunet.quantiles import median_of
from keras_stunet.quantiles import quantile_at

Q = (0.1, 0.25, 0.5, 0.9)
NODES, TARGETS = 4, (1, 0)
RING = np.roll(np.eye(NODES), 1, axis=1) + np.roll(np.eye(NODES), -1, axis=1)
MEAN, STD = np.array([400.0, 60.0]), np.array([90.0, 8.0])
# The first name of each builder that has them.
BUILDERS = {
    entry.build: name
    for name, entry in reversed(MODELS.items())
    if entry.takes("quantiles")
}


def slow_on_jax(name):
    # JAX compiles each operation of an eager step: one will do.
    return [] if name == "fnn" else [pytest.mark.long_on_jax]


def small(name, **options):
    sizes = {"history": 5, "horizon": 2, "units": 3, "layers": 1, "K": 2}
    sizes |= {"channels": [(2, 2)], "p": 1, "head": "direct"}
    sizes |= {"weight_decay": 0.0, "dropout": 0.0, "node_dropout": 0.0}
    known = MODELS[name].options()
    sizes = {key: x for key, x in sizes.items() if key in known}
    scale = {"mean": MEAN, "std": STD, "features": 2, "targets": TARGETS}
    keras.utils.set_random_seed(0)
    return build_model(name, RING, **sizes | scale | options)


def pinball(y, forecast, std, mask):
    """Mean over present entries and quantiles; `forecast` (..., D, Q)."""
    losses = []
    for index in np.argwhere(mask):
        *place, target = index
        e = y[tuple(index)] - forecast[tuple(index)]  # (Q,)
        e = e / np.broadcast_to(std, y.shape)[tuple(index)]
        losses += [max(q * x, (q - 1) * x) for q, x in zip(Q, e, strict=True)]
    return np.mean(losses)


@pytest.mark.parametrize("by", ["target", "sensor"])
def test_the_loss_is_that_of_a_loop(by):
    rng = np.random.default_rng(0)
    y = rng.normal(60, 10, (3, 2, NODES, 2))
    forecast = rng.normal(60, 10, (3, 2, NODES, 2, len(Q)))
    mask = rng.random(y.shape) < 0.6
    std = rng.uniform(1, 9, (NODES, 2) if by == "sensor" else 2)
    y[~mask] = np.nan
    expected = pinball(y, forecast, std, mask)
    made = forecast.reshape(3, 2, NODES, -1)
    loss = MeanPinball(Q, std)
    assert float(loss(y, made, mask)) == pytest.approx(expected, rel=1e-5)
    again = MeanPinball.from_config(loss.get_config())
    assert float(again(y, made, mask)) == pytest.approx(expected, rel=1e-5)
    assert np.isnan(float(loss(y, made * np.nan, mask)))


def test_a_forecast_without_quantiles_is_refused():
    y = np.zeros((1, 1, 2, 1))
    with pytest.raises(ValueError, match="expected 4 for each target"):
        MeanPinball(Q)(y, y)
    with pytest.raises(ValueError, match="expected equal shapes"):
        MeanPinball(Q)(y, np.zeros((1, 1, 2, 8)))


def test_they_never_cross_and_the_median_stays():
    x = np.random.default_rng(0).normal(0, 300, (5, 2, NODES, 8))
    x = x.astype("float32")
    y = np.asarray(OrderedQuantiles(Q)(x)).reshape(5, 2, NODES, 2, 4)
    assert (np.diff(y, axis=-1) >= 0).all()
    np.testing.assert_array_equal(y[..., 2], x[..., 2::4])
    above = np.logaddexp(0, x[..., 3::4].astype(float))
    np.testing.assert_allclose(y[..., 3], x[..., 2::4] + above, rtol=1e-5)
    below = np.logaddexp(0, x[..., 0::4].astype(float))
    np.testing.assert_allclose(y[..., 0], y[..., 1] - below, rtol=1e-5)


@pytest.mark.parametrize(
    "name", [pytest.param(x, marks=slow_on_jax(x)) for x in BUILDERS.values()]
)
def test_a_direct_head_forecasts_them(tmp_path, name):
    by_sensor = np.random.default_rng(1).uniform(0.5, 2, (2, NODES, 2))
    model = small(
        name, quantiles=Q, mean=MEAN * by_sensor[0], std=STD * by_sensor[1]
    )
    assert model.quantiles == list(Q)
    assert model.output_shape == (None, 2, NODES, 8)
    rng = np.random.default_rng(0)
    x = rng.normal(MEAN, STD, (3, 5, NODES, 2)).astype("float32")
    y = rng.normal(MEAN, STD, (3, 2, NODES, 2))[..., list(TARGETS)]
    mask = rng.random(y.shape) < 0.7

    made = np.asarray(model(x)).reshape(3, 2, NODES, 2, 4)
    assert (np.diff(made, axis=-1) > 0).all()
    # Flow and speed, each in its own unit and order.
    middle = median_of(np.asarray(model(x)), model.quantiles)
    np.testing.assert_array_equal(middle, made[..., 2])
    assert 20 < middle[..., 0].mean() < 200 < middle[..., 1].mean() < 1500

    # A step of training on what is present; metrics see the median. Batches
    # are normalised otherwise in training.
    made = np.asarray(model(x, training=True)).reshape(made.shape)
    std = (STD * by_sensor[1])[:, list(TARGETS)]
    y = np.where(mask, y, np.nan).astype("float32")
    model.compile(
        keras.optimizers.SGD(0.1),
        MeanPinball(Q, std),
        weighted_metrics=[MaskedMAE(std=std)],
        run_eagerly=True,
    )
    said = model.fit(
        x, y, sample_weight=mask.astype("float32"), batch_size=3, verbose=0
    ).history
    expected = pinball(y, made, std, mask)
    assert said["loss"][0] == pytest.approx(expected, rel=1e-4)
    expected = (np.abs(y - made[..., 2]) / std)[mask].mean()
    assert said["mae"][0] == pytest.approx(expected, rel=1e-4)
    after = np.asarray(model(x))
    assert not np.allclose(after, made.reshape(after.shape))

    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.quantiles == list(Q)
    np.testing.assert_allclose(again(x), after, rtol=1e-5)


@pytest.mark.long_on_jax
def test_metrics_are_of_the_median():
    model = small("fnn", targets=(0,), quantiles=Q)
    x = np.random.default_rng(0).normal(MEAN, STD, (4, 5, NODES, 2))
    y = x[:, :2, :, :1]
    model.compile(loss=MeanPinball(Q, 90.0), metrics=["mae"])
    found = model.evaluate(x, y, verbose=0, return_dict=True)
    middle = np.asarray(model(x.astype("float32")))[..., 2:3]
    assert found["mae"] == pytest.approx(np.abs(middle - y).mean(), rel=1e-4)


@pytest.mark.parametrize("name", ["st_unet", "stgcn"])
def test_other_heads_refuse_them(name):
    head = "one_step" if name == "stgcn" else "seq2seq"
    with pytest.raises(ValueError, match='expected `head="direct"`'):
        small(name, quantiles=Q, head=head)


@pytest.mark.parametrize(
    ("quantiles", "message"),
    [
        ((0.5, 0.1), "does not rise"),
        ((0.1, 0.5, 0.5), "does not rise"),
        ((0.0, 0.5), "above 0 and below 1"),
        ((0.5, 1.2), "above 0 and below 1"),
        ((0.5, float("nan")), "above 0 and below 1"),
        (("0.5",), "above 0 and below 1"),
        (1.5, "above 0 and below 1"),
        ((0.1, 0.9), "without the median 0.5"),
        ((), "without the median 0.5"),
    ],
)
def test_bad_quantiles_are_refused(quantiles, message):
    for check in (check_quantiles, lambda q: small("fnn", quantiles=q)):
        with pytest.raises(ValueError, match=message):
            check(quantiles)


def test_between_two_quantiles_lies_a_line():
    made = np.random.default_rng(0).normal(size=(3, 2, 4)).cumsum(axis=-1)
    for p in (0.05, 0.1, 0.2, 0.25, 0.4, 0.5, 0.77, 0.9, 0.99):
        expected = [[np.interp(p, Q, line) for line in lines] for lines in made]
        found = quantile_at(made.reshape(3, 8), Q, p)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
