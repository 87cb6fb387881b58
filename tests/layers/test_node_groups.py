"""The dense and the gather path of sums over groups of nodes."""

import numpy as np
import pytest
from keras import ops

from keras_stunet.layers import GraphPool
from keras_stunet.layers import GraphUnpool
from keras_stunet.layers import node_groups


@pytest.fixture
def both_roads(monkeypatch):
    """`both_roads(function)`: its values on the dense and on the other."""

    def run(function):
        values = []
        for limit in (2**20, 0):
            monkeypatch.setattr(node_groups, "DENSE_LIMIT", limit)
            values.append(np.array(function()))
        return values

    return run


LAYERS = {
    "mean": (lambda groups: GraphPool(groups, "mean"), 7),
    "max": (lambda groups: GraphPool(groups, "max"), 7),
    "copy": (lambda groups: GraphUnpool(groups, "copy"), 4),
    "ordered": (lambda groups: GraphUnpool(groups, "ordered"), 4),
    "weighted": (lambda groups: GraphUnpool(groups, "weighted"), 4),
}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("lead", [(), (2, 3)])
def test_both_roads_give_equal_values_and_gradients(
    groups, signal, randomise, gradient_of, both_roads, name, lead
):
    make, nodes = LAYERS[name]
    layer, x = make(groups), signal(*lead, nodes, 2)
    layer.build(x.shape)
    randomise(layer)
    dense, gathered = both_roads(lambda: layer(x))
    np.testing.assert_allclose(gathered, dense, rtol=1e-5, atol=1e-6)
    dense, gathered = both_roads(
        lambda: gradient_of(lambda x: ops.sum(layer(x) ** 3), x)
    )
    assert np.isfinite(dense).all()
    assert np.any(dense)
    np.testing.assert_allclose(gathered, dense, rtol=1e-4, atol=1e-5)


def test_the_roads_are_different(groups, signal, both_roads, monkeypatch):
    taken = []
    one_hot = ops.one_hot

    def spy(*args, **kwargs):
        taken.append(node_groups.DENSE_LIMIT)
        return one_hot(*args, **kwargs)

    monkeypatch.setattr(node_groups.ops, "one_hot", spy)
    both_roads(lambda: GraphPool(groups)(signal(7, 2)))
    both_roads(lambda: GraphUnpool(groups)(signal(4, 2)))
    assert taken == [2**20] * 2


def test_spreading_is_the_transpose_of_summing(groups, signal, both_roads):
    # <sum x, y> = <x, spread y>
    x, y = signal(7, 2), signal(4, 2)
    labels = groups.labels.astype("int32")
    for total, spread in zip(
        both_roads(lambda: node_groups.sum_groups(x, labels, 4)),
        both_roads(lambda: node_groups.spread_groups(y, labels, 7)),
        strict=True,
    ):
        np.testing.assert_allclose(
            np.sum(total * y), np.sum(x * spread), rtol=1e-4
        )
