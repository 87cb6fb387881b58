"""build_gcgru: what it has apart from the other recurrent models."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.models.gcgru import build_gcgru
from tests.models.recurrent_models import DIRECTED
from tests.models.recurrent_models import GRAPHS
from tests.models.recurrent_models import build
from tests.models.recurrent_models import shared

GRAPH = GRAPHS["gcgru"]


def test_it_has_the_weights_of_two_stacks_and_a_convolution():
    K, U, F = 3, 64, 2

    def cell(inputs):
        return K * (inputs + U) * 3 * U + 3 * U

    def count(head):
        sizes = {"history": 1, "horizon": 2, "features": F, "units": U}
        model = build_gcgru(GRAPH, K, **sizes, head=head)
        shapes = [v.shape for v in model.trainable_variables]
        return sum(int(np.prod(shape)) for shape in shapes)

    encoder, decoder = cell(F) + cell(U), cell(1) + cell(U)
    assert count("direct") == encoder + 2 * (K * U + 1)
    assert count("seq2seq") == encoder + decoder + K * U + 1


@pytest.mark.parametrize("head", ["seq2seq", "direct"])
def test_renumbering_the_sensors_renumbers_the_forecast(readings, head):
    order = np.random.default_rng(0).permutation(8)
    x, _ = readings()
    model = build("gcgru", adj=GRAPH[order][:, order], head=head)
    expected = np.array(shared("gcgru", head=head)(x))[:, :, order]
    assert_allclose(np.array(model(x[:, :, order])), expected, rtol=1e-5)


def test_components_of_the_graph_do_not_see_each_other(readings):
    pairs = np.kron(np.eye(4), [[0.0, 1.0], [1.0, 0.0]])
    model = build("gcgru", adj=pairs, head="direct")
    x, _ = readings()
    changed = x.copy()
    changed[:, :, 0] += 5
    before, after = np.array(model(x)), np.array(model(changed))
    assert (before[:, :, :2] != after[:, :, :2]).all()
    assert_allclose(before[:, :, 2:], after[:, :, 2:], rtol=1e-6)


def test_a_directed_graph_is_refused():
    with pytest.raises(ValueError, match=r"directed.*symmetrise\(adj, \"max"):
        build_gcgru(DIRECTED)
