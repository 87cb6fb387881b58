"""The paper's recipe, number by number."""

import json

import keras
import numpy as np
import pytest

from keras_stunet.losses import MeanBCE
from keras_stunet.losses import MeanL1
from keras_stunet.losses import MeanL1L2
from keras_stunet.losses import MeanL2
from keras_stunet.training import Recipe
from keras_stunet.training import compile_model
from keras_stunet.training import sampling_decay


def test_the_defaults_are_those_of_section_4_2():
    recipe = Recipe()
    assert (recipe.epochs, recipe.batch_size) == (80, 50)
    assert (recipe.learning_rate, recipe.decay) == (0.01, 0.7)
    assert recipe.loss == "l1_l2"
    assert recipe.precision == "float32"


def test_an_epoch_of_pemsd7_has_181_steps():
    assert Recipe().steps_per_epoch(9010) == 181
    assert Recipe(batch_size=10).steps_per_epoch(20) == 2


@pytest.mark.parametrize("epochs", [80, 20, 10])
def test_the_learning_rate_falls_after_each_tenth(linear, epochs):
    model, steps = linear(), 7
    compile_model(model, Recipe(epochs=epochs), steps, std=8.0)
    for epoch in range(epochs):
        expected = 0.01 * 0.7 ** (epoch // (epochs // 10))
        for step in (0, steps - 1):
            model.optimizer.iterations.assign(epoch * steps + step)
            rate = float(model.optimizer.learning_rate)
            assert rate == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("steps", [10, 7])
def test_the_learning_rate_falls_where_the_recipe_says(linear, steps):
    model, recipe = linear(), Recipe(epochs=10, decay=0.1, decay_at=(0.2, 0.5))
    compile_model(model, recipe, steps, std=8.0)
    for step in range(10 * steps):
        model.optimizer.iterations.assign(step)
        falls = (step >= 2 * steps) + (step >= 5 * steps)
        rate = float(model.optimizer.learning_rate)
        assert rate == pytest.approx(0.01 * 0.1**falls, rel=1e-5)


def test_the_learning_rate_may_stay(linear):
    model = linear()
    compile_model(model, Recipe(decay_at=()), 4, std=8.0)
    model.optimizer.iterations.assign(319)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)


def test_rmsprop_and_no_clipping(linear):
    model = linear()
    recipe = Recipe(optimizer="rmsprop", clipnorm=float("inf"), epsilon=1e-9)
    compile_model(model, recipe, 4, std=8.0)
    assert isinstance(model.optimizer, keras.optimizers.RMSprop)
    assert model.optimizer.global_clipnorm is None
    assert model.optimizer.epsilon == 1e-9


def test_a_recipe_survives_json():
    recipe = Recipe(decay_at=[0.5])
    assert recipe == Recipe(**json.loads(json.dumps(recipe.__dict__)))


def test_a_run_shorter_than_ten_epochs_decays_too(linear):
    model = linear()
    compile_model(model, Recipe(epochs=2), 4, std=8.0)
    model.optimizer.iterations.assign(7)
    assert float(model.optimizer.learning_rate) < 0.01


@pytest.mark.parametrize(
    ("loss", "kind"), [("l1_l2", MeanL1L2), ("l2", MeanL2), ("l1", MeanL1)]
)
def test_the_compiled_model_follows_the_recipe(linear, loss, kind):
    model = linear()
    compile_model(model, Recipe(loss=loss), 4, std=8.0)
    assert isinstance(model.loss, kind) and model.loss.std == 8.0
    optimizer = model.optimizer
    assert isinstance(optimizer, keras.optimizers.Adam)
    assert optimizer.global_clipnorm == 5.0
    assert optimizer.epsilon == 1e-7


def test_mae_is_in_original_units(linear):
    model = linear()
    compile_model(model, Recipe(loss="mae"), 4, std=8.0)
    assert isinstance(model.loss, MeanL1) and model.loss.std == 1.0


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_the_loss_is_scaled_in_float16(linear, precision):
    model = linear()
    compile_model(model, Recipe(precision=precision, clipnorm=2.0), 4, std=8.0)
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "mixed_float16")
    adam = model.optimizer.inner_optimizer if scaled else model.optimizer
    assert adam.global_clipnorm == 2.0


def test_pixels_are_trained_on_cross_entropy(linear):
    model = linear()
    compile_model(model, Recipe(loss="bce"), 4, std=1.0)
    assert isinstance(model.loss, MeanBCE)


@pytest.mark.parametrize("steps", [4, 40, 3620, 14_480])
def test_sampling_falls_to_one_half_at_30_percent(steps):
    k, i = sampling_decay(steps), 0.3 * steps
    assert k / (k + np.exp(i / k)) == pytest.approx(0.5)


@pytest.mark.parametrize("half", [0.1, 0.6, 1.5])
def test_sampling_falls_to_one_half_where_asked(half):
    k, i = sampling_decay(1000, half), half * 1000
    assert k / (k + np.exp(i / k)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "`epochs` is 0"),
        ({"batch_size": 1.5}, "`batch_size` is 1.5"),
        ({"seed": -1}, "`seed` is -1"),
        ({"loss": "l1l2"}, "`loss` is 'l1l2'.*Did you mean 'l1_l2'"),
        ({"precision": "bfloat16"}, "Did you mean 'mixed_bfloat16'"),
        ({"learning_rate": 0.0}, "`learning_rate` is 0.0"),
        ({"learning_rate": float("nan")}, "`learning_rate` is nan"),
        ({"decay": -0.7}, "`decay` is -0.7"),
        ({"clipnorm": 0}, "`clipnorm` is 0"),
        ({"sampling_half": 0}, "`sampling_half` is 0"),
        ({"sampling_half": float("inf")}, "`sampling_half` is inf"),
        ({"optimizer": "adamm"}, "Did you mean 'adam'"),
        ({"decay_at": (0.5, 0.2)}, "`decay_at` is .0.5, 0.2.*rising"),
        ({"decay_at": (0.0,)}, "above 0 and below 1"),
        ({"decay_at": (8, 16)}, "above 0 and below 1"),
        ({"decay_at": 0.5}, "`decay_at` is 0.5"),
        ({"decay_at": ["x"]}, "`decay_at` is ..x"),
        ({"learning_rate": "x"}, "`learning_rate` is 'x'"),
        ({"learning_rate": float("inf")}, "`learning_rate` is inf"),
    ],
)
def test_a_bad_recipe_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**options)
