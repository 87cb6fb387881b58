"""Losses: values, masks, gradients, NaN, configuration, fit."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.checks import check_same_shape
from keras_stunet.losses import MeanBCE
from keras_stunet.losses import MeanL1
from keras_stunet.losses import MeanL1L2
from keras_stunet.losses import MeanL2

LOSSES = [MeanL1, MeanL1L2, MeanL2]
OF_ERROR = {
    MeanL1: abs,
    MeanL1L2: lambda e: (abs(e) + e * e) / 2,
    MeanL2: lambda e: e * e,
}
SHAPE = (3, 2, 4, 1)


def batch(seed=0):
    rng = np.random.default_rng(seed)
    y_true = rng.normal(60, 10, SHAPE).astype("float32")
    y_pred = rng.normal(60, 10, SHAPE).astype("float32")
    mask = (rng.random(SHAPE) < 0.6).astype("float32")
    return y_true, y_pred, mask


def reference(loss, y_true, y_pred, mask, std):
    total, count = 0.0, 0
    for index in np.ndindex(*SHAPE):
        if mask[index]:
            e = (float(y_true[index]) - float(y_pred[index])) / std
            total += OF_ERROR[loss](e)
            count += 1
    return total / count


def value_and_gradient(function, x):
    """Value of `function(x)` and its gradient, on the backend in use."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        x = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = function(x)
        return float(value), tape.gradient(value, x).numpy()
    if keras.backend.backend() == "jax":
        import jax

        value, gradient = jax.jit(jax.value_and_grad(function))(x)
        return float(value), np.asarray(gradient)
    x = ops.convert_to_tensor(x).requires_grad_()
    value = function(x)
    value.backward()
    return float(value), x.grad.cpu().numpy()


@pytest.mark.parametrize("std", [1.0, 13.5])
@pytest.mark.parametrize("loss", LOSSES)
def test_equals_a_loop_over_present_entries(loss, std):
    y_true, y_pred, mask = batch()
    got = loss(std)(y_true, y_pred, mask)
    expected = reference(loss, y_true, y_pred, mask, std)
    np.testing.assert_allclose(float(got), expected, rtol=1e-5)
    got = loss(std)(y_true, y_pred)
    expected = reference(loss, y_true, y_pred, np.ones(SHAPE), std)
    np.testing.assert_allclose(float(got), expected, rtol=1e-5)


def test_hand_computed():
    y_true = np.array([10.0, 0.0]).reshape(1, 1, 2, 1)
    y_pred = np.array([4.0, 2.0]).reshape(1, 1, 2, 1)
    # e = 3 and -1 in units of 2: (3 + 9) / 2 = 6 and (1 + 1) / 2 = 1.
    assert float(MeanL1L2(2.0)(y_true, y_pred)) == 3.5
    assert float(MeanL2(2.0)(y_true, y_pred)) == 5.0
    assert float(MeanL1(2.0)(y_true, y_pred)) == 2.0


@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_is_that_of_the_masked_mean(loss):
    y_true, y_pred, mask = batch()
    _, gradient = value_and_gradient(
        lambda p: loss(5.0)(y_true, p, mask), y_pred
    )
    e = (y_pred - y_true) / 5.0
    slope = {
        MeanL1: np.sign(e),
        MeanL1L2: (np.sign(e) + 2 * e) / 2,
        MeanL2: 2 * e,
    }[loss]
    expected = slope * mask / mask.sum() / 5.0
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_present_gives_zero_loss_and_zero_gradient(loss):
    y_true, y_pred, mask = batch()
    value, gradient = value_and_gradient(
        lambda p: loss(5.0)(y_true, p, 0 * mask), y_pred
    )
    assert value == 0.0
    np.testing.assert_array_equal(gradient, np.zeros(SHAPE))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("junk", [np.nan, np.inf, 1e30])
def test_junk_in_missing_targets_does_not_matter(loss, junk):
    y_true, y_pred, mask = batch()
    clean = value_and_gradient(lambda p: loss()(y_true, p, mask), y_pred)
    y_true[mask == 0] = junk
    dirty = value_and_gradient(lambda p: loss()(y_true, p, mask), y_pred)
    assert clean[0] == dirty[0]
    np.testing.assert_array_equal(clean[1], dirty[1])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("masked", ["no", "there", "everywhere"])
def test_nan_forecast_gives_nan(loss, masked):
    y_true, y_pred, mask = batch()
    y_pred[1, 1, 1, 0] = np.nan
    if masked == "no":
        assert np.isnan(float(loss()(y_true, y_pred)))
        mask[1, 1, 1, 0] = 1
    mask[1, 1, 1, 0] = masked == "no"
    mask *= masked != "everywhere"
    value, _ = value_and_gradient(lambda p: loss()(y_true, p, mask), y_pred)
    assert np.isnan(value)


@pytest.mark.parametrize("loss", LOSSES)
def test_config_round_trip(loss):
    first = loss(3.0, reduction="sum", name="other", dtype="float64")
    config = first.get_config()
    assert config == {
        "std": 3.0,
        "reduction": "sum",
        "name": "other",
        "dtype": "float64",
    }
    second = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(first)
    )
    assert type(second) is loss
    assert second.get_config() == config


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("std", [0, -1.0, np.nan, np.inf, True])
def test_bad_std_is_refused(loss, std):
    with pytest.raises(ValueError, match="`std` is .*positive number"):
        loss(std)


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_is_broadcast(loss):
    y_true, y_pred, mask = batch()
    with pytest.raises(ValueError, match="`y_true` has shape .*broadcast"):
        loss()(y_true[..., 0], y_pred)
    with pytest.raises(ValueError, match="`y_true` has shape"):
        loss()(y_true[:, :1], y_pred)
    with pytest.raises(ValueError, match="`sample_weight` has shape"):
        loss()(y_true, y_pred, mask[:, 0, 0, 0])
    with pytest.raises(ValueError, match="`sample_weight` has shape"):
        loss()(y_true, y_pred, mask[..., 0])


def test_unknown_sizes_are_not_compared():
    known = np.zeros((2, 3))
    unknown = keras.KerasTensor((None, 3))
    check_same_shape("a", known, "b", unknown)
    with pytest.raises(ValueError, match="`a` has shape"):
        check_same_shape("a", known, "b", keras.KerasTensor((None, 4)))


@pytest.mark.parametrize("loss", LOSSES)
def test_mixed_precision_computes_in_float32(loss):
    y_true, y_pred, mask = batch()
    half = ops.cast(y_pred, "bfloat16")
    got = loss()(y_true, half, mask)
    assert keras.backend.standardize_dtype(got.dtype) == "float32"
    exact = np.asarray(ops.cast(half, "float32"))
    expected = reference(loss, y_true, exact, mask, 1.0)
    np.testing.assert_allclose(float(got), expected, rtol=1e-5)


@pytest.mark.parametrize("loss", LOSSES)
def test_fit_ignores_missing_targets(loss):
    y_true, _, mask = batch()
    x = np.ones(SHAPE, "float32")
    y_true[...] = 3.0
    y_true[mask == 0] = 1e6
    # Many batches of the same three windows, as epochs cost more than steps.
    x, y_true, mask = (np.tile(a, (100, 1, 1, 1)) for a in (x, y_true, mask))
    model = keras.Sequential([keras.Input(SHAPE[1:]), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), loss(2.0))
    model.fit(x, y_true, sample_weight=mask, batch_size=3, epochs=3, verbose=0)
    forecast = model.predict(x, verbose=0)
    np.testing.assert_allclose(forecast, 3.0, atol=0.1)


def test_cross_entropy_by_hand():
    p = np.array([0.5, 0.25, 0.9, 0.3], "float32").reshape(1, 2, 2, 1)
    y = np.array([1.0, 0.0, 0.4, 0.7], "float32").reshape(1, 2, 2, 1)
    terms = [
        np.log(2),
        -np.log(0.75),
        -(0.4 * np.log(0.9) + 0.6 * np.log(0.1)),
        -(0.7 * np.log(0.3) + 0.3 * np.log(0.7)),
    ]
    assert float(MeanBCE()(y, p)) == pytest.approx(np.mean(terms), rel=1e-5)
    mask = np.array([1, 0, 1, 0], "float32").reshape(y.shape)
    expected = (terms[0] + terms[2]) / 2
    assert float(MeanBCE()(y, p, mask)) == pytest.approx(expected, rel=1e-5)


def test_cross_entropy_is_least_where_the_forecast_is_the_pixel():
    y = np.full((1, 1, 1, 1), 0.3, "float32")
    _, slope = value_and_gradient(lambda p: MeanBCE()(y, p), y)
    assert abs(float(slope.item())) < 1e-5
    worse = [float(MeanBCE()(y, y + d)) for d in (-0.1, 0.1)]
    assert min(worse) > float(MeanBCE()(y, y))


def test_cross_entropy_of_a_sure_mistake_is_finite():
    y = np.array([1.0, 0.0], "float32").reshape(1, 1, 2, 1)
    loss = MeanBCE()
    # float32 knows 1 - 1e-7 as 1 - 1.19e-7.
    assert float(loss(y, 1 - y)) == pytest.approx(-np.log(1e-7), rel=0.01)
    assert float(loss(y, y)) == pytest.approx(0.0, abs=1e-6)
    value = loss(y, np.full_like(y, np.nan))
    assert np.isnan(float(value))


def test_cross_entropy_comes_back_from_its_config():
    loss = MeanBCE(name="pixels")
    again = MeanBCE.from_config(loss.get_config())
    assert again.get_config() == loss.get_config()
    assert again.name == "pixels"


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", [(2,), (3, 2)])
def test_targets_are_averaged_in_standard_units(loss, shape):
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(60, 10, (2, 4, 5, 3, 2)).astype("float32")
    mask = (rng.random(y_true.shape) < 0.7).astype("float32")
    std = rng.uniform(1, 9, shape)
    whole = np.broadcast_to(std, y_true.shape)
    got = loss(std)(y_true, y_pred, mask)
    expected = loss(1.0)(y_true / whole, y_pred / whole, mask)
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    again = loss.from_config(loss(std).get_config())
    assert float(again(y_true, y_pred, mask)) == float(got)
