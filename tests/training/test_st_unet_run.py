"""From a file of data to a run folder, started once and again."""

import json
import warnings

import keras
import pytest

from keras_stunet.training import run
from keras_stunet.training import st_unet_run
from keras_stunet.training.lock import run_lock
from keras_stunet.training.st_unet_run import train_st_unet

OPTIONS = {
    "protocol": "days",
    "head": "direct",
    "history": 2,
    "horizon": 2,
    "K": 1,
    "p": 1,
    "units": 2,
    "epochs": 1,
    "progress": False,
}


@pytest.fixture(scope="module")
def dataset(series, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    series.save(path)
    return str(path)


@pytest.fixture
def no_pictures(monkeypatch):
    """As without matplotlib, of which the run warns."""
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The run is whole but for")
        yield


@pytest.fixture
def finished(dataset, tmp_path, no_pictures):
    """The folder of a run, and the table that it returned."""
    folder = tmp_path / "run"
    return folder, train_st_unet(dataset, folder, **OPTIONS)


def test_a_finished_run_shows_its_table_without_reading_data(
    finished, dataset, monkeypatch
):
    folder, table = finished
    (folder / st_unet_run.LAST).write_text("")
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    monkeypatch.setattr(st_unet_run, "load_series", None)
    assert train_st_unet(dataset, folder, resume=True, **OPTIONS) == table
    assert before == {
        file: file.stat().st_mtime_ns for file in folder.iterdir()
    }


def test_a_run_killed_after_its_scores_gets_the_rest_without_new_ones(
    finished, dataset, monkeypatch
):
    folder, table = finished
    (folder / "table.md").unlink()
    monkeypatch.setattr(run, "score_beside_naive", None)
    monkeypatch.setattr(keras.Model, "fit", None)
    assert train_st_unet(dataset, folder, resume=True, **OPTIONS) == table
    assert (folder / "table.md").read_text() == table + "\n"


def test_the_best_model_is_loaded_once(
    dataset, tmp_path, monkeypatch, no_pictures
):
    loaded, load_model = [], keras.saving.load_model

    def load(*arguments, **options):
        loaded.append(load_model(*arguments, **options))
        return loaded[-1]

    monkeypatch.setattr(keras.saving, "load_model", load)
    train_st_unet(dataset, tmp_path / "run", **OPTIONS)
    assert len(loaded) == 1


def test_a_folder_in_use_is_refused_before_data_are_read(
    dataset, tmp_path, monkeypatch
):
    monkeypatch.setattr(st_unet_run, "load_series", None)
    with run_lock(tmp_path / "run"):
        with pytest.raises(OSError, match="written by another run"):
            train_st_unet(dataset, tmp_path / "run", **OPTIONS)


def test_the_folder_is_held_while_data_are_read_and_until_the_end(
    dataset, tmp_path, monkeypatch, no_pictures
):
    held = []

    def noting(module, name):
        function = getattr(module, name)

        def noted(*arguments, **options):
            with pytest.raises(OSError, match="another run"):
                with run_lock(tmp_path / "run"):
                    pytest.fail("it is free")
            held.append(name)
            return function(*arguments, **options)

        monkeypatch.setattr(module, name, noted)

    noting(st_unet_run, "load_series")
    noting(st_unet_run, "horizon_table")
    train_st_unet(dataset, tmp_path / "run", **OPTIONS)
    assert held == ["load_series", "horizon_table"]


def test_a_refused_start_leaves_nothing(dataset, tmp_path):
    with pytest.raises(ValueError, match="`K` is 0"):
        train_st_unet(dataset, tmp_path / "a" / "run", **{**OPTIONS, "K": 0})
    assert not list(tmp_path.iterdir())


def test_a_run_of_another_version_is_left_as_it_is(finished, dataset):
    folder, _ = finished
    config = json.loads((folder / "config.json").read_text())
    del config["format"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="another version"):
        train_st_unet(dataset, folder, resume=True, **OPTIONS)
    assert not list(folder.glob(".*"))
