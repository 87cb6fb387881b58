"""All pictures of a run, or none without matplotlib."""

import sys
import xml.etree.ElementTree

import matplotlib
import numpy as np
import pytest

from keras_stunet.baselines import HistoricalAverage
from keras_stunet.baselines import Persistence
from keras_stunet.data import make_windows
from keras_stunet.plotting import run_pictures
from keras_stunet.plotting import save_run_pictures

NAMES = ("forecast", "errors", "network", "training")


def baselines(splits):
    return {
        "historical average": HistoricalAverage().fit(splits.train),
        "persistence": Persistence(),
    }


def test_every_picture_is_written_in_both_forms(
    make_series, splits, model, history, tmp_path
):
    paths = save_run_pictures(
        tmp_path,
        model,
        baselines(splits),
        splits,
        make_series(),
        history,
        labels=[0, 0, 1],
        unit="mph",
        name="ours",
    )
    expected = [
        tmp_path / f"{name}.{end}" for name in NAMES for end in ("png", "svg")
    ]
    assert paths == expected and sorted(tmp_path.iterdir()) == sorted(expected)
    texts = {}
    for path in paths:
        if path.suffix == ".svg":
            tree = xml.etree.ElementTree.parse(path)
            texts[path.stem] = " ".join(tree.getroot().itertext())
        else:
            assert matplotlib.image.imread(path).std() > 0.05
    for name in ("ours", "historical average", "persistence", "MAE (mph)"):
        assert name in texts["errors"]
    assert "sensor east" in texts["forecast"]
    assert "2 super nodes" in texts["network"]
    assert "best epoch 3" in texts["training"]


def test_the_errors_are_those_of_the_test_windows(
    make_series, splits, model, history, tmp_path, monkeypatch
):
    drawn = {}
    monkeypatch.setattr(
        run_pictures,
        "save_figure",
        lambda figure, path: drawn.setdefault(path.stem, figure) and [],
    )
    save_run_pictures(
        tmp_path, model, baselines(splits), splits, make_series(), history
    )
    x, y, mask = splits.test.gather(np.arange(len(splits.test)))
    forecast = model.predict(splits.test, np.arange(len(splits.test)))
    error = np.where(mask, np.abs(forecast - y), 0)
    line = drawn["errors"].axes[0].get_lines()[0]
    by_step = error.sum((0, 2, 3)) / mask.sum((0, 2, 3))
    np.testing.assert_allclose(line.get_ydata(), by_step, rtol=1e-6)
    points = drawn["network"].axes[0].collections[-1]
    by_node = error.sum((0, 1, 3)) / mask.sum((0, 1, 3))
    np.testing.assert_allclose(points.get_array(), by_node, rtol=1e-6)


def test_a_series_with_readings_and_a_graph_alone_is_enough(
    make_series, model, history, tmp_path
):
    series = make_series(
        timestamps=None,
        node_ids=None,
        coordinates=None,
        mask=None,
        values=make_series().values.clip(0),
    )
    splits = make_windows(series, history=2, horizon=4, steps_per_day=24)
    paths = save_run_pictures(tmp_path, model, {}, splits, series, history)
    assert len(paths) == 8 and all(path.stat().st_size for path in paths)


def test_without_matplotlib_nothing_is_computed_or_written(
    make_series, splits, history, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"\.\[plot\]"):
        save_run_pictures(tmp_path, None, {}, splits, make_series(), history)
    assert not list(tmp_path.iterdir())


def test_several_targets_have_pictures_of_their_own(
    make_series, model, history, tmp_path, monkeypatch
):
    one = make_series()
    both = make_series(
        values=np.stack([one.values, one.values * 10], axis=-1),
        mask=np.stack([one.mask, np.roll(one.mask, 1, axis=1)], axis=-1),
        measurements=["speed", "flow"],
    )
    splits = make_windows(both, history=2, horizon=4, targets="all")
    system = Persistence().fit(splits.train)
    drawn = {}
    monkeypatch.setattr(
        run_pictures,
        "save_figure",
        lambda figure, path: drawn.setdefault(path.stem, figure) and [],
    )
    units = {"speed": "mph", "flow": "veh/h"}
    save_run_pictures(tmp_path, system, {}, splits, both, history, units=units)
    numbered = [f"{name}_{i}" for i in (1, 2) for name in NAMES[:3]]
    assert list(drawn) == [*numbered, "training"]
    axes = drawn["forecast_2"].axes[0]
    assert axes.get_ylabel() == "flow (veh/h)"
    truth = axes.get_lines()[0].get_ydata()
    last = both.values[-24:, 2, 1].copy()
    last[~both.mask[-24:, 2, 1]] = np.nan
    np.testing.assert_array_equal(truth, last)
    assert drawn["errors_2"].axes[0].get_ylabel() == "MAE (flow, veh/h)"
    labels = [axes.get_ylabel() for axes in drawn["training"].axes]
    assert "MAE (standard deviations)" in labels
    x, y, mask = splits.test.gather(np.arange(len(splits.test)))
    forecast = system.predict(splits.test, np.arange(len(splits.test)))
    error = np.where(mask, np.abs(forecast - y), 0).sum((0, 1))
    points = drawn["network_2"].axes[0].collections[-1]
    by_node = error[..., 1] / mask.sum((0, 1))[..., 1]
    np.testing.assert_allclose(points.get_array(), by_node, rtol=1e-6)
