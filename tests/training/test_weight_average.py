"""A training whose moving average of weights is what counts."""

import dataclasses
import json

import keras
import numpy as np
import pytest

from keras_stunet.training import Recipe
from keras_stunet.training import callbacks
from keras_stunet.training import compile_model
from keras_stunet.training.checkpoint import save_checkpoint
from keras_stunet.training.fit import train

PLAIN = Recipe(epochs=2, batch_size=50, learning_rate=0.05)
AVERAGED = dataclasses.replace(PLAIN, ema_momentum=0.9)


class Steps(keras.callbacks.Callback):
    """Notes the weights after each step."""

    def __init__(self):
        super().__init__()
        self.weights = []

    def on_train_batch_end(self, batch, logs=None):
        if hasattr(self.model, "jax_state_sync"):
            self.model.jax_state_sync()
        self.weights.append(self.model.get_weights())


@pytest.fixture(scope="module")
def steps():
    return Steps()


@pytest.fixture(scope="module")
def runs(linear, splits, tmp_path_factory, steps):
    """A run with the average; `steps` has its weights."""
    folder = tmp_path_factory.mktemp("averaged")
    metrics, best = train(
        linear(), splits, AVERAGED, folder, False, callbacks=[steps]
    )
    return folder, metrics, best


def average(weights, momentum):
    """The average over steps by its definition; it starts at the first."""
    kept = weights[0]
    for step in weights[1:]:
        kept = [
            momentum * a + (1 - momentum) * w
            for a, w in zip(kept, step, strict=True)
        ]
    return kept


def test_the_model_that_is_kept_has_the_average(runs, steps, splits):
    _, metrics, best = runs
    a_pass = AVERAGED.steps_per_epoch(len(splits.train))
    assert len(steps.weights) == 2 * a_pass
    seen = steps.weights[: a_pass * metrics["best"]["epoch"]]
    expected = average(seen, 1 - 3 / (2 * a_pass))  # below 0.9
    assert 2 * a_pass < 30
    for given, right in zip(best.get_weights(), expected, strict=True):
        np.testing.assert_allclose(given, right, rtol=1e-5, atol=1e-6)
    # Far from the last weights: the test could tell them apart.
    assert np.abs(expected[0] - seen[-1][0]).max() > 1e-3


def test_validation_is_of_the_average(runs, splits):
    _, metrics, best = runs
    x, y = splits.validation.gather(np.arange(len(splits.validation)))
    error = best.predict(x, verbose=0).astype(float) - y
    assert metrics["best"]["val_mae"] == pytest.approx(
        np.abs(error).mean(), rel=1e-5
    )


def test_the_training_itself_is_the_same(linear, splits, tmp_path, steps, runs):
    plain = Steps()
    train(linear(), splits, PLAIN, tmp_path, False, callbacks=[plain])
    for ours, theirs in zip(steps.weights, plain.weights, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)


def test_a_resumed_average_is_that_of_one_piece(
    linear, splits, tmp_path, runs, monkeypatch
):
    folder, whole, _ = runs

    def stop(path, model, progress):
        save_checkpoint(path, model, progress)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "save_checkpoint", stop)
        with pytest.raises(KeyboardInterrupt):
            train(linear(), splits, AVERAGED, tmp_path, False)
    resumed, _ = train(linear(), splits, AVERAGED, tmp_path, False)
    assert json.dumps(resumed["test"]) == json.dumps(whole["test"])
    with (
        np.load(folder / "checkpoint.npz") as a,
        np.load(tmp_path / "checkpoint.npz") as b,
    ):
        for name in set(a.files) - {"record"}:
            np.testing.assert_array_equal(a[name], b[name])


@pytest.mark.parametrize(
    ("momentum", "steps", "used"),
    [(0.999, 10, 0.985), (0.999, 2000, 0.999), (0.9, 10, 0.9), (0.9, 1, 0.0)],
)
def test_a_short_training_averages_over_a_third_of_it(momentum, steps, used):
    model = keras.Sequential([keras.Input((12, 3, 1)), keras.layers.Dense(1)])
    epochs = 20 if steps > 1 else 1
    recipe = Recipe(epochs=epochs, ema_momentum=momentum)
    compile_model(model, recipe, steps, 1.0)
    assert model.optimizer.use_ema
    assert model.optimizer.ema_momentum == pytest.approx(used)


@pytest.mark.parametrize("momentum", [-0.1, 1, 1.0, "0.9", None, np.nan])
def test_momenta_that_are_none(momentum):
    with pytest.raises(ValueError, match="`ema_momentum` is .*; expected a"):
        Recipe(ema_momentum=momentum)
