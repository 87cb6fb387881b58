"""The published scores, against the tables of the paper typed once more."""

import tomllib

import pytest

from keras_stunet.experiments import table_configs
from keras_stunet.experiments.config import CONFIGS
from keras_stunet.experiments.config import METRICS
from keras_stunet.experiments.config import MINUTES

# Yu, Yin and Zhu (2019), in the order of their columns: MAE, MAPE and RMSE,
# each at 15, 30 and 60 minutes. One number of HA stands for all three.
TABLE_1_METR_LA = """
historical_average_weekly  4.16             13.0            7.80
linear_svr   2.97/3.64/4.67  7.68/9.9/13.63   5.89/7.35/9.13
arima        3.99/5.15/6.90  9.6/12.7/17.4    8.21/10.45/13.23
fnn          3.99/4.23/4.49  9.9/12.9/14.0    7.94/8.17/8.69
fc_lstm      3.44/3.77/4.37  9.6/10.9/13.2    6.30/7.23/8.69
stgcn        2.87/3.48/4.45  7.4/9.4/11.8     5.54/6.84/8.41
dcrnn        2.77/3.15/3.60  7.3/8.8/10.5     5.38/6.45/7.59
st_unet      2.72/3.12/3.55  6.9/8.4/10.0     5.13/6.16/7.40
"""
TABLE_1_PEMS_M = """
historical_average  4.01     10.61            7.20
linear_svr   2.50/3.63/4.54  5.81/8.88/11.50  4.55/6.67/8.28
arima        5.55/5.86/6.83  12.92/13.94/17.34  9.00/9.13/11.48
fnn          2.39/3.41/4.88  5.53/8.16/12.12  4.40/6.40/8.84
fc_lstm      3.67/3.87/4.19  9.09/9.57/10.55  6.58/7.03/7.79
stgcn        2.25/3.03/4.02  5.26/7.33/9.85   4.04/5.70/7.64
dcrnn        2.25/2.98/3.83  5.30/7.39/9.85   4.04/5.58/7.19
st_unet      2.15/2.81/3.38  5.06/6.79/8.33   4.03/5.42/6.68
"""
TABLE_4_PEMS_L = """
historical_average  4.60     12.50            8.05
gcgru        2.48/3.43/4.08  5.76/8.45/10.28  4.40/6.25/7.62
stgcn        2.37/3.27/4.36  5.56/7.98/11.59  4.32/6.21/8.31
dcrnn        2.41/3.28/4.32  5.61/8.18/11.33  4.22/5.87/7.58
st_unet      2.34/3.02/3.66  5.54/7.56/9.52   4.32/5.81/7.14
"""
# These are printed the other way round: a line for each horizon and metric.
TABLE_2 = """
metric minutes  gcgru          t_unet         s_unet         st_unet
mae    15       2.292±0.007    2.266±0.005    2.272±0.004    2.248±0.004
mape   15       5.316±0.031    5.302±0.019    5.300±0.014    5.244±0.028
rmse   15       4.086±0.010    4.014±0.010    4.000±0.006    3.994±0.005
mae    30       3.050±0.037    3.004±0.010    3.020±0.017    2.980±0.011
mape   30       7.258±0.031    7.294±0.046    7.274±0.050    7.124±0.037
rmse   30       5.688±0.044    5.556±0.051    5.544±0.010    5.452±0.019
mae    60       3.866±0.094    3.850±0.061    3.802±0.052    3.756±0.031
mape   60       9.328±0.098    9.228±0.089    9.200±0.148    8.844±0.082
rmse   60       7.210±0.108    7.036±0.149    7.052±0.129    6.716±0.025
"""
# The caption says MSE; direct copy repeats the RMSE of Table 2.
TABLE_3 = """
metric minutes  copy           ordered        weighted
rmse   15       3.994±0.005    3.980±0.009    4.603±0.074
rmse   30       5.452±0.019    5.468±0.015    5.658±0.192
rmse   60       6.716±0.025    6.956±0.074    7.425±0.488
"""


def a_line_each_system(text):
    scores = {}
    for line in text.strip().splitlines():
        name, *columns = line.split()
        scores[name] = {}
        for metric, column in zip(METRICS, columns, strict=True):
            values = [float(value) for value in column.split("/")]
            values *= 3 // len(values)
            for minutes, value in zip(MINUTES, values, strict=True):
                scores[name][metric, minutes] = (value, None)
    return scores


def a_column_each_system(text):
    (_, _, *names), *lines = map(str.split, text.strip().splitlines())
    scores = {name: {} for name in names}
    for metric, minutes, *cells in lines:
        for name, cell in zip(names, cells, strict=True):
            mean, deviation = map(float, cell.split("±"))
            scores[name][metric, int(minutes)] = (mean, deviation)
    return scores


PAPER = {
    ("table1", "metr_la/full"): a_line_each_system(TABLE_1_METR_LA),
    ("table1", "pemsd7/m"): a_line_each_system(TABLE_1_PEMS_M),
    ("table2", "pemsd7/m"): a_column_each_system(TABLE_2),
    ("table3", "pemsd7/m"): a_column_each_system(TABLE_3),
    ("table4", "pemsd7/l"): a_line_each_system(TABLE_4_PEMS_L),
}


@pytest.mark.parametrize(("table", "dataset"), PAPER)
def test_every_published_score_is_that_of_the_paper(table, dataset):
    found = {
        config.name: dict(config.published)
        for config in table_configs(table, dataset)
        if config.published
    }
    assert found == PAPER[table, dataset]


@pytest.mark.parametrize(("table", "dataset"), PAPER)
def test_the_source_is_the_table_that_they_stand_in(table, dataset):
    folder = CONFIGS / table / dataset.replace("/", "_")
    for path in folder.glob("*.toml"):
        published = tomllib.loads(path.read_text()).get("published")
        assert not published or published["source"] == f"Table {table[-1]}"


@pytest.mark.parametrize(("table", "dataset"), PAPER)
def test_the_systems_of_one_table_see_the_same_windows(table, dataset):
    # A page names one protocol for all of its rows.
    seen = {
        (config.protocol, config.parts, *windows(config))
        for config in table_configs(table, dataset)
    }
    assert len(seen) == 1


def windows(config):
    return config.options["history"], config.options["horizon"]
