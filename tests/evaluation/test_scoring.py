"""Scoring of windows."""

import dataclasses

import numpy as np
import pytest

from keras_stunet.baselines import Persistence
from keras_stunet.data import make_windows
from keras_stunet.evaluation.scoring import fit_naive_baselines
from keras_stunet.evaluation.scoring import reported_steps
from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.training import predict_windows
from keras_stunet.training import score_windows


def test_scores_do_not_depend_on_the_batch_size(linear, splits):
    model = linear()
    scores = [
        score_windows(model, splits.test, steps=(1, 2), batch_size=size)
        for size in (4, 7, 25, 99)
    ]
    for other in scores[1:]:
        for step in (1, 2):
            assert other[step] == pytest.approx(scores[0][step], rel=1e-6)


def test_steps_beyond_the_horizon_are_left_out(linear, splits):
    assert list(score_windows(linear(), splits.test, steps=(1, 3))) == [1]
    assert list(score_windows(linear(), splits.test)) == [2]


@pytest.mark.parametrize(
    ("horizon", "steps", "expected"),
    [
        (12, None, (3, 6, 12, "all")),
        (4, None, (3, 4, "all")),
        (24, None, (3, 6, 12, 24, "all")),
        (1, None, (1,)),
        (24, [12, 1, 12], (1, 12, 24, "all")),
        (24, (1, 24, "all"), (1, 24, "all")),
    ],
)
def test_the_last_step_and_all_together_are_always_reported(
    horizon, steps, expected
):
    assert reported_steps(horizon, steps) == expected


@pytest.mark.parametrize("steps", [[0], [5], [True], [1.0], ["first"]])
def test_other_steps_than_those_of_the_horizon_are_refused(steps):
    with pytest.raises(ValueError, match=r"expected horizon steps.*1 to 4"):
        reported_steps(4, steps)


def test_all_steps_are_one_set(splits):
    scores = score_beside_naive(Persistence(), splits.test, splits.train)
    x, y = splits.test.gather(np.arange(len(splits.test)))
    error = x[:, -1:].astype(float) - y
    found = scores["model"]["all"]
    assert found == scores["persistence"]["all"]
    assert found["mae"] == pytest.approx(np.abs(error).mean())
    assert found["rmse"] == pytest.approx((error**2).mean() ** 0.5)
    wape = 100 * np.abs(error).sum() / np.abs(y).sum(dtype=float)
    assert found["wape"] == pytest.approx(wape)


def test_weekdays_are_told_apart_where_there_are_weekends(series):
    weekly = "historical average, weekday and time"
    splits = make_windows(series, history=2, horizon=2)
    assert weekly in fit_naive_baselines(splits.train)
    days = series.timestamps.astype("datetime64[D]")
    working = np.is_busday(days)
    at = {"no weekend": working, "only weekends": ~working}
    for kind, rows in at.items():
        part = dataclasses.replace(
            series,
            values=series.values[rows],
            timestamps=series.timestamps[rows],
            name=kind,
        )
        parts = (sum(rows) // 8 - 2, 1, 1)
        splits = make_windows(part, history=2, horizon=2, parts=parts)
        assert weekly not in fit_naive_baselines(splits.train)
    months = np.arange(series.num_steps).astype("datetime64[M]")
    monthly = dataclasses.replace(series, timestamps=months)
    splits = make_windows(monthly, "windows", 2, 2)
    assert weekly not in fit_naive_baselines(splits.train)
    untimed = dataclasses.replace(series, timestamps=None)
    splits = make_windows(untimed, "windows", 2, 2)
    assert weekly not in fit_naive_baselines(splits.train)


@pytest.mark.parametrize("kind", ["model", "baseline"])
def test_each_window_is_forecast_once_in_order(linear, splits, kind):
    model = linear() if kind == "model" else Persistence()
    chosen = np.array([9, 3, 4, 4, 0])
    batches = list(predict_windows(model, splits.test, 2, chosen))
    assert [len(forecast) for forecast, _, _ in batches] == [2, 2, 1]
    x, y = splits.test.gather(chosen)
    targets = np.concatenate([target for _, target, _ in batches])
    np.testing.assert_array_equal(targets, y)
    forecasts = np.concatenate([forecast for forecast, _, _ in batches])
    if kind == "model":
        expected = model.predict(x, verbose=0)
    else:
        expected = np.repeat(x[:, -1:], 2, axis=1)
    np.testing.assert_allclose(forecasts, expected, rtol=1e-5)
