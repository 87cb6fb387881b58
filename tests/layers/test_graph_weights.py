"""A graph lives in the weights: saved with them, and never silently unset."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_stunet.layers import ChebConv
from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import GCGRUCell
from keras_stunet.layers import GraphPool
from keras_stunet.layers import GraphUnpool
from keras_stunet.layers import STPool
from keras_stunet.layers import STUnpool

# Runs without the graph: all it has are the files in the folder.
RESTORE = """
import sys
import keras
import numpy as np
import keras_stunet.layers

keras.config.disable_traceback_filtering()
x = np.load("x.npy")
saved = keras.models.load_model("model.keras")
with open("config.json") as file:
    made = keras.models.model_from_json(file.read())
made.load_weights("model.weights.h5")
for name, model in (("saved", saved), ("made", made)):
    np.save(f"{name}.npy", model.predict(x, verbose=0))
"""


@pytest.fixture
def model(graph, groups, randomise):
    """Every layer that holds a graph, on both paths, in one model."""
    x = keras.Input((3, 7, 1))
    fine = DilatedRNN(GCGRUCell(3, 3, graph))(x)
    pool = STPool(GCGRUCell(3, 2, groups.adjacency, "edges"), groups)
    unpool = STUnpool(GCGRUCell(3, 3, graph, "edges"), groups, "weighted")
    y = unpool([pool(fine), fine])
    y = GraphUnpool(groups, "ordered")(GraphPool(groups, "max")(y))
    y = GraphUnpool(groups)(GraphPool(groups)(y))
    y = ChebConv(1, 1, graph)(ChebConv(2, 3, graph, "edges")(y))
    model = keras.Model(x, ChebConv(1, 3, graph)(y))
    randomise(model)
    return model


@pytest.mark.long  # models/test_fresh_process.py has a case in `make test`
def test_a_fresh_process_restores_a_model_without_its_graph(
    model, signal, tmp_path
):
    x = signal(2, 3, 7, 1)
    np.save(tmp_path / "x.npy", x)
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "model.weights.h5")
    (tmp_path / "config.json").write_text(model.to_json())
    subprocess.run(
        [sys.executable, "-c", RESTORE],
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": keras.backend.backend()},
        check=True,
    )
    expected = model.predict(x, verbose=0)
    assert np.ptp(expected) > 0.01
    for name in ("saved", "made"):
        np.testing.assert_array_equal(
            np.load(tmp_path / f"{name}.npy"), expected
        )


@pytest.mark.long_on_jax
def test_a_clone_computes_only_after_its_weights_are_set(model, signal):
    x = signal(2, 3, 7, 1)
    for name in ("__call__", "predict"):
        clone = keras.models.clone_model(model)
        with pytest.raises(ValueError, match="graph of layer .* never set"):
            getattr(clone, name)(x)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_array_equal(
        clone.predict(x, verbose=0), model.predict(x, verbose=0)
    )


LAYERS = {
    "dense": lambda graph, _: ChebConv(2, 3, graph, "dense"),
    "edges": lambda graph, _: ChebConv(2, 3, graph, "edges"),
    "pool": lambda _, groups: GraphPool(groups, "max"),
    "unpool": lambda _, groups: GraphUnpool(groups, "weighted"),
}


@pytest.fixture(params=LAYERS)
def unset_twins(request, graph, groups, signal):
    """A built layer, one made from its config, and an input for both."""
    layer = LAYERS[request.param](graph, groups)
    x = signal(2, 4 if request.param == "unpool" else 7, 2)
    layer.build(x.shape)
    twin = type(layer).from_config(layer.get_config())
    twin.build(x.shape)
    return layer, twin, x


def test_a_layer_from_a_config_refuses_until_all_weights_are_set(unset_twins):
    layer, twin, x = unset_twins
    for weight, value in zip(twin.weights, layer.weights, strict=True):
        with pytest.raises(ValueError, match="never set.*Load the weights"):
            twin(x)
        weight.assign(value)
    np.testing.assert_array_equal(twin(x), layer(x))


def test_weights_of_an_unset_layer_do_not_set_another(unset_twins):
    _, twin, x = unset_twins
    other = type(twin).from_config(twin.get_config())
    other.build(x.shape)
    other.set_weights(twin.get_weights())
    with pytest.raises(ValueError, match="never set"):
        other(x)


def test_unset_weights_hold_nothing_that_looks_like_a_graph(unset_twins):
    _, twin, _ = unset_twins
    for weight in twin.non_trainable_weights:
        values = keras.ops.convert_to_numpy(weight)
        if values.dtype.kind == "f":
            assert np.isnan(values).all()
        else:
            assert (values == -1).all()


def test_a_layer_without_a_graph_in_use_needs_none(signal):
    size = {"nodes": 7, "edges": None}
    conv = ChebConv(2, K=1, graph_size=size)
    assert conv(signal(2, 7, 1)).shape == (2, 7, 2)
