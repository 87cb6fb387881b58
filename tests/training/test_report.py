"""Tables and scores as a person reads them."""

import numpy as np
import pytest

from keras_stunet.classical import Persistence
from keras_stunet.training import predict_windows
from keras_stunet.training import score_windows
from keras_stunet.training.report import horizon_table

ROW = {"mae": 2.0, "rmse": 3.0, "mape": 4.0}


@pytest.mark.parametrize(
    ("minutes", "header"),
    [(5, "15 min | 60 min"), (60, "180 min | 720 min"), (7.5, "22.5 min | 90")],
)
def test_the_header_has_the_minutes_of_the_series(minutes, header):
    table = horizon_table({"model": {3: ROW, "12": ROW}}, minutes)
    assert header in table.splitlines()[0]
    assert table.splitlines()[2] == (
        "| model | 2.000 / 3.000 / 4.00 | 2.000 / 3.000 / 4.00 |"
    )


def test_a_mape_without_value_is_explained():
    why = "MAPE has no finite value where a true reading is 0."
    for mape in (np.inf, np.nan):
        table = horizon_table({"model": {3: ROW | {"mape": mape}}}, 5)
        assert table.splitlines()[-2:] == ["", why]
    broken = dict.fromkeys(ROW, np.nan)  # the forecasts themselves are NaN
    assert why not in horizon_table({"model": {3: broken}}, 5)


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
