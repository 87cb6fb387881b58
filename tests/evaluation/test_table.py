"""Tables and scores as a person reads them."""

import numpy as np
import pytest

from keras_stunet.evaluation.table import horizon_table

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
        assert table.splitlines()[-3:] == [
            "| model | 2.000 / 3.000 / - |",
            "",
            why,
        ]
    broken = dict.fromkeys(ROW, np.nan)  # the forecasts themselves are NaN
    assert why not in horizon_table({"model": {3: broken}}, 5)
