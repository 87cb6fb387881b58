"""Data of one's own in a run, published options, and the check sum."""

import dataclasses
import hashlib
import json

import numpy as np
import pytest
import scipy.sparse

from keras_stunet.data import Series
from keras_stunet.data import catalog as sources
from keras_stunet.graph import correlation_adjacency
from keras_stunet.training import evaluate_run
from keras_stunet.training import forecast_next
from keras_stunet.training import last_readings
from keras_stunet.training import load_run
from keras_stunet.training import plan
from keras_stunet.training import train_model
from keras_stunet.training.runs.digests import described_files
from keras_stunet.training.runs.digests import series_sha256
from keras_stunet.training.runs.run_data import with_correlations
from keras_stunet.training.runs.run_data import with_defaults

QUICK = {
    "model": "fnn",  # of the models the one that is quickest to compile
    "history": 2,
    "horizon": 2,
    "units": 2,
    "epochs": 1,
    "progress": False,
}
OPTIONS = {**QUICK, "model": "gcgru", "head": "direct", "K": 2, "layers": 1}
NOTHING = dict.fromkeys(("protocol", "parts", "calendar", "units"))


@pytest.fixture(scope="module")
def own(series):
    """With gaps, names and a graph of one-way edges."""
    rng = np.random.default_rng(1)
    return dataclasses.replace(
        series,
        mask=rng.random(series.values.shape) < 0.9,
        node_ids=["a", "b", "c", "d"],
        adjacency=np.triu(np.asarray(series.adjacency)),
    )


@pytest.fixture(scope="module")
def finished(own, tmp_path_factory):
    """The folder of a run on a series that is in no file."""
    folder = tmp_path_factory.mktemp("own") / "run"
    return folder, train_model(own, folder, **OPTIONS)


def test_a_run_on_arrays_is_whole_without_them(finished, own):
    folder, _ = finished
    run = load_run(folder)
    scores = json.loads((folder / "metrics.json").read_text())["test"]
    again = evaluate_run(run)
    assert again["model"][2] == pytest.approx(scores["model"]["2"])
    readings = last_readings(run)
    expected = np.where(own.mask, own.values, np.nan)[-2:]
    np.testing.assert_array_equal(readings, expected.astype(float))
    assert forecast_next(run, readings).shape == (2, 4)


@pytest.mark.usefixtures("undrawn")
def test_a_mask_channel_goes_from_training_to_forecast(own, series, tmp_path):
    folder = tmp_path / "run"
    train_model(own, folder, mask_channel=True, **QUICK)
    run = load_run(folder)
    assert run.model.input_shape == (None, 2, 4, 2)
    scores = json.loads((folder / "metrics.json").read_text())["test"]
    again = evaluate_run(run)
    assert again["model"][2] == pytest.approx(scores["model"]["2"])
    whole = last_readings(run).fillna(run.fill)
    told = forecast_next(run, whole.assign(a=np.nan))
    untold = forecast_next(run, whole.assign(a=run.fill))
    assert not np.allclose(told, untold)
    with pytest.raises(ValueError, match="mask_channel.*'tiny' is missing"):
        train_model(series, tmp_path / "new", mask_channel=True, **QUICK)
    assert not (tmp_path / "new" / "config.json").exists()


@pytest.mark.usefixtures("undrawn")
def test_names_paths_and_series_are_data_and_nothing_else(series, tmp_path):
    series.save(tmp_path / "tiny.npz")
    folder = tmp_path / "run"
    train_model(tmp_path / "tiny.npz", folder, **QUICK)
    config = json.loads((folder / "config.json").read_text())
    assert config["dataset"] == str(tmp_path / "tiny.npz")
    with pytest.raises(ValueError, match="is a ndarray.*from_arrays"):
        train_model(series.values, tmp_path / "new", **QUICK)


def test_one_calendar_feature_may_be_given_by_its_name():
    chosen = with_defaults("freeway", **NOTHING | {"calendar": "time_of_day"})
    assert chosen["calendar"] == ("time_of_day",)
    with pytest.raises(ValueError, match="`calendar` is 'both'"):
        with_defaults("freeway", **NOTHING | {"calendar": "both"})


def test_data_of_ones_own_are_cut_into_windows(finished):
    config = json.loads((finished[0] / "config.json").read_text())
    assert config["protocol"] == "windows" and config["parts"] is None
    assert config["dataset"] == "tiny"


def test_the_series_is_kept_as_it_came(finished, own):
    saved = Series.load(finished[0] / "series.npz")
    np.testing.assert_array_equal(saved.adjacency, own.adjacency)
    np.testing.assert_array_equal(saved.mask, own.mask)


@pytest.mark.usefixtures("undrawn")
def test_a_directed_graph_trains_like_its_symmetric_form(
    finished, own, tmp_path
):
    folder, table = finished
    both = dataclasses.replace(
        own, adjacency=np.maximum(own.adjacency, own.adjacency.T)
    )
    assert train_model(both, tmp_path / "run", **OPTIONS) == table


def test_a_run_is_not_gone_on_with_on_other_data(finished, own, tmp_path):
    folder, _ = finished
    for file in ("config.json", "sensors.json", "series.npz"):
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    changed = own.values.copy()
    changed[5, 1] += own.mask[5, 1] or 1.0
    other = dataclasses.replace(
        own, values=changed, mask=own.mask | (changed != own.values)
    )
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="data are not those that the run"):
        train_model(other, tmp_path, resume=True, **OPTIONS)
    assert before == {file: file.read_bytes() for file in tmp_path.iterdir()}


def test_a_finished_run_refuses_to_score_other_data(finished, tmp_path):
    folder, _ = finished
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    saved = Series.load(folder / "series.npz")
    shifted = saved.timestamps + np.timedelta64(1, "h")
    dataclasses.replace(saved, timestamps=shifted).save(tmp_path / "series.npz")
    with pytest.raises(ValueError, match="are not those"):
        evaluate_run(load_run(tmp_path))


@pytest.mark.parametrize(
    "change",
    [
        {"timestamps": None},
        {"node_ids": ["a", "b", "d", "c"]},
        {"node_ids": None},
        {"adjacency": np.ones((4, 4))},
        {"mask": None},
    ],
    ids=str,
)
def test_the_check_sum_sees_all_that_matters(own, change):
    whole = dataclasses.replace(own, mask=np.ones_like(own.mask))
    whole.mask[3, 1] = False
    assert series_sha256(whole) != series_sha256(
        dataclasses.replace(whole, **change)
    )


def test_the_check_sum_sees_nothing_else(own):
    junk = own.values.copy()
    junk[~own.mask] = np.nan
    same = dataclasses.replace(
        own,
        values=junk,
        adjacency=scipy.sparse.coo_array(own.adjacency),
        name="another",
        distances=np.ones((4, 4)),
    )
    assert series_sha256(own) == series_sha256(same)
    everything = dataclasses.replace(own, mask=None)
    marked = dataclasses.replace(own, mask=np.ones_like(own.mask))
    assert series_sha256(everything) == series_sha256(marked)


def test_published_protocols_are_the_default(monkeypatch, tmp_path, own):
    pemsd7 = {
        "protocol": "days",
        "parts": None,
        "calendar": (),
        "units": 64,
    }
    assert with_defaults("pemsd7/m", **NOTHING) == pemsd7
    assert with_defaults("pemsd7/m", **{**NOTHING, "units": 8})["units"] == 8
    dcrnn = with_defaults("metr_la/full", **NOTHING)
    assert dcrnn == {
        "protocol": "windows",
        "parts": (7, 1, 2),
        "calendar": ("time_of_day",),
        "units": 96,
    }
    without = {**NOTHING, "calendar": ()}
    assert with_defaults("metr_la/full", **without)["calendar"] == ()
    # The parts of one protocol mean nothing in another.
    days = {**NOTHING, "protocol": "days"}
    assert with_defaults("metr_la/full", **days)["parts"] is None
    # A file keeps the name of the set that it was made from.
    named = dataclasses.replace(own, name="metr_la/full")
    named.save(tmp_path / "a.npz")
    assert with_defaults(str(tmp_path / "a.npz"), **NOTHING) == dcrnn
    own.save(tmp_path / "b.npz")
    for unpublished in (str(tmp_path / "b.npz"), own, "nowhere.npz"):
        found = with_defaults(unpublished, **NOTHING)
        assert found == {**pemsd7, "protocol": "windows"}
    assert "metr_la/full" in sources.SOURCES


def test_a_series_of_ones_own_may_have_any_name(own):
    named = dataclasses.replace(own, name="freeway")
    assert with_defaults(named, **NOTHING)["protocol"] == "windows"


def test_a_finished_run_is_not_shown_for_other_data(finished, own):
    folder, table = finished
    assert train_model(own, folder, resume=True, **OPTIONS) == table
    shorter = dataclasses.replace(
        own,
        values=own.values[:-1],
        mask=own.mask[:-1],
        timestamps=own.timestamps[:-1],
    )
    with pytest.raises(ValueError, match="data are not those that the run"):
        train_model(shorter, folder, resume=True, **OPTIONS)


@pytest.mark.usefixtures("undrawn")
def test_a_named_data_set_is_not_the_copy_that_the_folder_keeps(
    own, series, tmp_path, monkeypatch
):
    named = dataclasses.replace(own, name="freeway")
    options = {**QUICK, "protocol": "days", "resume": True}
    train_model(named, tmp_path, **options)
    (tmp_path / "training.svg").unlink()
    source = sources.SOURCES["freeway"]._replace(load=lambda *_: series)
    monkeypatch.setitem(sources.SOURCES, "freeway", source)
    with pytest.raises(ValueError, match="data are not those that the run"):
        train_model("freeway", tmp_path, **options)


def test_a_series_that_lies_in_the_folder_is_no_runs(own, tmp_path):
    own.save(tmp_path / "series.npz")
    before = (tmp_path / "series.npz").read_bytes()
    with pytest.raises(ValueError, match="series.npz that is no run's"):
        train_model(own, tmp_path, **QUICK)
    assert (tmp_path / "series.npz").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.usefixtures("undrawn")
def test_last_readings_are_those_of_the_run(own, tmp_path):
    data = tmp_path / "data.npz"
    own.save(data)
    train_model(str(data), tmp_path / "run", **QUICK)
    run = load_run(tmp_path / "run")
    assert last_readings(run).columns.tolist() == ["a", "b", "c", "d"]
    dataclasses.replace(own, node_ids=["b", "a", "c", "d"]).save(data)
    with pytest.raises(ValueError, match="data are not those"):
        last_readings(load_run(tmp_path / "run"))


def test_the_check_sum_leaves_the_graph_alone(own):
    graph = scipy.sparse.csr_array(own.adjacency)
    graph.data[0] = 0.0  # stored all the same
    series_sha256(dataclasses.replace(own, adjacency=graph))
    assert (graph.data == 0).sum() == 1


def test_pixels_losses_are_not_for_readings(own, tmp_path):
    with pytest.raises(ValueError, match="`?loss`? is 'bce'"):
        train_model(own, tmp_path / "run", loss="bce", **QUICK)
    assert not list(tmp_path.iterdir())


def test_correlations_are_of_present_readings_of_the_training_part(own):
    """Of several measurements those of the first."""
    rng = np.random.default_rng(0)
    junk = np.where(own.mask, own.values, 1e6 * rng.normal(size=own.mask.shape))
    several = dataclasses.replace(
        own,
        values=np.stack([junk, rng.normal(size=junk.shape)], axis=-1),
        mask=np.stack([own.mask] * 2, axis=-1),
    )
    model = {"name": "gcgru", "history": 2, "horizon": 2, "calendar": []}
    config = {"protocol": "days", "parts": None, "dataset": "x", "model": model}
    known = np.where(own.mask, own.values.astype(float), np.nan)[: 34 * 8]
    expected = correlation_adjacency(known).toarray()
    for series in (dataclasses.replace(own, values=junk), several):
        series = dataclasses.replace(series, distances=np.ones((4, 4)))
        made = with_correlations(series, config)
        graph = made.adjacency.toarray()
        np.testing.assert_allclose(graph, expected, atol=1e-5)
        assert made.distances is None  # which made another graph


def test_correlations_are_not_for_a_data_set_with_a_graph(
    series, tmp_path, monkeypatch
):
    monkeypatch.setattr(plan, "load_series", lambda *_: series)
    options = {**QUICK, "graph": "correlation"}
    with pytest.raises(ValueError, match="'freeway' has a graph of its own"):
        train_model("freeway", tmp_path / "run", **options)
    assert not list(tmp_path.iterdir())


def test_each_of_several_files_has_its_digest(tmp_path):
    paths = [tmp_path / f"{name}.csv" for name in "ab"]
    for path in paths:
        path.write_text(path.name)
    said = [{"path": str(path), "sha256": sha256(path)} for path in paths]
    given = {"values": list(map(str, paths)), "graph": "none"}
    assert described_files(given) == {"values": said, "graph": "none"}
    by_name = {"values": dict(zip(("flow", "speed"), paths, strict=True))}
    found = described_files(by_name)["values"]
    assert found == dict(zip(("flow", "speed"), said, strict=True))


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
