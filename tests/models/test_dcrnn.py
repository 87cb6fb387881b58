"""build_dcrnn: what it has apart from the other recurrent models."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from keras_stunet.models.dcrnn import build_dcrnn
from tests.models.recurrent_models import DIRECTED
from tests.models.recurrent_models import build
from tests.models.recurrent_models import shared


def test_at_the_settings_of_metr_la_it_has_the_published_weights():
    # Li et al.'s code: gates on 5 (F + 64) inputs, the candidate likewise.
    def cell(features):
        return 5 * (features + 64) * 3 * 64 + 3 * 64

    published = cell(2) + cell(64) + cell(1) + cell(64) + 64
    assert published == 372_352
    model = build_dcrnn(DIRECTED, features=2, history=1, horizon=1)
    shapes = [v.shape for v in model.trainable_variables]
    assert sum(int(np.prod(shape)) for shape in shapes) == published


def test_gates_start_open_in_both_stacks():
    model = build_dcrnn(DIRECTED, history=1, horizon=1, units=2)
    biases = [v for v in model.trainable_variables if v.name == "bias"]
    assert len(biases) == 4
    for bias in biases:
        np.testing.assert_array_equal(bias.numpy(), [1, 1, 1, 1, 0, 0])


@pytest.mark.parametrize("head", ["seq2seq", "direct"])
def test_renumbering_the_sensors_renumbers_the_forecast(readings, head):
    order = np.random.default_rng(0).permutation(8)
    x, _ = readings()
    model = build("dcrnn", adj=DIRECTED[order][:, order], head=head)
    expected = np.array(shared("dcrnn", head=head)(x))[:, :, order]
    assert_allclose(np.array(model(x[:, :, order])), expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [np.array, sp.coo_array])
def test_a_graph_with_the_published_self_loops_is_the_same_graph(
    readings, kind
):
    x, _ = readings()
    model = build("dcrnn", adj=kind(DIRECTED + np.eye(8)), head="direct")
    expected = np.array(shared("dcrnn", head="direct")(x))
    assert_allclose(np.array(model(x)), expected, rtol=1e-6)


def test_the_direction_of_edges_matters(readings):
    x, _ = readings()
    turned = np.array(build("dcrnn", adj=DIRECTED.T, head="direct")(x))
    model = shared("dcrnn", head="direct")
    assert np.abs(turned - np.array(model(x))).max() > 0.1
