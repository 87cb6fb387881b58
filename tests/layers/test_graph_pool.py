"""GraphPool: equations 5 and 6."""

import keras
import numpy as np
import pytest

from keras_stunet.layers import GraphPool
from tests.reference import pooling


@pytest.mark.parametrize("reduce", ["mean", "max"])
@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_it_equals_the_loop_over_members(groups, signal, reduce, lead):
    x = signal(*lead, 7, 2)
    expected = pooling.pool(x, groups.labels, reduce)
    pooled = GraphPool(groups, reduce)(x)
    np.testing.assert_allclose(pooled, expected, rtol=1e-5, atol=1e-6)


def test_a_maximum_of_negative_features_is_negative(groups, signal):
    # Fake nodes of zero features would win.
    x = -1 - abs(signal(2, 7, 3))
    pooled = np.array(GraphPool(groups, "max")(x))
    assert (pooled <= -1).all()
    np.testing.assert_array_equal(pooled, pooling.pool(x, groups.labels, "max"))


@pytest.mark.parametrize("reduce", ["mean", "max"])
def test_a_super_node_of_one_keeps_its_values(groups, signal, reduce):
    x = signal(2, 7, 3)
    pooled = np.array(GraphPool(groups, reduce)(x))
    np.testing.assert_allclose(pooled[:, 1], x[:, 2], rtol=1e-6)
    np.testing.assert_allclose(pooled[:, 3], x[:, 6], rtol=1e-6)


def test_the_weights_are_the_partition_and_not_trainable(groups):
    pool = GraphPool(groups)
    assert [(w.name, tuple(w.shape)) for w in pool.non_trainable_weights] == [
        ("labels", (7,)),
        ("sizes", (4,)),
    ]
    assert pool.trainable_weights == []


def test_an_unknown_reduction_is_refused_with_the_nearest_name(groups):
    message = "`reduce` is 'maxi'; expected one of 'mean', 'max'.*mean 'max'"
    with pytest.raises(ValueError, match=message):
        GraphPool(groups, "maxi")


def test_another_number_of_nodes_is_refused(groups, signal):
    message = "so 4 nodes .*its graph has 7"
    with pytest.raises(ValueError, match=message):
        GraphPool(groups)(signal(2, 4, 1))
    with pytest.raises(ValueError, match=message):
        GraphPool(groups)(keras.Input((4, 1)))


def test_exactly_one_of_partition_and_size_must_be_given(groups):
    size = {"nodes": 7, "super_nodes": 4}
    with pytest.raises(ValueError, match="`partition`.*got neither"):
        GraphPool()
    with pytest.raises(ValueError, match="`partition`.*got both"):
        GraphPool(groups, partition_size=size)
