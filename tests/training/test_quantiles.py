"""A run that forecasts quantiles: trained, gone on with, scored, asked."""

import json
import os

import keras
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from keras_stunet.cli import main
from keras_stunet.evaluation.importance import permutation_importance
from keras_stunet.training import Stream
from keras_stunet.training import forecast_next
from keras_stunet.training import intervals_of
from keras_stunet.training import load_run
from keras_stunet.training.results import run_row
from keras_stunet.training.runs.later import forecast_rolling
from keras_stunet.training.runs.run_preset import preset_of_run
from keras_stunet.training.train import train_model

QUICK = {
    "model": "fnn",
    "protocol": "days",
    "history": 2,
    "horizon": 2,
    "units": 4,
    "layers": 1,
    "epochs": 2,
    "progress": False,
    "quantiles": (0.1, 0.5, 0.9),
}


@pytest.fixture(scope="module")
def folder(series, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "quantiles"
    train_model(series, folder, **QUICK)
    return folder


@pytest.fixture(scope="module")
def readings(series):
    times = pd.DatetimeIndex(series.timestamps[-6:-2])
    return pd.DataFrame(series.values[-6:-2], times)


def test_the_loss_is_the_pinball_loss(folder):
    config = json.loads((folder / "config.json").read_text())
    assert config["model"]["quantiles"] == [0.1, 0.5, 0.9]
    assert config["recipe"]["loss"] == "pinball"
    assert "quantiles=[0.1, 0.5, 0.9]" in run_row(folder)["options"]


def test_scores_are_of_the_median(folder):
    run = load_run(folder)
    test = run.windows().test
    x, y = test.gather(np.arange(len(test)))
    made = np.asarray(run.model.predict(x, verbose=0))
    assert (np.diff(made, axis=-1) >= 0).all()
    expected = np.abs(made[..., 1] - y[..., 0])[:, 1].mean()
    scores = json.loads((folder / "metrics.json").read_text())["test"]
    assert scores["model"]["2"]["mae"] == pytest.approx(expected, rel=1e-4)
    found = permutation_importance(run.model, test, np.eye(4), len(test))
    assert found.mae.mean() == pytest.approx(
        np.abs(made[..., 1] - y[..., 0]).mean(), rel=1e-4
    )


def test_forecasts_have_the_bounds_of_their_quantiles(
    folder, readings, series, tmp_path
):
    run = load_run(folder)
    x = series.values[-4:-2][None, ..., None]
    made = np.asarray(run.model.predict_on_batch(x))
    low, high = intervals_of(run).bounds(made.astype(float), 0.8)
    found = forecast_next(run, readings, level=0.8)
    for name, expected in (
        ("forecast", made[0, ..., 1]),
        ("lower", low[0, ..., 0]),
        ("upper", high[0, ..., 0]),
    ):
        np.testing.assert_allclose(found[name], expected, rtol=1e-5)
    alone = forecast_next(run, readings)
    np.testing.assert_allclose(alone, made[0, ..., 1], rtol=1e-5)
    rolling = forecast_rolling(run, readings, level=0.8)
    np.testing.assert_allclose(rolling["upper"][-2:], high[0, ..., 0], 1e-5)
    stream = Stream(run)
    for time, row in readings.iterrows():
        stream.push(time, row.to_numpy())
    pd.testing.assert_frame_equal(stream.forecast(level=0.8), found)

    preset_of_run(folder, tmp_path / "preset")
    kept = load_run(tmp_path / "preset")
    again = forecast_next(kept, readings, level=0.8)
    np.testing.assert_allclose(again, found, rtol=1e-5)


@pytest.mark.long
def test_a_run_goes_on(series, tmp_path, folder):
    train_model(series, tmp_path / "run", **QUICK | {"epochs": 1})
    with pytest.raises(ValueError, match="model.quantiles"):
        other = QUICK | {"quantiles": (0.2, 0.5), "epochs": 1}
        train_model(series, tmp_path / "run", resume=True, **other)
    train_model(
        *(series, tmp_path / "further"),
        start_from=folder,
        epochs=1,
        progress=False,
    )
    model = load_run(tmp_path / "further").model
    assert model.quantiles == [0.1, 0.5, 0.9]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quantiles": (0.9, 0.5)}, "does not rise"),
        ({"quantiles": (0.1, 0.9)}, "without the median"),
        ({"loss": "l1"}, "`loss` is 'l1' and `quantiles`"),
        ({"quantiles": None, "loss": "pinball"}, "`loss` is 'pinball'"),
        ({"model": "gcgru"}, 'expected `head="direct"`'),
    ],
)
def test_bad_quantiles_are_refused_before_anything_is_written(
    series, tmp_path, options, message
):
    with pytest.raises(ValueError, match=message):
        train_model(series, tmp_path / "run", **QUICK | options)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--quantiles", "0.1,half"], "--quantiles is '0.1,half'"),
        (["--quantiles", "0.1,0.9"], "without the median"),
        (["--quantiles", "0.1,0.5"], "--head direct"),
    ],
)
def test_the_command_says_what_is_wrong(tmp_path, words, said):
    out = tmp_path / "run"
    done = CliRunner().invoke(
        main, ["train", "freeway", *words, "--out", os.fspath(out)]
    )
    assert done.exit_code == 1 and said in done.output
    assert not out.exists()


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="one backend will do"
)
def test_the_picture_has_their_bounds(folder):
    plt = pytest.importorskip("matplotlib.pyplot")
    from keras_stunet.plotting.forecast_day import plot_forecast_day

    run = load_run(folder)
    figure = plot_forecast_day(
        run.model,
        run.windows().test,
        sensors=[0],
        steps=[1],
        fan_every=None,
        intervals=intervals_of(run),
    )
    axes = figure.axes[0]
    line = axes.lines[1].get_ydata()
    band = axes.collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() < np.nanmin(line) and band.max() > np.nanmax(line)
    plt.close(figure)
