"""Several measurements and targets, scales by sensor: all models, both heads.

The oracle is the model itself on readings that were scaled beforehand.
"""

import json

import keras
import numpy as np
import pytest

from keras_stunet.losses import MeanL1L2
from keras_stunet.models import MODELS
from keras_stunet.models import build_model

NODES, UNITS, FEATURES = 4, 2, 3  # two measurements and one more feature
RING = np.roll(np.eye(NODES), 1, axis=1) + np.roll(np.eye(NODES), -1, axis=1)
MEAN, STD = np.array([400.0, 60.0]), np.array([90.0, 8.0])
BY_SENSOR = np.random.default_rng(0).uniform(0.5, 2, (2, NODES, 2))
SCALES = {
    "all": (MEAN, STD),
    "sensor": (MEAN * BY_SENSOR[0], STD * BY_SENSOR[1]),
}
# One case for each builder and head.
CASES = [
    ("st_unet", "seq2seq"),
    ("st_unet", "direct"),
    ("gcgru", "seq2seq"),
    ("gcgru", "direct"),
    ("dcrnn", "seq2seq"),
    ("dcrnn", "direct"),
    ("fc_lstm", "seq2seq"),
    ("fc_lstm", "direct"),
    ("stgcn", "direct"),
]
# What takes covariates tells its features apart: `test_st_unet_plus`.
CASES += [
    (name, None)
    for name, entry in MODELS.items()
    if not entry.takes("head") and not entry.takes("covariates")
]
PLAIN = {"dropout": 0.0, "node_dropout": 0.0, "weight_decay": 0.0}


def slow_on_jax(name, head=None):
    """JAX compiles each operation of an eager step: one case will do."""
    quick = name == "fnn"
    # Their decoder is that of GCGRU.
    if head == "seq2seq" and name in ("dcrnn", "fc_lstm"):
        return [pytest.mark.long]
    return [] if quick else [pytest.mark.long_on_jax]


def small(name, head, **options):
    sizes = {"history": 2, "horizon": 2, "units": UNITS}
    sizes |= {key: x for key, x in PLAIN.items() if MODELS[name].takes(key)}
    if name == "stgcn":
        sizes = {"history": 5, "horizon": 2, "channels": [(2, 2)]}
    if name in ("gcgru", "dcrnn", "fc_lstm", "fnn"):
        sizes["layers"] = 1
    if name in ("st_unet", "gcgru", "dcrnn", "stgcn"):
        sizes["K"] = 2
    if name == "st_unet":
        sizes |= {"p": 1}
    if head:
        sizes["head"] = head
    if head == "seq2seq":
        sizes |= {"seed": 0, "sampling_decay": 1e6}  # targets, all the time
    keras.utils.set_random_seed(0)
    return build_model(name, RING, **sizes | options)


def batch(model, targets, seed=0):
    rng = np.random.default_rng(seed)
    steps = model.input_shape[1]
    x = rng.normal(MEAN, STD, (3, steps, NODES, 2))
    x = np.concatenate([x, rng.random((3, steps, NODES, 1))], axis=-1)
    y = rng.normal(MEAN, STD, (3, 2, NODES, 2))[..., list(targets)]
    mask = rng.random(y.shape) < 0.7
    return (x.astype("float32"), y.astype("float32"), mask.astype("float32"))


@pytest.mark.parametrize(
    ("name", "head", "targets", "scale"),
    [
        *(
            pytest.param(*case, (1, 0), "sensor", marks=slow_on_jax(*case))
            for case in CASES
        ),
        pytest.param(
            *("gcgru", "seq2seq", (1,), "all"),
            marks=slow_on_jax("gcgru", "seq2seq"),
        ),
        ("fnn", None, (1,), "all"),
    ],
)
def test_scales_are_inside(tmp_path, name, head, targets, scale):
    mean, std = SCALES[scale]
    options = {"features": FEATURES, "targets": targets}
    model = small(name, head, mean=mean, std=std, **options)
    bare = small(name, head, mean=np.zeros(2), std=np.ones(2), **options)
    x, y, mask = batch(model, targets)
    assert model.output_shape == (None, 2, NODES, len(targets))

    # In original units, the forecast of a model without scales.
    chosen = (..., list(targets))
    plain = x.copy()
    plain[..., :2] = (x[..., :2] - mean) / std
    forecast = np.asarray(bare(plain)) * std[chosen] + mean[chosen]
    np.testing.assert_allclose(model(x), forecast, rtol=1e-4)

    # And so a step of training, where missing targets may be anything.
    y[mask == 0] = np.nan
    scaled = (y - mean[chosen]) / std[chosen]
    losses = []
    for network, loss, data in (
        (model, MeanL1L2(std[chosen]), (x, y)),
        (bare, MeanL1L2(), (plain, scaled)),
    ):
        sgd = keras.optimizers.SGD(0.1)
        network.compile(sgd, loss, run_eagerly=True)  # one step is all
        losses += network.fit(
            *data, sample_weight=mask, batch_size=3, verbose=0
        ).history["loss"]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    later = np.asarray(bare(plain)) * std[chosen] + mean[chosen]
    found = np.asarray(model(x))
    np.testing.assert_allclose(found, later, rtol=1e-3)
    assert not np.allclose(found, forecast, rtol=1e-6)

    # Saved and loaded, and made again of its config.
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded(x), found)
    config = json.loads(json.dumps(model.get_config()))
    assert config["targets"] == list(targets)
    np.testing.assert_array_equal(config["std"], std)
    again = type(model).from_config(config)
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(again(x), found)


@pytest.mark.long_on_jax
def test_a_decoder_that_is_its_encoder_forecasts_all_its_inputs():
    both = {"features": 2, "mean": MEAN, "std": STD}
    options = both | {"targets": (0, 1), "share_weights": True}
    model = small("st_unet", "seq2seq", **options)
    x, y, mask = batch(model, (0, 1))
    model.compile("sgd", MeanL1L2(STD), run_eagerly=True)
    model.fit(x[..., :2], y, sample_weight=mask, verbose=0)
    for targets in ((0,), (1, 0)):
        with pytest.raises(ValueError, match="`share_weights` is True.*order"):
            small("st_unet", "seq2seq", **options | {"targets": targets})


@pytest.mark.long_on_jax
def test_a_network_of_one_step_rolls_out_all_its_inputs():
    both = {"features": 2, "mean": MEAN, "std": STD, "targets": (0, 1)}
    model = small("stgcn", "one_step", **both)
    x, y, _ = batch(model, (0, 1))
    x = x[..., :2]
    first = np.asarray(model(x))
    moved = np.concatenate([x[:, 1:], first[:, :1]], axis=1)
    second = np.asarray(model(moved))
    np.testing.assert_allclose(first[:, 1], second[:, 0], rtol=1e-3)
    model.compile("sgd", MeanL1L2(STD), run_eagerly=True)
    model.fit(x, y, verbose=0)
    with pytest.raises(ValueError, match="expected all inputs as targets"):
        small("stgcn", "one_step", **both | {"targets": (0,)})


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=slow_on_jax(name)) for name in MODELS],
)
def test_every_model_takes_targets_and_keeps_forecasts_above_0(name):
    options = {"features": 2, "mean": [-99.0, -99.0], "std": [1.0, 1.0]}
    options |= {"targets": (0, 1), "non_negative": True}
    fixed = MODELS[name].fixed
    of_paper = name.endswith("_unet") or "ablation" in name
    base = "st_unet" if of_paper else name
    sizes = {"history": 5, "horizon": 2}
    if base in ("stgcn", "stgcn_1st"):
        sizes["channels"] = [(2, 2)]
    else:
        sizes["units"] = UNITS
    if base == "st_unet":
        sizes |= {"K": 1} | ({} if "p" in fixed else {"p": 1})
    model = build_model(name, RING, **sizes, **options)
    assert model.get_config()["non_negative"] is True
    x = np.full((2, 5, NODES, 2), -99.0, "float32")
    assert (np.asarray(model(x)) == 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"non_negative": "all"}, "`non_negative` is 'all'"),
        ({"targets": (3,)}, "`targets` is .*from 0 to 2"),
        ({"targets": ()}, "`targets` is"),
        ({"targets": (0, 0)}, "each once"),
        ({"targets": 0}, "`targets` is"),
        ({"targets": (2,)}, "of the first 2 of 3 features"),
        ({"mean": np.zeros(4), "std": np.ones(4)}, "at most 3 features"),
        ({"mean": np.zeros((5, 2)), "std": np.ones((5, 2))}, "one for each"),
        ({"mean": np.zeros(3)}, "expected two numbers, or two arrays"),
    ],
)
def test_targets_and_scales_that_do_not_fit_are_refused(options, message):
    given = {"features": FEATURES, "mean": MEAN, "std": STD} | options
    with pytest.raises(ValueError, match=message):
        small("fnn", None, **given)
