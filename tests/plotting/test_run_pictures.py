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
