"""Whole states come back; anything else is refused."""

import keras
import numpy as np
import pytest

from keras_stunet.training import Recipe
from keras_stunet.training import compile_model
from keras_stunet.training.checkpoint import load_checkpoint
from keras_stunet.training.checkpoint import save_checkpoint


def _compiled(model):
    compile_model(model, Recipe(), 10, std=8.0)
    return model


def _state(model):
    variables = [*model.variables, *model.optimizer.variables]
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def test_every_variable_comes_back_also_seeds_and_moments(st_unet, tmp_path):
    model = _compiled(st_unet())
    model.optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    for variable in [*model.variables, *model.optimizer.variables]:
        values = rng.integers(1, 9, variable.shape)
        variable.assign(values.astype(keras.ops.dtype(variable)))
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, model, {"epoch": 3, "best": float("inf")})
    other = _compiled(st_unet())
    assert load_checkpoint(path, other) == {"epoch": 3, "best": float("inf")}
    for before, after in zip(_state(model), _state(other), strict=True):
        np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "flipped"])
def test_a_damaged_checkpoint_is_refused(linear, tmp_path, damage):
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, _compiled(linear()), {})
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    if damage == "flipped":
        at = whole.index(b"NUMPY") + 130  # inside the first array
        whole[at] ^= 255
    path.write_bytes(
        {"cut": whole[:middle], "empty": b"", "text": b"x" * 90}.get(
            damage, bytes(whole)
        )
    )
    with pytest.raises(ValueError, match="is no whole checkpoint"):
        load_checkpoint(path, _compiled(linear()))


def test_a_checkpoint_of_another_model_is_refused(st_unet, linear, tmp_path):
    path = tmp_path / "checkpoint.npz"
    save_checkpoint(path, _compiled(st_unet()), {})
    for other in (linear(), st_unet(units=3), st_unet(layer_norm="none")):
        before = _state(_compiled(other))
        with pytest.raises(ValueError, match="state of another model"):
            load_checkpoint(path, other)
        for a, b in zip(before, _state(other), strict=False):
            np.testing.assert_array_equal(a, b)


def test_a_failed_write_leaves_the_old_state(linear, tmp_path, monkeypatch):
    path = tmp_path / "checkpoint.npz"
    model = _compiled(linear())
    save_checkpoint(path, model, {"epoch": 1})

    def full(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(path, model, {"epoch": 2})
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.npz"]
    assert load_checkpoint(path, model) == {"epoch": 1}
