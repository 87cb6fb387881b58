"""Inputs that are known in advance: a decoder's, and ST-UNet+'s."""

import keras
import numpy as np
import pytest

from keras_stunet.losses import MeanL1
from keras_stunet.models import MODELS
from keras_stunet.models import build_model
from keras_stunet.models.decoder import ScheduledDecoder
from keras_stunet.models.registry import check_model

NODES, KNOWN = 4, 3
RING = np.roll(np.eye(NODES), 1, axis=1) + np.roll(np.eye(NODES), -1, axis=1)
DECODERS = ("st_unet", "gcgru", "dcrnn", "fc_lstm")


def small(name, **options):
    sizes = {"history": 2, "horizon": 3, "units": 3, "layers": 1, "K": 2}
    sizes |= {"p": 1}
    known = MODELS[name].options()
    sizes = {key: x for key, x in sizes.items() if key in known}
    keras.utils.set_random_seed(0)
    scale = {"mean": 50.0, "std": 10.0}
    return build_model(name, RING, **sizes | scale | options)


@pytest.mark.long_on_jax  # which compiles each operation of an eager step
@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_takes_what_is_known_of_each_step(tmp_path, name):
    model = small(name, features=2, future=KNOWN, seed=0, sampling_decay=1e6)
    assert [x.name for x in model.inputs] == ["history", "future"]
    rng = np.random.default_rng(0)
    x = rng.normal(50, 10, (3, 2, NODES, 2)).astype("float32")
    future = rng.normal(size=(3, 3, NODES, KNOWN)).astype("float32")
    before = np.asarray(model([x, future]))
    assert before.shape == (3, 3, NODES, 1)
    for step in range(3):
        changed = future.copy()
        changed[:, step] += 1
        moved = np.abs(np.asarray(model([x, changed])) - before)
        assert (moved[:, :step] < 1e-4).all()  # not known before
        assert (moved[:, step:].max(axis=(0, 2, 3)) > 1e-4).all()

    y = rng.normal(50, 10, (3, 3, NODES, 1)).astype("float32")
    sgd = keras.optimizers.SGD(0.1)
    model.compile(sgd, MeanL1(10.0), run_eagerly=True)
    model.fit([x, future], y, batch_size=3, verbose=0)
    after = np.asarray(model([x, future]))
    assert not np.allclose(after, before)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again([x, future]), after, rtol=1e-4)
    with pytest.raises(ValueError, match="called with the history alone"):
        model(x)


def test_each_step_of_a_decoder_is_that_of_numpy():
    # One linear step without a state of its own: y_t = w . [y_(t-1); known_t]
    weights = np.array([0.5, 1.0, -2.0, 3.0])
    layer = keras.layers.Dense(1, use_bias=False)
    layer.build((None, 1 + KNOWN))
    layer.set_weights([weights[:, None]])
    decoder = ScheduledDecoder(
        lambda x, states: (x, states),
        [layer],
        layer,
        NODES,
        horizon=3,
        sampling_decay=0.0,
        known=KNOWN,
    )
    rng = np.random.default_rng(0)
    future = rng.normal(size=(2, 3, NODES, KNOWN)).astype("float32")
    states = [np.zeros((2, 1, NODES, 1), "float32")]
    found = np.asarray(decoder(states, future=future))
    y = np.zeros((2, NODES))
    for step in range(3):
        y = 0.5 * y + future[:, step] @ weights[1:]
        np.testing.assert_allclose(found[:, step, :, 0], y, rtol=1e-5)


@pytest.mark.long_on_jax
def test_st_unet_plus_takes_covariates_and_what_sensors_are(tmp_path):
    model = small("st_unet_plus", features=1 + 2 + 1, covariates=2, static=1)
    assert [x.name for x in model.inputs] == ["history", "future"]
    assert model.inputs[1].shape == (None, 3, NODES, 2)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(3, 2, NODES, 4)).astype("float32")
    future = rng.normal(size=(3, 3, NODES, 2)).astype("float32")
    before = np.asarray(model([x, future]))

    def moved(history=None, ahead=None):
        changed, later = x.copy(), future.copy()
        if history is not None:
            changed[history] += 1
        if ahead is not None:
            later[ahead] += 1
        return np.abs(np.asarray(model([changed, later])) - before).max()

    for column in (0, 1, 2):
        assert moved(history=np.s_[:, 0, :, column]) > 1e-4
    for column in (0, 1):
        assert moved(ahead=np.s_[:, 2, :, column]) > 1e-4
    assert moved(history=np.s_[:, 1, :, 3]) > 1e-4  # at the last step
    assert moved(history=np.s_[:, 0, :, 3]) == 0  # the same at all
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again([x, future]), before, rtol=1e-5)
    alone = small("st_unet_plus", features=2, static=1)
    assert len(alone.inputs) == 1


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("gcgru", {"future": 2, "head": "direct"}, "expected 0"),
        ("gcgru", {"future": -1}, "`future` is -1"),
        ("st_unet_plus", {"covariates": 1}, "`features` is 1; expected 2"),
        ("st_unet_plus", {"static": -1}, "`static` is -1"),
    ],
)
def test_bad_options_are_refused(name, options, message):
    with pytest.raises(ValueError, match=message):
        small(name, **options)


def test_a_roll_out_has_no_covariates():
    with pytest.raises(ValueError, match='Give `head="direct"`'):
        check_model("stgcn", {}, features=2, covariates=1)
