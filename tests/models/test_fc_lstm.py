"""build_fc_lstm: what it has apart from the other recurrent models."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.models.fc_lstm import build_fc_lstm
from tests.models.recurrent_models import DIRECTED
from tests.models.recurrent_models import build
from tests.models.recurrent_models import shared


@pytest.mark.long_on_jax
def test_its_width_and_weights_are_those_of_two_layers_of_256():
    model = build_fc_lstm(DIRECTED, history=1, horizon=2, head="direct")
    assert {v.path: tuple(v.shape) for v in model.trainable_variables} == {
        "encoder_1/cell/kernel": (8, 1024),
        "encoder_1/cell/recurrent_kernel": (256, 1024),
        "encoder_1/cell/bias": (1024,),
        "encoder_2/cell/kernel": (256, 1024),
        "encoder_2/cell/recurrent_kernel": (256, 1024),
        "encoder_2/cell/bias": (1024,),
        "forecast/kernel": (256, 16),
        "forecast/bias": (16,),
    }


def test_the_graph_gives_the_number_of_sensors_and_no_more(readings):
    x, _ = readings()
    expected = np.array(shared("fc_lstm")(x))
    other = build("fc_lstm", adj=np.zeros((8, 8)))
    assert_allclose(np.array(other(x)), expected, rtol=1e-6)
    config = {**shared("fc_lstm").get_config(), "graph_size": {"nodes": 8}}
    assert build_fc_lstm(**config).output_shape == (None, 3, 8, 1)


@pytest.mark.parametrize("size", [{}, {"nodes": 0}, {"nodes": 8.0}])
def test_a_bad_graph_size_is_refused(size):
    with pytest.raises(ValueError, match=r"`graph_size\['nodes'\]` is"):
        build_fc_lstm(None, graph_size=size)
