"""Tables and scores as a person reads them."""

import numpy as np
import pytest

from keras_stunet.evaluation.table import horizon_table

ROW = {"mae": 2.0, "rmse": 3.0, "mape": 4.0}


@pytest.mark.parametrize(
    ("minutes", "header"),
    [(5, "15 min | 60 min"), (60, "3 h | 12 h"), (7.5, "22.5 min | 90")],
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
        assert table.splitlines()[-3:] == [
            "| model | 2.000 / 3.000 / - |",
            "",
            why,
        ]
    broken = dict.fromkeys(ROW, np.nan)  # the forecasts themselves are NaN
    assert why not in horizon_table({"model": {3: broken}}, 5)


def test_steps_of_days_are_called_days():
    for minutes, header in (
        (1440, "1 day | 3 days"),
        (2880, "2 days | 6 days"),
    ):
        table = horizon_table({"model": {1: ROW, 3: ROW}}, minutes)
        assert f"| {header} |" in table.splitlines()[0]


def test_wape_stands_where_mape_has_no_value():
    rows = {3: {**ROW, "wape": 7.0}, "all": {**ROW, "wape": 5.0}}
    assert "WAPE" not in horizon_table({"model": rows}, 5)
    rows[3]["mape"] = np.inf
    lines = horizon_table({"model": rows}, 5).splitlines()
    assert lines[0] == "| MAE / RMSE / MAPE % / WAPE % | 15 min | all steps |"
    assert lines[2] == (
        "| model | 2.000 / 3.000 / - / 7.00 | 2.000 / 3.000 / 4.00 / 5.00 |"
    )
    assert lines[-1].endswith("errors over that of the readings.")
    rows[3]["wape"] = np.inf  # of readings that are all 0
    assert "| 2.000 / 3.000 / - / - |" in horizon_table({"model": rows}, 5)


def test_the_table_can_show_a_few_of_the_steps():
    scores = {"model": {1: ROW, "3": ROW, 12: ROW, "all": ROW}}
    header = horizon_table(scores, 5, (1, 12, "all")).splitlines()[0]
    assert header == "| MAE / RMSE / MAPE % | 5 min | 60 min | all steps |"


def test_a_sentence_says_where_the_model_loses():
    def rows(*errors):
        steps = (1, 2, "all")
        return {
            step: {**ROW, "mae": mae}
            for step, mae in zip(steps, errors, strict=True)
        }

    scores = {
        "model": rows(2.0, 3.0, 2.5),
        "historical average": rows(9.0, 2.9, 2.4),
        "another network": rows(1.0, 1.0, 1.0),
        "persistence": rows(1.0, 3.0, 2.6),
    }
    assert horizon_table(scores, 5).splitlines()[-1] == (
        "By its MAE the model loses to historical average (10 min, all steps) "
        "and to persistence (5 min)."
    )
    scores["model"] = rows(1.0, 1.0, 1.0)
    assert "loses" not in horizon_table(scores, 5)
    scores["model"] = rows(np.nan, np.nan, np.nan)
    assert "loses" not in horizon_table(scores, 5)
