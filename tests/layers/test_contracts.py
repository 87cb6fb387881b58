"""What every exported layer promises to Keras."""

import inspect

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet import layers
from keras_stunet.layers import DilatedRNN
from keras_stunet.layers import GCGRUCell
from keras_stunet.layers import STPool
from tests.keras_testing import check_layer
from tests.layers.conftest import CASES

GRAPH_ARGUMENTS = {"adjacency", "partition"}


def inputs_of(shape, signal):
    if isinstance(shape[0], tuple):
        return [signal(*part) for part in shape]
    return signal(*shape)


def tensors_of(outputs):
    return list(keras.tree.flatten(outputs))


def test_the_cases_cover_every_exported_layer(layer_cases):
    assert {case[0].__name__ for case in layer_cases.values()} == set(
        layers.__all__
    )
    assert sorted(layer_cases) == list(CASES)  # each is tried
    for name, (layer_class, *_) in layer_cases.items():
        assert name.split()[0] == layer_class.__name__


# JAX compiles each layer anew: there one form of each.
@pytest.mark.parametrize(
    "layer_case",
    [
        pytest.param(name, marks=pytest.mark.long_on_jax if " " in name else ())
        for name in CASES
    ],
    indirect=True,
)
@pytest.mark.calls_python  # Keras's own test fits on a `PyDataset`
def test_keras_accepts_the_layer(layer_case):
    layer_class, arguments, shape = layer_case
    expected = {"input_shape": shape}
    # Keras' training check would call a cell without states.
    if issubclass(layer_class, GCGRUCell):
        expected["call_kwargs"] = {"states": [np.zeros((2, 7, 3), "float32")]}
        expected["run_training_check"] = False
        expected["run_mixed_precision_check"] = False
    check_layer(layer_class, arguments, **expected)


def test_the_config_holds_every_argument_but_the_graph(layer_case):
    layer_class, arguments, _ = layer_case
    layer = layer_class(**arguments)
    config = layer.get_config()
    named = set(inspect.signature(layer_class).parameters) - {"kwargs"}
    assert named <= set(config)
    assert {"name", "dtype", "trainable"} <= set(config)
    for name in GRAPH_ARGUMENTS & named:
        assert config[name] is None
        assert config[f"{'graph' if name == 'adjacency' else name}_size"]
    for name in set(arguments) - GRAPH_ARGUMENTS - {"cell"}:
        assert config[name] == arguments[name]
    again = layer_class.from_config(config)
    assert again.get_config() == config


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param("float32", marks=pytest.mark.long_on_jax),
        "mixed_bfloat16",
    ],
)
def test_the_symbolic_output_is_the_real_one(layer_case, signal, policy):
    layer_class, arguments, shape = layer_case
    layer = layer_class(**arguments, dtype=policy)
    inputs = inputs_of(shape, signal)
    extra = ()
    if issubclass(layer_class, GCGRUCell):
        extra = (layer.get_initial_state(2),)
    real = tensors_of(layer(inputs, *extra))
    spec = keras.tree.map_structure(
        lambda x: keras.KerasTensor(x.shape, dtype="float32"), [inputs, *extra]
    )
    symbolic = tensors_of(layer.compute_output_spec(*spec))
    shapes = layer.compute_output_shape(shape)
    assert [tuple(x.shape) for x in real] == [tuple(x.shape) for x in symbolic]
    assert [ops.dtype(x) for x in real] == [ops.dtype(x) for x in symbolic]
    first = shapes[0] if issubclass(layer_class, GCGRUCell) else shapes
    assert tuple(first) == tuple(real[0].shape)
    unscaled = not layer_class.__name__.lower().endswith("normalise")
    if policy == "mixed_bfloat16" and unscaled:
        assert ops.dtype(real[0]) == "bfloat16"


def functional(case, signal):
    layer_class, arguments, shape = case
    shapes = shape if isinstance(shape[0], tuple) else [shape]
    inputs = [keras.Input(part[1:]) for part in shapes]
    layer = layer_class(**arguments)
    if issubclass(layer_class, GCGRUCell):
        layer = DilatedRNN(layer)
        inputs = [keras.Input((3, *shape[1:]))]
    outputs = layer(inputs if len(inputs) > 1 else inputs[0])
    return keras.Model(inputs, outputs), layer


def test_any_batch_size_is_taken_and_samples_are_independent(
    layer_case, signal
):
    model, _ = functional(layer_case, signal)
    x = [signal(3, *part.shape[1:]) for part in model.inputs]
    whole = model.predict_on_batch(x)
    for rows in (slice(0, 1), slice(1, 2), slice(2, 3)):
        part = model.predict_on_batch([array[rows] for array in x])
        np.testing.assert_allclose(part, whole[rows], rtol=1e-4, atol=1e-5)


# XLA takes its time to compile: here in the long tests, but on JAX, which has
# nothing else.
@pytest.mark.parametrize(
    "xla",
    [
        keras.backend.backend() == "jax",
        pytest.param(True, marks=pytest.mark.long),
    ],
)
def test_fit_runs_compiled_and_moves_all_trainable_weights(
    layer_case, signal, xla
):
    model, layer = functional(layer_case, signal)
    before = [ops.convert_to_numpy(w).copy() for w in layer.trainable_weights]
    fixed = [
        ops.convert_to_numpy(w).copy() for w in layer.non_trainable_weights
    ]
    x = [signal(2, *part.shape[1:]) for part in model.inputs]
    model.compile("sgd", "mse", jit_compile=xla)
    y = np.ones((2, *model.output_shape[1:]), "float32")
    history = model.fit(x, y, batch_size=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    for weight, value in zip(layer.trainable_weights, before, strict=True):
        now = ops.convert_to_numpy(weight)
        assert np.isfinite(now).all()
        assert np.any(now != value), weight.path
    for weight, value in zip(layer.non_trainable_weights, fixed, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(weight), value)


def test_the_edge_and_gather_roads_fit_compiled_in_mixed_precision(
    graph, groups, signal, monkeypatch
):
    monkeypatch.setattr("keras_stunet.layers.node_groups.DENSE_LIMIT", 0)
    options = {"dtype": "mixed_bfloat16"}
    cell = GCGRUCell(3, 2, groups.adjacency, "edges", **options)
    model = keras.Sequential(
        [
            keras.Input((3, 7, 1)),
            STPool(cell, groups, reduce="max", **options),
            layers.GraphUnpool(groups, "weighted", **options),
            layers.ChebConv(1, 3, graph, "edges", dtype="float32"),
        ]
    )
    model.compile("sgd", "mse", jit_compile=True)
    x = signal(4, 3, 7, 1)
    losses = model.fit(x, 0 * x, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
