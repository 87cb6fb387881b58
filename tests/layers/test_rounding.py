"""Products in bfloat16 are rounded once, also where the backend's are not."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet import layers
from keras_stunet import partition
from keras_stunet.layers import rounding

HALF_RING = np.roll(np.eye(12), 1, axis=1)
RING = HALF_RING + HALF_RING.T
PAIRS = partition(RING, p=1)


def positive(*shape):
    x = np.random.default_rng(0).uniform(0.5, 1.0, shape).astype("float32")
    return ops.cast(x, "bfloat16")


def in_full(x):
    return np.array(ops.cast(x, "float32"), "float64")


def check_product():
    a, b = positive(3, 200), positive(200, 4)
    found = rounding.matrix_product(a, b)
    assert ops.dtype(found) == "bfloat16"
    # Half of the last bit. The rest is float32's own rounding, which depends
    # on the order of the sum.
    np.testing.assert_allclose(
        in_full(found), in_full(a) @ in_full(b), rtol=2**-8 * 1.001
    )


def test_a_matrix_product_is_rounded_once():
    check_product()


@pytest.fixture
def seen(monkeypatch):
    """TensorFlow as on a processor of AVX2; dtypes that it multiplies."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("Only TensorFlow has products that are cut off.")
    dtypes = []

    def cut_off(own):
        def product(a, b, **options):
            dtypes.append(ops.dtype(a))
            if "bfloat16" not in (ops.dtype(a), ops.dtype(b)):
                return own(a, b, **options)
            wide = own(ops.cast(a, "float32"), ops.cast(b, "float32"))
            bits = np.array(wide).view("uint32") & np.uint32(0xFFFF0000)
            return ops.cast(bits.view("float32"), "bfloat16")

        return product

    for name in ("matmul", "conv"):
        monkeypatch.setattr(ops, name, cut_off(getattr(ops, name)))
    rounding._cuts_off.cache_clear()
    assert rounding._cuts_off()
    dtypes.clear()
    yield dtypes
    rounding._cuts_off.cache_clear()


def test_it_is_also_where_tensorflow_cuts_off(seen):
    check_product()


LAYERS = {
    "ChebConv": lambda: layers.ChebConv(3, 2, adjacency=RING),
    "FirstOrderConv": lambda: layers.FirstOrderConv(3, adjacency=RING),
    "dense": lambda: layers.GraphOperator(2, RING, "dense"),
    "edges": lambda: layers.GraphOperator(2, RING, "edges"),
    "mean": lambda: layers.GraphPool(PAIRS),
    "copy": lambda: layers.GraphUnpool(PAIRS),
    "weighted": lambda: layers.GraphUnpool(PAIRS, "weighted"),
    "PointwiseDense": lambda: layers.PointwiseDense(3),
    "TemporalConv": lambda: layers.TemporalConv(3, 2),
}


@pytest.mark.parametrize("name", LAYERS)
def test_no_layer_multiplies_in_bfloat16_there(name, seen):
    default = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer = LAYERS[name]()
    finally:
        keras.config.set_dtype_policy(default)
    nodes = len(PAIRS.sizes) if isinstance(layer, layers.GraphUnpool) else 12
    y = layer(positive(2, 3, nodes, 5))
    assert ops.dtype(y) == "bfloat16"
    assert set(seen) == {"float32"}
