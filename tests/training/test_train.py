"""From a file of data to a run folder, started once and again."""

import dataclasses
import inspect
import json
import shutil
import sys
import warnings

import keras
import numpy as np
import pytest

from keras_stunet import symmetrise
from keras_stunet.data import make_windows
from keras_stunet.locks import run_lock
from keras_stunet.models import MODELS
from keras_stunet.models import build_st_unet
from keras_stunet.training import fit
from keras_stunet.training import train as model_run
from keras_stunet.training import write_up
from keras_stunet.training.results import run_row
from keras_stunet.training.runs import run as run_module
from keras_stunet.training.train import train_model

QUICK = {
    "model": "fnn",  # of the models the one that is quickest to compile
    "protocol": "days",
    "history": 2,
    "horizon": 2,
    "units": 2,
    "epochs": 1,
    "progress": False,
}
ST_UNET = {**QUICK, "model": "st_unet", "head": "direct", "K": 1, "p": 1}


@pytest.fixture(scope="module")
def dataset(series, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    series.save(path)
    return str(path)


@pytest.fixture
def no_pictures(monkeypatch):
    """As without matplotlib, of which the run warns."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The run is whole but for")
        yield


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    """The folder of a run without pictures, and the table that it returned."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib", None)
        with pytest.warns(UserWarning, match="The run is whole but for"):
            return folder, train_model(dataset, folder, **QUICK)


@pytest.fixture
def finished(trained, tmp_path, no_pictures):
    """A copy of the folder, and the table."""
    return shutil.copytree(trained[0], tmp_path / "run"), trained[1]


def test_a_finished_run_shows_its_table_without_reading_data(
    finished, dataset, monkeypatch
):
    folder, table = finished
    (folder / model_run.LAST).write_text("")
    before = {file: file.stat().st_mtime_ns for file in folder.iterdir()}
    monkeypatch.setattr(run_module, "load_series", None)
    assert train_model(dataset, folder, resume=True, **QUICK) == table
    assert before == {
        file: file.stat().st_mtime_ns for file in folder.iterdir()
    }


def test_a_run_killed_after_its_scores_gets_the_rest_without_new_ones(
    finished, dataset, monkeypatch
):
    folder, table = finished
    (folder / "table.md").unlink()
    monkeypatch.setattr(fit, "score_beside_naive", None)
    monkeypatch.setattr(keras.Model, "fit", None)
    assert train_model(dataset, folder, resume=True, **QUICK) == table
    assert (folder / "table.md").read_text() == table + "\n"


def test_the_table_has_the_steps_asked_for_and_the_file_the_usual_ones(
    dataset, tmp_path, no_pictures
):
    options = {**QUICK, "horizon": 4, "report_steps": [1]}
    table = train_model(dataset, tmp_path / "run", **options)
    assert "| 3 h | 12 h | all steps |" in table.splitlines()[0]
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert list(metrics["test"]["model"]) == ["1", "3", "4", "all"]
    assert train_model(dataset, tmp_path / "run", resume=True, **options) == (
        table
    )
    options["report_steps"] = [2]
    with pytest.warns(UserWarning, match="2 is no step that it was scored at"):
        train_model(dataset, tmp_path / "run", resume=True, **options)
    options["report_steps"] = [5]
    with pytest.raises(ValueError, match="Step 5 was asked for.*1 to 4"):
        train_model(dataset, tmp_path / "other", **options)


def test_the_best_model_is_loaded_once(
    dataset, tmp_path, monkeypatch, no_pictures
):
    loaded, load_model = [], keras.saving.load_model

    def load(*arguments, **options):
        loaded.append(load_model(*arguments, **options))
        return loaded[-1]

    monkeypatch.setattr(keras.saving, "load_model", load)
    train_model(dataset, tmp_path / "run", **QUICK)
    assert len(loaded) == 1


def test_a_folder_in_use_is_refused_before_data_are_read(
    dataset, tmp_path, monkeypatch
):
    monkeypatch.setattr(run_module, "load_series", None)
    with run_lock(tmp_path / "run"):
        with pytest.raises(OSError, match="written by another run"):
            train_model(dataset, tmp_path / "run", **QUICK)


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

    noting(run_module, "load_series")
    noting(write_up, "horizon_table")
    train_model(dataset, tmp_path / "run", **QUICK)
    assert held == ["load_series", "horizon_table"]


def test_a_refused_start_leaves_nothing(dataset, tmp_path):
    with pytest.raises(ValueError, match="`K` is 0"):
        train_model(dataset, tmp_path / "a" / "run", **{**ST_UNET, "K": 0})
    assert not list(tmp_path.iterdir())


def test_data_with_nothing_to_score_leave_nothing(series, tmp_path):
    mask = np.ones(series.values.shape, dtype=bool)
    mask[34 * 8 : 39 * 8] = False
    masked = dataclasses.replace(series, mask=mask)
    with pytest.raises(ValueError, match="No target of the validation split"):
        train_model(masked, tmp_path / "a" / "run", **QUICK)
    assert not list(tmp_path.iterdir())


def test_a_run_of_another_version_is_left_as_it_is(finished, dataset):
    folder, _ = finished
    config = json.loads((folder / "config.json").read_text())
    del config["format"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="another version"):
        train_model(dataset, folder, resume=True, **QUICK)
    assert not list(folder.glob(".*"))


def test_a_directed_graph_reaches_only_models_made_for_it(
    series, tmp_path, monkeypatch
):
    def train(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(model_run, "train", train)
    adj = np.triu(series.adjacency)
    one_way = dataclasses.replace(series, adjacency=adj)
    seen = []

    def build(adjacency, **options):
        if len(adjacency) == series.num_nodes:  # not the trial on a path
            seen.append(adjacency)
        return build_st_unet(symmetrise(adjacency, "max"), **options)

    build.__signature__ = inspect.signature(build_st_unet)
    for directed in (False, True):
        entry = MODELS["st_unet"]._replace(build=build, directed=directed)
        monkeypatch.setitem(MODELS, "st_unet", entry)
        with pytest.raises(KeyboardInterrupt):
            train_model(one_way, tmp_path / str(directed), **ST_UNET)
    np.testing.assert_array_equal(seen[0], np.maximum(adj, adj.T))
    np.testing.assert_array_equal(seen[1], adj)


def test_the_config_names_the_model_and_all_its_options(
    dataset, tmp_path, no_pictures
):
    options = {key: ST_UNET[key] for key in ST_UNET if key != "p"}
    options |= {"model": "t_unet", "loss": "l1"}
    folder = tmp_path / "run"
    train_model(dataset, folder, **options)
    config = json.loads((folder / "config.json").read_text())
    expected = {"name": "t_unet", "p": 0, "s": 2, "units": 2, "K": 1}
    expected |= {"upsampling": "copy", "calendar": [], "no_sampling": False}
    assert config["model"].items() >= expected.items()
    assert config["recipe"]["loss"] == "l1"
    assert run_row(folder)["model"] == "T-UNet"
    model = keras.saving.load_model(folder / "model.keras")
    built = model.get_config()
    for name in ("p", "s", "K", "units", "head", "history", "horizon"):
        assert built[name] == config["model"][name]


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("fc_lstm", {"history": 2, "units": 2, "head": "direct"}),
        pytest.param(
            *("s_unet", {"history": 2, "units": 2, "head": "direct"}),
            marks=pytest.mark.long,
        ),
        pytest.param(
            *("stgcn_1st", {"history": 9, "channels": [(2, 2)]}),
            marks=pytest.mark.long,
        ),
    ],
)
def test_other_systems_run_from_data_to_a_row(
    model, options, series, tmp_path, no_pictures
):
    # Those that the README's commands do not train.
    given = {"protocol": "windows", "horizon": 2, "epochs": 1}
    given |= {"batch_size": 60, "progress": False}
    train_model(series, tmp_path / "run", model, **given, **options)
    row = run_row(tmp_path / "run")
    assert row["model"] == MODELS[model].title and row["epochs"] == 1
    loaded = keras.saving.load_model(tmp_path / "run" / "model.keras")
    splits = make_windows(series, "windows", options["history"], 2)
    x, y, *_ = splits.validation.gather(np.arange(len(splits.validation)))
    mae = np.abs(np.array(loaded.predict(x, verbose=0)) - y).mean()
    assert row["val_mae"] == pytest.approx(mae, rel=1e-4)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("st_unnet", {}, "Did you mean 'st_unet'"),
        ("st_unet", {"unitz": 3}, "an option 'unitz'.*'units'"),
        ("st_unet", {"epoch": 3}, "an option 'epoch'.*Did you mean 'epochs'"),
        ("st_unet", {"warm_up": 0.1}, "has an option 'warm_up'"),
        ("st_unet", {"warm_up": 0.0, "K": 0}, "`K` is 0"),  # it did nothing
        ("t_unet", {"p": 2}, "stands for p=0"),
        ("st_unet", {"loss": "bce"}, "`loss` is 'bce'"),
        ("st_unet", {"sampling_decay": 5.0}, "an option 'sampling_decay'"),
        ("st_unet", {"units": 0}, "`units` is 0"),
        ("stgcn", {"history": 8}, "history"),
        ("stgcn", {"calendar": ["time_of_day"]}, "leave the calendar out"),
        ("st_unet", {"calendar": ["week"]}, "`calendar` is 'week'"),
        ("st_unet", {"protocol": "dayz"}, "Did you mean 'days'"),
        ("st_unet", {"parts": (1, 2)}, "three positive numbers"),
        ("fnn", {"no_sampling": True}, "no decoder.*`no_sampling`"),
        ("fnn", {"sampling_half": 0.5}, "no decoder.*`sampling_half`"),
        ("st_unet", {"sampling_half": 0.0}, "`sampling_half` is 0.0"),
    ],
)
def test_an_unknown_option_is_refused_before_data_are_read(
    dataset, tmp_path, monkeypatch, model, options, message
):
    monkeypatch.setattr(run_module, "load_series", None)
    with pytest.raises(ValueError, match=message):
        train_model(dataset, tmp_path / "run", model, **options)
    assert not list(tmp_path.iterdir())


def test_options_of_sampling_without_a_decoder_are_noted(
    dataset, tmp_path, monkeypatch
):
    monkeypatch.setattr(run_module, "load_series", None)
    options = {"head": "direct", "no_sampling": True}
    with pytest.warns(UserWarning, match="direct head has no decoder"):
        with pytest.raises(TypeError):  # where it would read the data
            train_model(dataset, tmp_path / "run", **options)
