"""One `Run`: what it checks, loads once, writes and reads again."""

import dataclasses
import json
import sys

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.evaluation.table import horizon_table
from keras_stunet.locks import run_lock
from keras_stunet.training import callbacks
from keras_stunet.training import evaluate_run
from keras_stunet.training import load_run
from keras_stunet.training import train_model
from keras_stunet.training.checkpoint import save_checkpoint
from keras_stunet.training.results import run_row
from keras_stunet.training.runs import run as run_module
from keras_stunet.training.runs.folder import write_config
from keras_stunet.training.runs.run import Run

OPTIONS = {"model": "fnn", "protocol": "days", "history": 2, "horizon": 2}
OPTIONS |= {"units": 2, "epochs": 1, "progress": False}
PLACE = {"protocol": "days", "parts": None, "dataset": "tiny", "source": None}
CONFIG = {"format": "keras_stunet.run.3", **PLACE, "recipe": {}, "model": {}}


@pytest.fixture(scope="module")
def nights(series):
    """The series, with readings of 0 at six each evening."""
    values = series.values.copy()
    values[6::8] = 0
    return dataclasses.replace(series, values=values)


@pytest.fixture(scope="module")
def finished(nights, tmp_path_factory):
    """The folder of a run on it without pictures, and its table."""
    folder = tmp_path_factory.mktemp("nights") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "matplotlib", None)
        with pytest.warns(UserWarning, match="whole but for its pictures"):
            return folder, train_model(nights, folder, **OPTIONS)


def copy_of(folder, target):
    target.mkdir()
    for file in folder.iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    return target


def test_readings_of_zero_leave_a_dash_and_a_file_that_is_json(
    finished, nights
):
    folder, table = finished

    def refuse(constant):
        pytest.fail(f"{constant} is no JSON")

    text = (folder / "metrics.json").read_text()
    scores = json.loads(text, parse_constant=refuse)["test"]
    assert scores["model"]["2"]["mape"] is None
    assert "/ - / " in table and "no finite value" in table
    # The file, the run read again and the model itself tell the same.
    config = json.loads((folder / "config.json").read_text())
    with Run.open(folder, config, True, "table.md", nights) as run:
        assert run.finished
        assert horizon_table(run.metrics["test"], 180) == table
    assert horizon_table(evaluate_run(load_run(folder)), 180) == table
    assert run_row(folder)["mape_60min"] == ""  # a step is three hours


def test_a_run_that_is_still_trained_says_so(
    finished, series, tmp_path, monkeypatch, recwarn
):
    load_run(finished[0])
    assert not recwarn.list

    def save(path, model, progress):
        save_checkpoint(path, model, progress)
        if len(progress["history"]) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(callbacks, "save_checkpoint", save)
    with pytest.raises(KeyboardInterrupt):
        train_model(series, tmp_path, **{**OPTIONS, "epochs": 4})
    with pytest.warns(UserWarning, match="not finished: .* in epoch 3 of 4"):
        load_run(tmp_path)
    (tmp_path / "checkpoint.npz").write_bytes(b"PK")
    with pytest.warns(UserWarning, match="not finished: .* in epoch 2 of 4"):
        load_run(tmp_path)


def test_a_series_is_hashed_once_in_a_run(series, tmp_path, monkeypatch):
    hashed = []

    def sha256(given):
        hashed.append(given)
        return whole(given)

    whole = run_module.series_sha256
    monkeypatch.setattr(run_module, "series_sha256", sha256)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    series.save(tmp_path / "tiny.npz")
    for number, dataset in enumerate((series, str(tmp_path / "tiny.npz"))):
        with pytest.warns(UserWarning, match="whole but for its pictures"):
            train_model(dataset, tmp_path / str(number), **OPTIONS)
        assert len(hashed) == number + 1
    run = load_run(tmp_path / "1")
    evaluate_run(run)
    evaluate_run(run, "validation")
    assert len(hashed) == 3


def test_sensors_of_a_later_version_are_read_and_of_none_refused(
    finished, tmp_path
):
    folder = copy_of(finished[0], tmp_path / "run")
    path = folder / "sensors.json"
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({**whole, "altitude": [1, 2, 3, 4]}))
    assert load_run(folder).sensors == whole["sensors"] == list("0123")
    for name in ("utc_offset", "std"):  # runs of before had none
        path.write_text(json.dumps({k: whole[k] for k in whole if k != name}))
        assert getattr(load_run(folder), name) is None
    path.write_text(json.dumps({k: whole[k] for k in whole if k != "fill"}))
    with pytest.raises(ValueError, match="sensors.json has no 'fill'. Train"):
        load_run(folder)


def test_nothing_is_written_before_the_start_and_the_folder_is_held(tmp_path):
    folder = tmp_path / "a" / "run"
    with Run.open(folder, CONFIG, False, "table.md") as run:
        assert (run.metrics, run.finished) == (None, False)
        with pytest.raises(OSError, match="another run"):
            with run_lock(folder):
                pytest.fail("it is free")
    assert not list(tmp_path.iterdir())
    with Run.open(folder, CONFIG, False, "table.md") as run:
        run.start()
        assert run.write_table("a table") == "a table"
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.json", "table.md"}
    with pytest.raises(ValueError, match="already holds a run"):
        with Run.open(folder, CONFIG, False, "table.md"):
            pytest.fail("it is another")


def test_other_data_are_refused_as_the_folder_is_opened(
    finished, series, tmp_path
):
    folder = copy_of(finished[0], tmp_path / "run")
    config = json.loads((folder / "config.json").read_text())
    with pytest.raises(ValueError, match="are not those that the run in"):
        with Run.open(folder, config, True, "table.md", series):
            pytest.fail("it has other readings")
    damaged = folder / "sensors.json"
    damaged.write_text("{")
    own = Series.load(folder / "series.npz")
    with pytest.raises(ValueError, match="sensors.json is damaged. Go on"):
        with Run.open(folder, config, True, "table.md", own):
            pytest.fail("it cannot tell")


def test_processes_compare_options_scores_and_data(series, tmp_path):
    class Noting(run_module.OneDevice):
        def agree(self, what, value):
            said.append((what, value))

    said = []
    model = {"history": 2, "horizon": 2, "calendar": []}
    config = {**CONFIG, "model": model}
    write_config(tmp_path, config)
    opened = Run.open(tmp_path, config, True, "a", series, Noting())
    with opened as run:
        run.windows()
    (what, value), *rest = said
    assert what == "options or run folder"
    assert value == [{**config, "dataset": None}, None, False]
    assert rest == [("data", run_module.series_sha256(series))]


def test_windows_of_a_run_know_which_readings_are_there(series, tmp_path):
    model = {"history": 2, "horizon": 2, "calendar": [], "mask_channel": True}
    run = Run(tmp_path, {**CONFIG, "model": model}, dataset="gaps.npz")
    gaps = np.arange(series.values.size).reshape(series.values.shape) % 7 > 0
    for mask, features in ((gaps, 2), (None, None)):
        run._series = dataclasses.replace(series, mask=mask)
        if features is None:
            with pytest.raises(ValueError, match="no reading of 'tiny' is mis"):
                run.windows()
        else:
            assert run.windows().train.num_features == features
