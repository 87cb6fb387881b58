"""Which of its sources `load` takes."""

import builtins
import pathlib

import pytest

from keras_stunet.datasets import pemsd7
from keras_stunet.datasets.pemsd7.dummy_data_generation import write_dummy_data
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE

DUMMY = pathlib.Path(pemsd7.__file__).parent / "dummy_data"


@pytest.fixture(autouse=True)
def no_tensorflow_datasets(monkeypatch):
    monkeypatch.delenv(RAW_DIR_VARIABLE, raising=False)
    real_import = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.partition(".")[0] == "tensorflow_datasets":
            raise ModuleNotFoundError("No module named that", name=name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)


def test_raw_dir_is_read_without_tensorflow_datasets():
    with pytest.raises(ValueError, match="expected 228"):
        pemsd7.load("m", raw_dir=DUMMY / "m")


def test_environment_variable_names_a_raw_folder(monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY / "m"))
    with pytest.raises(ValueError, match="expected 228"):
        pemsd7.load("m")


def test_raw_dir_goes_before_the_environment_variable(tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY / "m"))
    with pytest.raises(FileNotFoundError, match=tmp_path.name):
        pemsd7.load("m", raw_dir=tmp_path)


def test_folder_of_the_environment_variable_must_exist(tmp_path, monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="is no folder. Correct or"):
        pemsd7.load("m")


def test_missing_tensorflow_datasets_names_what_to_install():
    with pytest.raises(ImportError, match=r"\.\[.*datasets\]"):
        pemsd7.load("m")


def test_folder_with_the_other_config_only_is_passed_over(monkeypatch):
    monkeypatch.setenv(RAW_DIR_VARIABLE, str(DUMMY / "m"))
    with pytest.raises(ImportError, match="TensorFlow Datasets"):
        pemsd7.load("l")


def test_unknown_config():
    with pytest.raises(ValueError, match="config 'x': choose one of 'm', 'l'"):
        pemsd7.load("x")
    with pytest.raises(ValueError, match="Did you mean 'm'"):
        pemsd7.load("M")


@pytest.mark.parametrize("config", ["m", "l"])
def test_dummy_data_are_what_their_generator_writes(config, tmp_path):
    write_dummy_data(tmp_path, config)
    names = sorted(path.name for path in tmp_path.iterdir())
    kept = DUMMY / config
    assert names == sorted(path.name for path in kept.iterdir())
    for name in names:
        assert (tmp_path / name).read_text() == (kept / name).read_text()
