"""A tiny series in a file, and a search over it with a made-up error."""

import json

import keras
import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.tuning.search_folder import describe_search
from keras_stunet.tuning.search_folder import write_outcome
from keras_stunet.tuning.search_folder import write_search
from keras_stunet.tuning.space import Space

NODES = 4
DATA = {"protocol": "windows", "parts": None, "calendar": ()}
SETTINGS = {
    "limit": 24,
    "objective": "val_mae",
    "patience": None,
    "seed": 0,
    "precision": "float32",
}


@pytest.fixture(scope="session")
def series():
    """44 days of 8 readings, three hours apart, at 4 sensors on a ring."""
    rng = np.random.default_rng(0)
    steps = np.arange(44 * 8)
    wave = np.sin(2 * np.pi * steps / 8)[:, None]
    half = np.roll(np.eye(NODES), 1, axis=1)
    return Series(
        values=50 + 8 * wave + rng.normal(size=(len(steps), NODES)),
        adjacency=half + half.T,
        timestamps=np.datetime64("2021-03-01") + steps * np.timedelta64(3, "h"),
        name="freeway",
    )


@pytest.fixture(scope="session")
def npz(series, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    series.save(path)
    return str(path)


@pytest.fixture
def make_search(series, tmp_path):
    """Function to a folder with a search, and its one space."""

    def make(system, grid, fixed=None, backend=None, **settings):
        fixed = {"history": 2, "horizon": 2, **(fixed or {})}
        space = Space(system, system not in keras_models(), grid, fixed)
        search = describe_search(
            series, [space], DATA, **{**SETTINGS, **settings}
        )
        search["backend"] = backend or keras.backend.backend()
        write_search(tmp_path, search)
        return tmp_path, space, search

    return make


@pytest.fixture
def add_trial():
    """Function that leaves a trial as the oracle and a worker do."""

    def add(folder, number, values, status, outcome=None):
        path = folder / "fnn" / f"trial_{number}"
        path.mkdir(parents=True)
        state = {"trial_id": number, "status": status, "message": "at once"}
        state["hyperparameters"] = {"values": values}
        (path / "trial.json").write_text(json.dumps(state))
        if outcome is not None:
            write_outcome(path, outcome)

    return add


def keras_models():
    from keras_stunet.models import MODELS

    return MODELS
