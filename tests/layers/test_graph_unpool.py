"""GraphUnpool: the three upsamplings of section 3.3."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.graph import rank_members
from keras_stunet.layers import GraphPool
from keras_stunet.layers import GraphUnpool
from tests.reference import pooling


def built(groups, randomise, upsampling, features=2):
    layer = GraphUnpool(groups, upsampling)
    layer.build((None, 4, features))
    randomise(layer)
    return layer


def taps_of(layer, members=3):
    kernel, bias = (ops.convert_to_numpy(w) for w in (layer.kernel, layer.bias))
    features = len(kernel)
    taps = kernel.reshape(features, members, features).transpose(1, 0, 2)
    return taps, bias.reshape(members, features)


@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
@pytest.mark.parametrize("upsampling", ["copy", "ordered", "weighted"])
def test_it_equals_the_loop_over_nodes(
    graph, groups, signal, randomise, upsampling, lead
):
    x, labels = signal(*lead, 4, 2), groups.labels
    layer = built(groups, randomise, upsampling)
    if upsampling == "copy":
        expected = pooling.copy(x, labels)
    elif upsampling == "ordered":
        expected = pooling.ordered(x, graph, labels, *taps_of(layer))
    else:
        mixing = ops.convert_to_numpy(layer.mixing)
        expected = pooling.weighted(x, graph, labels, *taps_of(layer), mixing)
    assert expected.shape == (*lead, 7, 2)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)


def test_ranks_differ_within_a_super_node(graph, groups):
    # Else the test above could not tell the taps apart.
    ranks = pooling.degree_ranks(graph, groups.labels)
    assert sorted(ranks[[0, 1, 4]]) == [0, 1, 2]
    np.testing.assert_array_equal(ranks, rank_members(graph, groups))


@pytest.mark.parametrize("reduce", ["mean", "max"])
def test_pooling_what_was_copied_gives_it_back(groups, signal, reduce):
    x = signal(2, 4, 3)
    back = GraphPool(groups, reduce)(GraphUnpool(groups)(x))
    np.testing.assert_allclose(back, x, rtol=1e-5)


@pytest.mark.parametrize(
    ("upsampling", "names"),
    [
        ("copy", ["labels"]),
        ("ordered", ["kernel", "bias", "labels", "ranks"]),
        (
            "weighted",
            ["kernel", "bias", "mixing", "labels", "ranks", "structure"],
        ),
    ],
)
def test_weights_have_names_and_order(groups, randomise, upsampling, names):
    layer = built(groups, randomise, upsampling)
    assert [weight.name for weight in layer.weights] == names


def test_a_tap_starts_within_its_own_glorot_limit(groups):
    layer = GraphUnpool(groups, "ordered")
    layer.build((None, 4, 30))
    limit = (6 / (30 + 30)) ** 0.5
    kernel = ops.convert_to_numpy(layer.kernel)
    assert 0.95 * limit < abs(kernel).max() <= limit


def test_an_unknown_upsampling_is_refused_with_the_nearest_name(groups):
    message = "`upsampling` is 'order'.*Did you mean 'ordered'"
    with pytest.raises(ValueError, match=message):
        GraphUnpool(groups, "order")


def test_another_number_of_super_nodes_is_refused(groups, signal):
    message = "so 7 super nodes .*its graph has 4"
    with pytest.raises(ValueError, match=message):
        GraphUnpool(groups)(signal(2, 7, 1))
    with pytest.raises(ValueError, match=message):
        GraphUnpool(groups)(keras.Input((7, 1)))


def test_exactly_one_of_partition_and_size_must_be_given(groups):
    size = {"nodes": 7, "super_nodes": 4, "members": 3}
    with pytest.raises(ValueError, match="`partition`.*got neither"):
        GraphUnpool()
    with pytest.raises(ValueError, match="`partition`.*got both"):
        GraphUnpool(groups, partition_size=size)
