"""The checkpoint before the newest one, and when it is gone on from."""

import os
import pathlib

import keras
import numpy as np
import pytest

from keras_stunet.training import Recipe
from keras_stunet.training import checkpoint
from keras_stunet.training import compile_model
from keras_stunet.training.checkpoint import load_newest_checkpoint
from keras_stunet.training.checkpoint import previous_checkpoint
from keras_stunet.training.checkpoint import save_checkpoint


@pytest.fixture
def compiled(linear):
    """Function to a compiled model whose weights all have one value."""

    def make(value=0.0):
        model = linear()
        compile_model(model, Recipe(), 10, std=8.0)
        for variable in model.trainable_variables:
            variable.assign(np.full(variable.shape, value))
        return model

    return make


@pytest.fixture
def two(compiled, tmp_path):
    """The path of a checkpoint after epoch 2, with the one after epoch 1."""
    path = tmp_path / "checkpoint.npz"
    for epoch in (1, 2):
        record = {"history": [{}] * epoch}
        save_checkpoint(path, compiled(epoch), record)
    return path


def value_of(model):
    values = {float(np.ptp(v.numpy())) for v in model.trainable_variables}
    assert values == {0.0}
    return float(keras.ops.convert_to_numpy(model.trainable_variables[0]).min())


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_nothing_is_loaded_where_nothing_is(compiled, tmp_path):
    assert load_newest_checkpoint(tmp_path / "checkpoint.npz", None) is None


def test_the_newest_is_loaded_and_the_one_before_is_kept(compiled, two):
    model = compiled()
    assert len(load_newest_checkpoint(two, model)["history"]) == 2
    assert value_of(model) == 2
    two.unlink()
    with pytest.warns(UserWarning, match="is not there"):
        load_newest_checkpoint(two, model)
    assert value_of(model) == 1


def test_a_damaged_one_gives_way_to_the_one_before(compiled, two):
    cut(two)
    model = compiled()
    message = (
        r"checkpoint.npz is no whole checkpoint .*Going on from the one "
        r"before, .*checkpoint.previous.npz, after epoch 1\."
    )
    with pytest.warns(UserWarning, match=message):
        record = load_newest_checkpoint(two, model)
    assert len(record["history"]) == 1 and value_of(model) == 1


def test_a_whole_one_is_there_at_every_moment_after_a_fallback(
    compiled, two, monkeypatch
):
    cut(two)
    model = compiled()
    with pytest.warns(UserWarning):
        load_newest_checkpoint(two, model)
    # The next save fails between its renames: the whole one is still there.
    replace = pathlib.Path.replace

    def once(self, target):
        if ".tmp" in self.name:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(pathlib.Path, "replace", once)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(two, compiled(3), {"history": [{}, {}]})
    monkeypatch.undo()
    with pytest.warns(UserWarning, match="is not there"):
        load_newest_checkpoint(two, model)
    assert value_of(model) == 1


def test_two_damaged_ones_are_an_error_that_names_both(compiled, two):
    cut(two)
    cut(previous_checkpoint(two))
    message = (
        "No state to go on from: .*checkpoint.npz is no whole.*"
        "checkpoint.previous.npz is no whole.*Delete these two"
    )
    with pytest.raises(ValueError, match=message):
        load_newest_checkpoint(two, compiled())


@pytest.mark.filterwarnings("ignore:.*Going on from the one before")
@pytest.mark.parametrize("reads", [1, 2])
def test_another_process_may_come_first(compiled, two, monkeypatch, reads):
    cut(two)
    read, seen = checkpoint._read, []

    def slow(path):
        seen.append(path)
        try:
            return read(path)
        finally:
            if len(seen) == reads:  # the other renames meanwhile
                previous_checkpoint(two).replace(two)

    monkeypatch.setattr(checkpoint, "_read", slow)
    model = compiled()
    assert len(load_newest_checkpoint(two, model)["history"]) == 1
    assert value_of(model) == 1 and two.exists()


def test_a_first_one_that_is_damaged_is_an_error(compiled, two):
    previous_checkpoint(two).unlink()
    cut(two)
    with pytest.raises(ValueError, match="is no whole.*previous.npz is not"):
        load_newest_checkpoint(two, compiled())


def test_another_models_state_is_no_damage(st_unet, two):
    model = st_unet()
    compile_model(model, Recipe(), 10, std=8.0)
    before = two.read_bytes()
    with pytest.raises(ValueError, match="state of another model"):
        load_newest_checkpoint(two, model)
    assert two.read_bytes() == before and previous_checkpoint(two).exists()


def test_a_file_that_cannot_be_read_is_no_damage(compiled, two):
    two.unlink()
    two.mkdir()
    with pytest.raises(OSError):
        load_newest_checkpoint(two, compiled())
    assert previous_checkpoint(two).exists()


def test_every_cut_is_seen(compiled, two):
    whole = two.read_bytes()
    model = compiled()
    save_checkpoint(two, compiled(5), {"history": [{}] * 3})
    for length in range(0, len(whole), 37):
        two.write_bytes(whole[:length])
        before = previous_checkpoint(two).read_bytes()
        with pytest.warns(UserWarning, match="is no whole checkpoint"):
            load_newest_checkpoint(two, model)
        previous_checkpoint(two).write_bytes(before)


def test_every_flipped_byte_is_seen_or_without_effect(compiled, two):
    whole = two.read_bytes()
    other = compiled(5)
    for at in range(0, len(whole), 61):
        damaged = bytearray(whole)
        damaged[at] ^= 255
        two.write_bytes(bytes(damaged))
        before = previous_checkpoint(two).read_bytes()
        try:
            with pytest.warns(UserWarning, match="is no whole checkpoint"):
                load_newest_checkpoint(two, other)
            assert value_of(other) == 1
        except pytest.fail.Exception:  # no warning
            assert value_of(other) == 2
        previous_checkpoint(two).write_bytes(before)


def test_a_state_is_on_the_disk_before_the_renames(
    compiled, two, monkeypatch, tmp_path
):
    events = []
    replace, fsync = pathlib.Path.replace, os.fsync

    def noted_replace(self, target):
        events.append((self.name, pathlib.Path(target).name))
        return replace(self, target)

    def noted_fsync(descriptor):
        events.append("synced")
        return fsync(descriptor)

    monkeypatch.setattr(pathlib.Path, "replace", noted_replace)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    save_checkpoint(two, compiled(3), {"history": []})
    renames = [event for event in events if event != "synced"]
    assert events[0] == "synced"
    assert renames == [
        ("checkpoint.npz", "checkpoint.previous.npz"),
        ("checkpoint.tmp.npz", "checkpoint.npz"),
    ]
    assert events[-1] == "synced"  # the folder
