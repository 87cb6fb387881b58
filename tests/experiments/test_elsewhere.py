"""A run is gone on with where its data lie elsewhere, or on another backend."""

import json
import os
import runpy
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data.catalog import SOURCES
from keras_stunet.experiments.classical_run import train_classical
from keras_stunet.training import Recipe
from keras_stunet.training import train as model_run
from keras_stunet.training import train_model
from keras_stunet.training.checkpoint import load_checkpoint
from keras_stunet.training.runs.folder import check_folder
from keras_stunet.training.runs.folder import run_config
from keras_stunet.training.runs.folder import write_config

OPTIONS = {"protocol": "days", "history": 2, "horizon": 3}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Files of one series at two places, and of another at a third."""
    rng = np.random.default_rng(0)
    steps = np.arange(44 * 12)
    values = 50 + 9 * np.sin(steps / 2)[:, None] + rng.normal(size=(528, 3))
    found = []
    for name, shift in (("m1", 0), ("m2", 0), ("m3", 1)):
        path = tmp_path_factory.mktemp(name) / "fw.npz"
        Series(
            values=values + shift,
            adjacency=np.ones((3, 3)) - np.eye(3),
            timestamps=np.datetime64("2021-03-01")
            + steps * np.timedelta64(2, "h"),
            name="freeway",
        ).save(path)
        found.append(str(path))
    return found


def test_a_run_follows_its_data_and_no_others(places, tmp_path, monkeypatch):
    class Reached(Exception):
        """Just before the training."""

    def stop(*_, **__):
        raise Reached

    monkeypatch.setattr(model_run, "train", stop)
    first, second, other = places
    options = {**OPTIONS, "units": 2, "epochs": 1, "resume": True}

    def start(dataset):
        train_model(dataset, tmp_path, "fnn", progress=False, **options)

    def says():
        return json.loads((tmp_path / "config.json").read_text())["dataset"]

    for place in (first, second):
        with pytest.raises(Reached):
            start(place)
        assert says() == place
    with pytest.raises(ValueError, match="data are not those that the run"):
        start(other)
    assert says() == second
    small = Series.load(first)
    source = SOURCES["freeway"]._replace(load=lambda *_: small)
    monkeypatch.setitem(SOURCES, "freeway", source)
    with pytest.raises(Reached):
        start("freeway")
    assert says() == "freeway"


def test_a_fitted_run_follows_its_data(places, tmp_path):
    table = train_classical(places[0], tmp_path, "persistence", **OPTIONS)
    again = train_classical(places[1], tmp_path, "persistence", **OPTIONS)
    assert again == table


def test_a_file_of_no_known_data_is_what_it_is_called(tmp_path):
    mine, yours = (
        run_config(name, "days", None, {}, Recipe())
        for name in ("a/x.npz", "b/x.npz")
    )
    write_config(tmp_path, mine)
    with pytest.raises(ValueError, match="dataset: 'a/x.npz' then, 'b/x.npz'"):
        check_folder(tmp_path, yours, resume=True)


def test_a_run_of_before_named_no_source_and_is_gone_on_with(tmp_path):
    now = run_config("freeway", "days", None, {}, Recipe(), "freeway")
    before = {key: now[key] for key in now if key != "source"}
    (tmp_path / "config.json").write_text(json.dumps(before))
    check_folder(tmp_path, now, resume=True)


def test_a_folder_goes_on_with_another_backend(tmp_path):
    config = run_config("freeway", "days", None, {}, Recipe(), "freeway")
    write_config(tmp_path, {**config, "backend": "another"})
    check_folder(tmp_path, config, resume=True)


# Run on JAX, then read here: a model with a seed, after three steps.
MADE = """
import sys
import keras, numpy as np

def make():
    keras.utils.set_random_seed(0)
    x = keras.Input((3,))
    y = keras.layers.Dropout(0.5, seed=7)(keras.layers.Dense(4)(x))
    model = keras.Model(x, keras.layers.Dense(1)(y))
    model.compile(keras.optimizers.Adam(0.1, epsilon=1e-3), "mse")
    return model

if __name__ == "__main__":
    from keras_stunet.training.checkpoint import save_checkpoint
    model = make()
    x = np.arange(12.0).reshape(4, 3)
    for _ in range(3):
        model.train_on_batch(x, x[:, :1])
    save_checkpoint(sys.argv[1], model, {"history": [{}], "backend":
        keras.backend.backend()})
    variables = [*model.variables, *model.optimizer.variables]
    np.savez(sys.argv[2], x=x, y=model.predict(x, verbose=0),
        **{str(i): np.asarray(v) for i, v in enumerate(variables)})
"""


@pytest.mark.long
def test_a_checkpoint_holds_for_other_backends(tmp_path):
    pytest.importorskip("jax")
    script, kept, seen = (tmp_path / x for x in ("m.py", "c.npz", "s.npz"))
    script.write_text(MADE)
    other = "tensorflow" if keras.backend.backend() == "jax" else "jax"
    environment = {**os.environ, "KERAS_BACKEND": other}
    words = [sys.executable, str(script), str(kept), str(seen)]
    subprocess.run(words, check=True, env=environment)
    model = runpy.run_path(str(script))["make"]()
    assert load_checkpoint(kept, model)["backend"] == other
    seen = np.load(seen)
    variables = [*model.variables, *model.optimizer.variables]
    assert len(variables) == len(seen.files) - 2
    for place, variable in enumerate(variables):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(variable), seen[str(place)]
        )
    assert int(model.optimizer.iterations) == 3
    np.testing.assert_allclose(
        model.predict(seen["x"], verbose=0), seen["y"], rtol=1e-5
    )
    model.train_on_batch(seen["x"], seen["x"][:, :1])
    assert int(model.optimizer.iterations) == 4
