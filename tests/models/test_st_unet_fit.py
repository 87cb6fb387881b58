"""Plain `fit`, `evaluate` and `predict`, masks and compilation."""

import keras
import numpy as np
import pytest

from keras_stunet.data import Windows
from keras_stunet.data import make_batches
from keras_stunet.losses import MeanL1L2
from keras_stunet.metrics import MaskedMAE
from keras_stunet.training import score_windows

HEADS = ["seq2seq", "direct"]
# What is faster for a few steps: JAX compiles each operation otherwise.
EAGERLY = keras.backend.backend() != "jax"


@pytest.fixture
def small(make_model):
    """Function to a compiled model of 2 + 2 steps."""

    def make(
        run_eagerly=EAGERLY, jit_compile=not EAGERLY, rate=0.01, **options
    ):
        defaults = {"history": 2, "horizon": 2, "units": 2, "K": 2}
        model = make_model(**{**defaults, **options})
        model.compile(
            keras.optimizers.Adam(rate, global_clipnorm=5.0),
            MeanL1L2(std=10.0),
            weighted_metrics=[MaskedMAE()],
            run_eagerly=run_eagerly,
            jit_compile=jit_compile,
        )
        return model

    return make


def weights_of(model):
    return [v.numpy().copy() for v in model.trainable_variables]


def all_equal(first, second):
    return all((a == b).all() for a, b in zip(first, second, strict=True))


@pytest.mark.long_on_jax
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("masked", [False, True])
def test_fit_takes_tf_data(small, readings, head, masked):
    tf = pytest.importorskip("tensorflow")
    x, y = readings(batch=4, history=2, horizon=2)
    arrays = (x, y, (y > 45).astype("float32")) if masked else (x, y)
    dataset = tf.data.Dataset.from_tensor_slices(arrays).batch(2)
    model = small(head=head)
    before = weights_of(model)
    history = model.fit(dataset, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    after = weights_of(model)
    changed = [(a != b).any() for a, b in zip(before, after, strict=True)]
    # The input kernels are the one weight that may see only zeros (GO).
    assert sum(changed) >= len(changed) - 1


@pytest.mark.parametrize(
    ("head", "xla"),
    [
        pytest.param("direct", False, marks=pytest.mark.long_on_jax),
        pytest.param("direct", True, marks=pytest.mark.long),
        pytest.param("seq2seq", True, marks=pytest.mark.long),
    ],
)
def test_fit_overfits_one_masked_batch(small, readings, head, xla):
    x, y = readings(batch=4, history=2, horizon=2)
    mask = np.ones_like(y)
    mask[:, :, ::2] = 0
    y = np.where(mask, y, np.nan).astype("float32")
    model = small(
        head=head,
        run_eagerly=False,
        jit_compile=xla or not EAGERLY,
        rate=0.03,
        units=8,
        sampling_decay=5.0,
    )
    fitted = model.fit(x, y, sample_weight=mask, epochs=80, verbose=0)
    losses = fitted.history["loss"]
    assert losses[-1] < 0.35 * losses[0]


@pytest.mark.long_on_jax
@pytest.mark.parametrize(
    "options",
    [
        # Norms over a few numbers would blow up the rounding of a decoder.
        {"layer_norm": None, "upsampling": "ordered"},
        {"head": "direct", "upsampling": "weighted"},
    ],
)
def test_a_step_in_bfloat16_is_near_that_in_float32(small, readings, options):
    x, y = readings(batch=16, history=2, horizon=2)
    y += 100  # all errors of one sign: sums do not cancel
    moves = {}
    for dtype in ("float32", "mixed_bfloat16"):
        model = small(dtype=dtype, **options)
        model.compile(
            keras.optimizers.SGD(1.0),
            MeanL1L2(std=10.0),
            run_eagerly=EAGERLY,
            jit_compile=not EAGERLY,
        )
        before = weights_of(model)
        model.train_on_batch(x, y)
        after = weights_of(model)
        moves[dtype] = [b - a for a, b in zip(before, after, strict=True)]
    largest = max(abs(move).max() for move in moves["float32"])
    for near, move in zip(*reversed(moves.values()), strict=True):
        scale = max(abs(move).max(), largest / 100)
        np.testing.assert_allclose(near / scale, move / scale, atol=0.05)


@pytest.mark.long_on_jax
def test_the_gradient_goes_through_the_forecasts_fed_back(small, readings):
    x, y = readings()
    model = small(history=3, horizon=3, sampling_decay=0)
    model.compile(
        keras.optimizers.SGD(1.0),  # one step of it is the gradient
        "mse",
        run_eagerly=EAGERLY,
        jit_compile=not EAGERLY,
    )
    before = weights_of(model)
    model.train_on_batch(x, y)
    after = weights_of(model)
    gradient = [b - a for a, b in zip(after, before, strict=True)]
    norm = np.sqrt(sum((part**2).sum() for part in gradient))

    def loss(distance):
        for variable, value, part in zip(
            model.trainable_variables, before, gradient, strict=True
        ):
            variable.assign(value + distance * part / norm)
        return np.mean((np.array(model(x)).astype(float) - y) ** 2)

    slope = (loss(0.005) - loss(-0.005)) / 0.01
    assert slope == pytest.approx(norm, rel=0.02)


@pytest.mark.long
def test_the_sampling_step_counts_training_batches_only(small, readings):
    x, y = readings(batch=6, history=2, horizon=2)
    model = small(run_eagerly=False, K=1)
    model.fit(x, y, batch_size=2, epochs=2, verbose=0, validation_data=(x, y))
    assert float(model.decoder.sampling_step) == 6
    model.evaluate(x, y, batch_size=2, verbose=0)
    model.predict(x, batch_size=2, verbose=0)
    assert float(model.decoder.sampling_step) == 6


@pytest.mark.long_on_jax
def test_fit_and_evaluate_run_on_batches(small, readings):
    rng = np.random.default_rng(0)
    values = rng.normal(50, 10, (11, 8))
    mask = rng.random((11, 8)) > 0.3
    windows = Windows(values, mask, np.arange(8), 2, 2)
    model = small(sampling_decay=1e9)
    model.fit(make_batches(windows, 4), shuffle=False, verbose=0)
    results = model.evaluate(
        make_batches(windows, 4), verbose=0, return_dict=True
    )
    x, y, present = windows.gather(np.arange(8))
    error = np.abs(model.predict(x, batch_size=4, verbose=0) - y)
    mae = error[present == 1].mean()
    assert results["mae"] == pytest.approx(mae, rel=1e-5)
    scores = score_windows(model, windows, steps=(1, 2), batch_size=4)
    for step in (1, 2):
        mae = error[:, step - 1][present[:, step - 1] == 1].mean()
        assert scores[step]["mae"] == pytest.approx(mae, rel=1e-5)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="only TensorFlow does so"
)
def test_a_training_step_is_not_traced_twice(small, readings):
    x, y = readings(batch=4, history=2, horizon=2)
    model = small(head="direct", run_eagerly=False)
    traces, step = [], model.train_step
    model.train_step = lambda data: traces.append(0) or step(data)
    model.fit(x, y, batch_size=2, epochs=2, verbose=0)
    assert len(traces) == 1 and int(model.optimizer.iterations) == 4


@pytest.mark.long_on_jax
def test_a_second_fit_keeps_the_state_of_the_optimizer(small, readings):
    x, y = readings(batch=4, history=2, horizon=2)
    model = small(head="direct", dtype="mixed_float16")
    adam = keras.optimizers.Adam(1e-9)
    scaled = keras.optimizers.LossScaleOptimizer(adam, initial_scale=4.0)
    model.compile(scaled, "mse", run_eagerly=EAGERLY, jit_compile=not EAGERLY)
    model.fit(x, y, verbose=0)
    number = len(scaled.variables)
    scaled.dynamic_scale.assign(8.0)
    model.fit(x, y, verbose=0)
    assert len(scaled.variables) == number
    assert float(scaled.dynamic_scale) == 8.0 and int(adam.iterations) == 2


@pytest.mark.parametrize(
    "head",
    [pytest.param("seq2seq", marks=pytest.mark.long_on_jax), "direct"],
)
def test_a_batch_with_nothing_present_changes_no_weight(small, readings, head):
    x, y = readings(history=2, horizon=2)
    model = small(head=head)
    before = weights_of(model)
    nothing = {"sample_weight": np.zeros_like(y), "verbose": 0}
    model.fit(x, np.full_like(y, np.nan), **nothing)
    assert all_equal(weights_of(model), before)
    model.fit(x, y, verbose=0)
    assert not all_equal(weights_of(model), before)


@pytest.mark.long_on_jax
def test_a_missing_truth_is_shown_as_the_training_mean(small, readings):
    x, y = readings(history=2, horizon=2)
    mask = np.ones_like(y)
    mask[:, 0] = 0

    def trained(targets):
        model = small(sampling_decay=1e9)  # always teacher forcing
        model.fit(x, targets, sample_weight=mask, verbose=0)
        return weights_of(model)

    junk, mean = y.copy(), y.copy()
    junk[:, 0], mean[:, 0] = np.nan, 50.0
    expected = trained(mean)
    assert all(np.isfinite(w).all() for w in expected)
    assert all_equal(trained(junk), expected)


@pytest.mark.long_on_jax
def test_training_is_reproducible(small, readings):
    x, y = readings(batch=2, history=2, horizon=2)

    def trained(seed):
        model = small(sampling_decay=1.0, seed=seed)
        model.fit(x, y, batch_size=1, shuffle=False, verbose=0)
        return weights_of(model)

    first = trained(seed=0)
    assert all_equal(trained(seed=0), first)
    assert not all_equal(trained(seed=5), first)
