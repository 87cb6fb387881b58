"""STGCN trains on one step, rolls out and keeps its precision."""

import keras
import numpy as np
import pytest
from keras import ops
from numpy.testing import assert_allclose

from keras_stunet.losses import MeanL2
from keras_stunet.metrics import MaskedMAE

# What is faster for a few steps: JAX compiles each operation anyway.
EAGERLY = keras.backend.backend() != "jax"


def test_training_forecasts_one_step_and_does_not_look_at_the_truth(
    one_step, windows
):
    x, y = windows()
    trained = np.array(one_step((x, y)))
    assert trained.shape == (2, 1, 8, 1)
    assert_allclose(trained, np.array(one_step(x))[:, :1], rtol=1e-6)
    assert_allclose(np.array(one_step((x, np.nan * y))), trained)


def test_a_forecast_is_never_shown_the_truth(make_stgcn, windows):
    with pytest.raises(ValueError, match="expected the history alone"):
        make_stgcn().predict(windows(), verbose=0)


def compiled(model, run_eagerly=EAGERLY, jit_compile=not EAGERLY, rate=0.01):
    model.compile(
        keras.optimizers.Adam(rate, global_clipnorm=5.0),
        MeanL2(std=10.0),
        weighted_metrics=[MaskedMAE()],
        run_eagerly=run_eagerly,
        jit_compile=jit_compile,
    )
    return model


def test_fit_scores_the_first_step_and_evaluate_all(make_stgcn, windows):
    x, y = windows()
    mask = np.ones_like(y)
    mask[:, 0, :3] = 0

    def trained(targets, mask=None):
        model = compiled(make_stgcn())
        history = model.fit(
            x, targets, sample_weight=mask, epochs=1, verbose=0
        ).history
        return model, history

    later = y.copy()
    later[:, 1:] = np.nan
    model, history = trained(y, mask)
    other, same = trained(later, mask)
    assert history == same
    for first, second in zip(
        model.trainable_variables, other.trainable_variables, strict=True
    ):
        assert np.isfinite(first.numpy()).all()
        np.testing.assert_array_equal(first.numpy(), second.numpy())
    error = np.array(make_stgcn()((x, y))) - y[:, :1]
    present = mask[:, :1] == 1
    assert history["loss"][0] == pytest.approx(
        ((error / 10) ** 2)[present].mean(), rel=1e-4
    )
    mae = abs(model.predict(x, verbose=0) - y)
    result = model.evaluate(x, y, verbose=0, return_dict=True)
    assert result["mae"] == pytest.approx(mae.mean(), rel=1e-5)


@pytest.mark.parametrize("head", ["one_step", "direct"])
def test_fit_moves_all_weights_towards_the_truth(make_stgcn, windows, head):
    x, y = windows(batch=4)
    model = make_stgcn(head=head, channels=[(4, 8)])
    before = [v.numpy().copy() for v in model.trainable_variables]
    # XLA is slow to compile: once is enough.
    xla = head == "one_step"
    eagerly = EAGERLY and not xla
    compiled(model, run_eagerly=eagerly, jit_compile=not eagerly, rate=0.03)
    losses = model.fit(x, y, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]
    for variable, value in zip(model.trainable_variables, before, strict=True):
        assert (variable.numpy() != value).any(), variable.path


@pytest.mark.long_on_jax
@pytest.mark.parametrize("head", ["one_step", "direct"])
def test_mixed_precision_is_near_and_in_float32(make_stgcn, windows, head):
    x, _ = windows()
    half = make_stgcn(head=head, dtype="mixed_bfloat16")
    forecast = half(x)
    assert keras.backend.standardize_dtype(forecast.dtype) == "float32"
    expected = np.array(make_stgcn(head=head)(x))
    assert expected.std() > 1  # mph; nothing is near by being constant
    assert_allclose(np.array(forecast), expected, atol=1.0)
    # The read-out is not rounded, only what it reads.
    standard = (np.array(forecast) - 50) / 10
    rounded = ops.cast(ops.cast(standard, "bfloat16"), "float32")
    assert (abs(standard / np.array(rounded) - 1) > 1e-4).mean() > 0.8
