"""A graph without edges is taken by every model that does not pool."""

import keras
import numpy as np
import pytest

from keras_stunet.cli.own_data import WITHOUT_GRAPH
from keras_stunet.models import MODELS
from keras_stunet.models import build_model

SMALL = {"history": 3, "horizon": 2}
NOTHING = np.zeros((4, 4))


def small(model):
    options = dict(SMALL)
    if MODELS[model].takes("p") and "p" not in MODELS[model].fixed:
        options["p"] = 0
    if model.startswith("stgcn"):
        return {**options, "history": 9, "head": "direct"}
    return {**options, "units": 4}


@pytest.mark.long_on_jax
@pytest.mark.parametrize("model", MODELS)
def test_it_forecasts_without_edges(model):
    options = small(model)
    network = build_model(model, NOTHING, **options)
    x = np.random.default_rng(0).normal(size=(2, options["history"], 4, 1))
    assert np.isfinite(np.array(network(x))).all()
    # The command asks for a graph where the model keeps one.
    kept = {variable.name for variable in network.non_trainable_variables}
    looks = bool(kept & {"basis", "operator", "walks"})
    assert looks == (model not in WITHOUT_GRAPH), (
        "WITHOUT_GRAPH of cli/own_data.py names the models that look at none"
    )


@pytest.mark.parametrize(
    "model",
    ["gcgru", pytest.param("dcrnn", marks=pytest.mark.long_on_jax), "fnn"],
)
@pytest.mark.parametrize(
    "propagation",
    [pytest.param("dense", marks=pytest.mark.long_on_jax), "edges"],
)
def test_no_sensor_sees_another(model, propagation):
    options = {**small(model), "propagation": propagation}
    if not MODELS[model].takes("propagation"):
        del options["propagation"]
    keras.utils.set_random_seed(0)
    network = build_model(model, NOTHING, **options)
    x = np.random.default_rng(0).normal(size=(1, 3, 4, 1)).astype("float32")
    changed = x.copy()
    changed[:, :, 0] += 5
    before, after = np.array(network(x)), np.array(network(changed))
    assert (before[:, :, 0] != after[:, :, 0]).all()
    np.testing.assert_array_equal(before[:, :, 1:], after[:, :, 1:])
