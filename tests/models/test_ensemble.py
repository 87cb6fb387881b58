"""An ensemble: the mean of its members, saved as one model."""

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.models import build_ensemble
from keras_stunet.models import build_fnn
from keras_stunet.models import build_gcgru
from keras_stunet.models import build_st_unet_plus
from keras_stunet.training.runs.export import in_float32

NODES = 4
SIZES = {"history": 3, "horizon": 2, "units": 2, "mean": 50.0, "std": 10.0}


def member(seed, build=build_fnn, **options):
    keras.utils.set_random_seed(seed)
    ring = np.roll(np.eye(NODES), 1, axis=1)
    return build(ring + ring.T, **{**SIZES, **options})


def known(model, batch=5):
    rng = np.random.default_rng(3)
    shapes = [(batch, *x.shape[1:]) for x in model.inputs]
    arrays = [rng.normal(50, 10, shape).astype("float32") for shape in shapes]
    return arrays if len(arrays) > 1 else arrays[0]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("decoder", marks=pytest.mark.long),
        pytest.param("profile", marks=pytest.mark.long_on_jax),
    ],
)
def test_it_is_the_mean_of_its_members_also_when_loaded(name, tmp_path):
    build, options = build_gcgru, {"layers": 1, "sampling_decay": 3.0}
    if name == "profile":
        table = np.random.default_rng(0).normal(50, 9, (1, 8, NODES, 2))
        build = build_st_unet_plus
        options = {"layers": 1, "profile": table, "features": 3}
    members = [member(i, build, **options) for i in range(3)]
    model = build_ensemble(members)
    x = known(model)
    right = np.mean([m.predict(x, verbose=0) for m in members], axis=0)
    assert_allclose(model.predict(x, verbose=0), right, rtol=1e-5)
    spread = members[0].predict(x, verbose=0) - right
    assert np.abs(spread).max() > 0.1
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", compile=False)
    assert_allclose(again.predict(x, verbose=0), right, rtol=1e-5)
    if name == "profile":
        assert_allclose(keras.ops.convert_to_numpy(again.profile), table, 1e-6)


def test_its_members_keep_their_names_and_weights():
    given = member(0)
    model = build_ensemble([given, member(1)])
    before = given.get_weights()
    model.set_weights([weight + 1 for weight in model.get_weights()])
    assert given.name == "fnn"
    for mine, was in zip(given.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, was)


@pytest.mark.long_on_jax
def test_in_float32_it_is_of_members_in_float32():
    mixed = [member(i, dtype="mixed_bfloat16") for i in range(2)]
    model = in_float32(build_ensemble(mixed))
    x = known(model)
    plain = [member(i, dtype="float32") for i in range(2)]
    right = np.mean([m.predict(x, verbose=0) for m in plain], axis=0)
    assert_allclose(model.predict(x, verbose=0), right, rtol=1e-5)


@pytest.mark.parametrize(
    "members", [[], [{}, {"horizon": 1}], [{}, {"history": 2}]]
)
def test_members_that_do_not_fit(members):
    members = [member(0, **options) for options in members]
    with pytest.raises(ValueError, match="members of the ensemble .* alike"):
        build_ensemble(members)
