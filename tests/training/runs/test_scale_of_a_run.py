"""How a run scales its data where nobody says."""

import dataclasses
import json

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.training import load_run
from keras_stunet.training import train_model
from keras_stunet.training.plan import make_plan
from keras_stunet.training.runs.folder import as_decided
from keras_stunet.training.runs.run_data import with_scale

QUICK = {"model": "fnn", "history": 2, "horizon": 2, "units": 2}
QUICK |= {"epochs": 1, "progress": False}


@pytest.fixture(scope="module")
def uneven(series):
    """Four sensors, the last of them ten times as large as the first."""
    return dataclasses.replace(series, values=series.values * [1, 2, 5, 10])


def config_of(folder):
    return json.loads((folder / "config.json").read_text())


def config(scale=None):
    model = {"history": 2, "horizon": 2, "targets": None, "scale": scale}
    return {"protocol": "windows", "parts": None, "model": model}


def decided(series, scale=None, **options):
    return with_scale(series, config(scale), **options)["model"]["scale"]


def test_the_training_part_decides_alone(series, uneven, capsys):
    assert decided(series) == "all"
    assert decided(uneven) == "sensor"
    later = np.where(
        np.arange(352)[:, None] < 215, series.values, uneven.values
    )
    assert decided(dataclasses.replace(series, values=later)) == "all"
    for scale in ("all", "sensor"):
        assert decided(uneven, scale) == decided(series, scale) == scale
    assert capsys.readouterr().out == ""
    decided(series, progress=True)
    assert capsys.readouterr().out == ""
    decided(uneven, progress=True)
    assert "each sensor by its own mean" in capsys.readouterr().out


def test_the_targets_decide(series, uneven):
    both = dataclasses.replace(
        series,
        values=np.stack([series.values, uneven.values], axis=-1),
        measurements=["even", "uneven"],
    )
    for targets in (None, ["even"], ["uneven"], "all"):
        asked = config()
        asked["model"]["targets"] = targets
        found = with_scale(both, asked)["model"]["scale"]
        assert found == ("all" if targets in (None, ["even"]) else "sensor")


@pytest.mark.parametrize("name", ["freeway", "pemsd7/m", "tiny"])
def test_published_protocols_have_one_scale_of_all(name, series, tmp_path):
    path = tmp_path / "a.npz"
    dataclasses.replace(series, name=name).save(path)
    data = dict.fromkeys(("protocol", "parts", "calendar", "mask_channel"))
    data |= {"targets": None, "scale": None}
    own = name == "tiny"
    for dataset in [str(path)] if own else [name, str(path)]:
        plan = make_plan(dataset, "fnn", {}, data, False, None)
        assert plan.data["scale"] == (None if own else "all")
    plan = make_plan(str(path), "fnn", {}, data | {"scale": "sensor"}, 0, None)
    assert plan.data["scale"] == "sensor"


@pytest.mark.usefixtures("undrawn")
def test_a_run_keeps_what_was_decided(uneven, tmp_path):
    folder = tmp_path / "run"
    table = train_model(uneven, folder, **QUICK)
    assert config_of(folder)["model"]["scale"] == "sensor"
    assert np.shape(load_run(folder).fill) == (4, 1)
    again = train_model(uneven, folder, resume=True, **QUICK)
    assert again == table
    with pytest.raises(ValueError, match="model.scale: 'sensor' then, 'all'"):
        train_model(uneven, folder, resume=True, scale="all", **QUICK)
    further = tmp_path / "further"
    options = {"start_from": folder, "epochs": 1, "progress": False}
    train_model(None, further, **options)
    assert config_of(further)["model"]["scale"] == "sensor"


@pytest.mark.usefixtures("undrawn")
def test_a_run_of_before_goes_on_with_one_scale(uneven, tmp_path):
    folder = tmp_path / "run"
    train_model(uneven, folder, scale="all", **QUICK)
    (folder / "metrics.json").unlink()  # it is not finished
    again = {**QUICK, "resume": True}
    train_model(uneven, folder, **again)
    assert config_of(folder)["model"]["scale"] == "all"
    written = config_of(folder)
    del written["model"]["scale"]  # of before there was a choice
    (folder / "config.json").write_text(json.dumps(written))
    kept = as_decided(folder, config())
    assert kept["model"]["scale"] == "all"
    assert train_model(uneven, folder, **again)
    assert as_decided(tmp_path / "none", config())["model"]["scale"] is None


def test_a_series_that_is_too_short_says_so():
    short = Series(np.ones((3, 2)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="3"):
        decided(short)
