"""Normalise and Denormalise."""

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
