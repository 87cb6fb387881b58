"""Scoring of windows."""

import numpy as np
import pytest

from keras_stunet.baselines import Persistence
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
