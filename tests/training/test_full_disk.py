"""A run folder that cannot be written for a while."""

import os

import pytest

from keras_stunet import files
from keras_stunet.training import Recipe
from keras_stunet.training.fit import train

RECIPE = Recipe(epochs=4, batch_size=50)


@pytest.fixture(scope="module")
def whole(linear, splits, tmp_path_factory):
    """The metrics of a run that nothing went wrong with."""
    folder = tmp_path_factory.mktemp("whole")
    return train(linear(), splits, RECIPE, folder, False)[0]


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("checkpoint.npz", 3),
        pytest.param("checkpoint.npz", 1, marks=pytest.mark.long),
        pytest.param("model.keras", 1, marks=pytest.mark.long),
        pytest.param("history.csv", 1, marks=pytest.mark.long),
        ("metrics.json", 1),
    ],
)
def test_a_disk_that_is_full_for_a_while_changes_nothing(
    linear, splits, whole, tmp_path, monkeypatch, name, time
):
    times = []
    sync = files.sync

    def full(path, *flags):
        if path.name == name.replace(".", ".tmp."):
            times.append(path)
            if len(times) == time:
                raise OSError(28, "No space left on device")
        return sync(path, *flags)

    monkeypatch.setattr(files, "sync", full)
    folder = tmp_path / "run"
    folder.mkdir()
    with pytest.raises(OSError, match=f"{name} could not.*No space.*--resume"):
        train(linear(), splits, RECIPE, folder, False)
    assert not list(folder.glob("*.tmp*"))
    assert not (folder / "metrics.json").exists()
    if name == "checkpoint.npz" and time == 3:
        assert {"checkpoint.npz", "checkpoint.previous.npz"} <= set(
            _contents(folder)
        )
    resumed, _ = train(linear(), splits, RECIPE, folder, False)
    assert resumed["test"] == whole["test"]
    assert resumed["best"] == whole["best"]


@pytest.mark.skipif(os.name != "posix", reason="needs a limit on file sizes")
def test_a_real_failed_write_leaves_nothing_half_written(
    linear, splits, tmp_path
):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(OSError, match="checkpoint.npz could not be wr"):
            train(linear(), splits, RECIPE, tmp_path, False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())
    train(linear(), splits, RECIPE, tmp_path, False)


def _contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}
