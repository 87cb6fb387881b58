"""Normalise and Denormalise."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import Denormalise
from keras_stunet.layers import Normalise


def test_the_reading_alone_is_normalised(rng):
    x = rng.normal(60, 10, (2, 3, 4, 3)).astype("float32")
    y = np.array(Normalise(58.5, 13.0)(x))
    np.testing.assert_allclose(y[..., 0], (x[..., 0] - 58.5) / 13, rtol=1e-5)
    np.testing.assert_array_equal(y[..., 1:], x[..., 1:])


def test_denormalise_undoes_normalise(rng):
    x = rng.normal(60, 10, (2, 3, 4, 1)).astype("float32")
    back = Denormalise(58.5, 13.0)(Normalise(58.5, 13.0)(x))
    np.testing.assert_allclose(back, x, rtol=1e-5)


@pytest.mark.parametrize("layer", [Normalise, Denormalise])
@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "bfloat16", "float16"])
def test_both_stay_in_float32_under_any_precision(layer, dtype):
    scale = layer(0.0, 1.0, dtype=dtype)
    y = scale(np.array([[65.37]], "float32"))
    assert ops.dtype(y) == "float32"
    np.testing.assert_array_equal(y, np.array([[65.37]], "float32"))
    assert layer.from_config(scale.get_config()).compute_dtype == "float32"


@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_whole_numbers_are_readings_too(dtype):
    x = np.array([[3], [4]], dtype)
    np.testing.assert_array_equal(Normalise(1.5, 2.0)(x), [[0.75], [1.25]])
    np.testing.assert_array_equal(Denormalise(1.5, 2.0)(x), [[7.5], [9.5]])


@pytest.mark.parametrize("layer", [Normalise, Denormalise])
@pytest.mark.parametrize(
    ("mean", "std"),
    [(np.nan, 1), (np.inf, 1), (0, 0), (0, -1), (0, np.nan), (0, np.inf)],
)
def test_scales_that_cannot_be_undone_are_refused(layer, mean, std):
    with pytest.raises(ValueError, match="finite numbers and `std` above 0"):
        layer(mean, std)


@pytest.mark.parametrize("shape", [(2,), (4, 2)])
def test_measurements_and_sensors_have_scales_of_their_own(rng, shape):
    mean, std = rng.normal(60, 10, shape), rng.uniform(1, 9, shape)
    x = rng.normal(60, 10, (3, 5, 4, 3)).astype("float32")
    normalise = Normalise(mean, std)
    y = np.array(normalise(x))
    np.testing.assert_allclose(y[..., :2], (x[..., :2] - mean) / std, 1e-4)
    np.testing.assert_array_equal(y[..., 2], x[..., 2])
    denormalise = Denormalise(mean, std)
    np.testing.assert_allclose(denormalise(y[..., :2]), x[..., :2], 1e-5)
    for layer in (normalise, denormalise):
        again = type(layer).from_config(layer.get_config())
        np.testing.assert_array_equal(again.std, layer.std)
        np.testing.assert_array_equal(again.mean, layer.mean)
    assert normalise.weights == []


@pytest.mark.parametrize("layer", [Normalise, Denormalise])
def test_scales_of_other_shapes_are_refused(layer):
    for mean, std in ((np.zeros(2), 1.0), (np.zeros((2, 2, 2)),) * 2):
        with pytest.raises(ValueError, match="expected two numbers, or two"):
            layer(mean, std)
    with pytest.raises(ValueError, match="`std` above 0"):
        layer(np.zeros(2), np.array([1.0, 0.0]))


def test_nothing_below_0_comes_out_and_the_gradient_does_not_die():
    layer = Denormalise(2.0, 4.0, non_negative=True)
    y = np.array([-3.0, -0.5, 0.25, 7.0], "float32")
    np.testing.assert_array_equal(layer(y), [0.0, 0.0, 3.0, 30.0])
    assert layer.get_config()["non_negative"] is True

    # One step of gradient descent on the square of the error, from below 0:
    # a target above 0 pulls it up, a target of 0 leaves it where it is.
    for target, moves in ((5.0, True), (0.0, False)):
        x = keras.Input((1,))
        weight = keras.layers.Dense(1, use_bias=False)
        model = keras.Model(x, layer(weight(x)))
        model.compile(keras.optimizers.SGD(0.01), "mse")
        weight.set_weights([np.array([[-3.0]], "float32")])
        model.fit(np.ones((1, 1)), np.full((1, 1), target), verbose=0)
        (after,) = weight.get_weights()[0].ravel()
        expected = -3.0 + 0.01 * 2 * (target - 0.0) * 4.0 if moves else -3.0
        assert after == pytest.approx(expected)
