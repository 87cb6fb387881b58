"""GCGRU, DCRNN and FC-LSTM: their equations, and what all three promise."""

import inspect
import json

import keras
import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose

from tests.models.numpy_recurrent import NumpyRecurrent
from tests.models.recurrent_models import BUILDERS
from tests.models.recurrent_models import DIRECTED
from tests.models.recurrent_models import GRAPHS
from tests.models.recurrent_models import build
from tests.models.recurrent_models import shared
from tests.models.windows_apart import check_windows_apart

HEADS = ["seq2seq", "direct"]
OPTIONS = {
    "seq2seq": {},
    "direct": {"head": "direct"},
    "features": {"features": 2, "layers": 1},
    "direct, three layers": {"head": "direct", "layers": 3, "horizon": 2},
}
GRAPH_OPTIONS = {
    "edges": {"propagation": "edges", "layers": 1},
    "one term": {"K": 1, "head": "direct"},
    "four terms": {"K": 4, "head": "direct", "layers": 1},
}
CASES = {
    f"{name}, {case}": (name, options)
    for name in BUILDERS
    for case, options in (
        OPTIONS if name == "fc_lstm" else OPTIONS | GRAPH_OPTIONS
    ).items()
}
CASES["gcgru, spectral"] = ("gcgru", {"propagation": "spectral"})
# On JAX, which compiles each operation of each shape anew.
QUICK = {f"{name}, {head}" for name in BUILDERS for head in HEADS}
QUICK -= {"fc_lstm, seq2seq"}
QUICK |= {"gcgru, edges", "gcgru, spectral", "dcrnn, four terms"}


@pytest.fixture(params=BUILDERS)
def name(request):
    return request.param


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param(
            *case,
            id=key,
            marks=() if key in QUICK else pytest.mark.long_on_jax,
        )
        for key, case in CASES.items()
    ],
)
def test_forecast_equals_numpy_loops(readings, name, options):
    model = shared(name, **options)
    x, _ = readings(features=options.get("features", 1))
    forecast = np.array(model(x))
    assert forecast.shape == (2, options.get("horizon", 3), 8, 1)
    assert np.ptp(forecast) > 0.1
    expected = NumpyRecurrent(model, GRAPHS[name])(x)
    assert_allclose(forecast, expected, rtol=1e-4)


def test_teacher_forcing_equals_numpy_loops(readings, name):
    model = shared(name, sampling_decay=1e9)
    x, y = readings()
    expected = NumpyRecurrent(model, GRAPHS[name])(x, y, (1, 1, 1))
    forecast = np.array(model((x, y)))
    assert_allclose(forecast, expected, rtol=1e-4)
    assert np.abs(forecast - np.array(model(x)))[:, 1:].max() > 0.1


def test_without_decay_the_truth_is_never_fed(readings, name):
    model = shared(name, sampling_decay=0, seed=3)
    x, y = readings()
    assert_allclose(np.array(model((x, y))), np.array(model(x)), rtol=1e-6)
    assert model.decoder.seed_generator.get_config()["seed"] == 3


def test_a_forecast_depends_on_earlier_truth_alone(readings, name):
    model = shared(name, sampling_decay=1e9)
    x, y = readings()
    other = y.copy()
    other[:, 1] += 10.0
    before, after = np.array(model((x, y))), np.array(model((x, other)))
    assert_allclose(after[:, :2], before[:, :2], rtol=1e-6)
    assert np.abs(after[:, 2] - before[:, 2]).max() > 1e-3


@pytest.mark.parametrize("head", HEADS)
def test_windows_do_not_see_each_other(readings, name, head):
    model = shared(name, head=head)
    x, _ = readings()
    check_windows_apart(model, x)


@pytest.mark.long_on_jax
def test_every_input_reaches_the_forecast(readings, name):
    model = shared(name, head="direct")
    x, _ = readings(batch=1)
    changed = np.repeat(x, 24, axis=0).reshape(3, 8, 3, 8)
    for step, node in np.ndindex(3, 8):
        changed[step, node, step, node] += 20
    changed = changed.reshape(24, 3, 8, 1)
    forecasts = np.array(model(np.concatenate([x, changed])))
    difference = np.abs(forecasts[1:] - forecasts[0])
    assert (difference.max(axis=(1, 2, 3)) > 1e-3).all()


@pytest.mark.long_on_jax
@pytest.mark.parametrize("head", HEADS)
def test_mixed_precision_gives_float32_near_float32(readings, name, head):
    x, _ = readings()
    forecast = build(name, dtype="mixed_bfloat16", head=head)(x)
    assert keras.backend.standardize_dtype(forecast.dtype) == "float32"
    forecast, exact = np.array(forecast), np.array(shared(name, head=head)(x))
    assert_allclose(forecast, exact, atol=0.7)
    assert (forecast != exact).any()
    # The read-out is not rounded, only what it reads.
    standard = (forecast - 50.0) / 10.0
    rounded = keras.ops.cast(keras.ops.cast(standard, "bfloat16"), "float32")
    assert np.abs(standard - np.array(rounded)).max() > 1e-4


def marks_of_fit(name, head):
    """Each model with the head that is quicker, one with both; JAX: two."""
    if name != "gcgru" and head == "seq2seq":
        return pytest.mark.long
    quick = (name, head) in (("gcgru", "seq2seq"), ("dcrnn", "direct"))
    return () if quick else pytest.mark.long_on_jax


@pytest.mark.parametrize(
    ("name", "head"),
    [
        pytest.param(
            *(name, head),
            marks=marks_of_fit(name, head),
        )
        for name in BUILDERS
        for head in HEADS
    ],
)
def test_fit_moves_every_weight_and_lowers_the_loss(readings, name, head):
    x, y = readings(batch=4, history=2, horizon=2)
    sizes = {"history": 2, "horizon": 2, "units": 4, "layers": 1}
    model = build(name, head=head, sampling_decay=5.0, **sizes)
    adam = keras.optimizers.Adam(0.03, global_clipnorm=5.0)
    # The longer program by XLA; the other in what is faster for a few steps.
    compiled = head == "seq2seq" or keras.backend.backend() == "jax"
    model.compile(adam, "mse", jit_compile=compiled, run_eagerly=not compiled)
    before = [v.numpy().copy() for v in model.trainable_variables]
    losses = model.fit(x, y, epochs=15, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    for variable, value in zip(model.trainable_variables, before, strict=True):
        assert (variable.numpy() != value).any(), variable.path
    if head == "seq2seq":
        assert float(model.decoder.sampling_step) == 15


SAVED = {
    "direct": {"head": "direct"},
    "seq2seq, mixed": {
        "dtype": "mixed_bfloat16",
        "sampling_decay": 7.0,
        "seed": 3,
    },
}


@pytest.mark.parametrize("case", SAVED)
def test_the_config_holds_every_argument(name, case):
    model = shared(name, **SAVED[case])
    config = model.get_config()
    arguments = list(inspect.signature(BUILDERS[name]).parameters)
    assert list(config) == arguments[:-1]  # without **unknown
    given = {"units": 3, "history": 3, "mean": 50.0, "std": 10.0, "seed": 0}
    given |= {"adj": None, **SAVED[case]}
    if "dtype" in given:
        policy = keras.dtype_policies.deserialize(config["dtype"])
        assert policy.name == given.pop("dtype")
    for argument, value in given.items():
        assert config[argument] == value
    assert len(json.dumps(config)) < 1500  # without the graph
    again = type(model).from_config(json.loads(json.dumps(config)))
    first = json.dumps(config, sort_keys=True)
    assert json.dumps(again.get_config(), sort_keys=True) == first


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("name", ["gcgru", "dcrnn"])
def test_a_config_alone_refuses_to_compute(readings, name, head):
    model, (x, _) = shared(name, head=head), readings()
    bare = type(model).from_config(model.get_config())
    with pytest.raises(ValueError, match="was never set"):
        bare(x)
    bare.set_weights(model.get_weights())
    np.testing.assert_array_equal(np.array(bare(x)), np.array(model(x)))


def test_every_argument_is_documented(name):
    documented = inspect.getdoc(BUILDERS[name]).replace("**", "")
    for argument in inspect.signature(BUILDERS[name]).parameters:
        assert f"\n    {argument}: " in documented, argument


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"history": 0}, "`history` is 0; expected an integer of at least 1"),
        ({"horizon": True}, "`horizon` is True"),
        ({"features": 0}, "`features` is 0"),
        ({"units": -3}, "`units` is -3"),
        ({"layers": 1.5}, "`layers` is 1.5"),
        ({"mean": np.nan}, "`mean` is nan"),
        ({"std": 0.0}, "`std` above 0"),
        ({"sampling_decay": -1.0}, "`sampling_decay` is -1.0"),
        ({"head": "direkt"}, "Did you mean 'direct'"),
        ({"dtype": "mixed_bfloat"}, "Did you mean 'mixed_bfloat16'"),
        ({"graph_size": {"nodes": 8}}, "Give either `adj`.*got both"),
    ],
)
def test_a_bad_option_is_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        BUILDERS[name](GRAPHS[name], **options)


@pytest.mark.parametrize("name", ["gcgru", "dcrnn"])
def test_a_bad_option_of_the_graph_is_refused(name):
    with pytest.raises(ValueError, match="`K` is 0; expected an integer"):
        BUILDERS[name](GRAPHS[name], 0)
    with pytest.raises(ValueError, match="Did you mean 'edges'"):
        BUILDERS[name](GRAPHS[name], propagation="edge")


@pytest.mark.parametrize(
    ("adj", "message"),
    [
        (-DIRECTED, "negative weights"),
        (DIRECTED * np.nan, "NaN"),
        (sp.csr_array(DIRECTED[:4]), "square matrix"),
        (None, "Give either `adj`.*got neither"),
    ],
)
def test_a_bad_adjacency_is_refused(name, adj, message):
    with pytest.raises(ValueError, match=message):
        BUILDERS[name](adj)


def test_an_unknown_option_is_refused_with_the_nearest_one(name):
    with pytest.raises(TypeError, match="no option 'unit'.*mean 'units'"):
        BUILDERS[name](GRAPHS[name], unit=3)


@pytest.mark.parametrize("shape", [(2, 4, 8, 1), (2, 3, 7, 1), (2, 3, 8, 2)])
def test_a_history_of_another_shape_is_refused(name, shape):
    message = f"The history given to '{name}' has shape"
    with pytest.raises(ValueError, match=message):
        shared(name)(np.zeros(shape, "float32"))
