"""Whether sensors differ so much that each has a scale of its own."""

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data.scale import suggested_scale

ROWS = np.arange(8)


def series_of(*apart, rows=10):
    """Two sensors that vary by 1 around means that are so far apart."""
    wave = np.tile([1.0, -1.0], rows // 2)[:, None]
    values = np.stack([wave + [0.0, x] for x in apart], axis=-1)
    return Series(
        values, np.ones((2, 2)), measurements=list("abc")[: len(apart)]
    )


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(0, "all"), (0.9, "all"), (1.1, "sensor"), (-1.1, "sensor")],
)
def test_means_apart_by_more_than_half_of_a_deviation(apart, expected):
    # Two means that are x apart have the deviation x / 2.
    assert suggested_scale(series_of(apart), ROWS) == expected


def test_what_varies_by_sensor_counts_as_its_root_mean_square():
    one = series_of(2.9)
    values = one.values.copy()
    values[:, 1] = 2.9 + 3 * (values[:, 1] - 2.9)  # varies by 3
    wide = Series(values, one.adjacency)
    # 1.45 beside half of sqrt(5), and not beside half of a mean of 2.
    assert suggested_scale(wide, ROWS) == "sensor"
    values[:, 1] -= 0.8
    wide = Series(values, one.adjacency)
    assert suggested_scale(wide, ROWS) == "all"


def test_any_target_decides_and_no_other_measurement():
    series = series_of(0, 5, 0)
    for targets in ((1,), (0, 1), (1, 2)):
        assert suggested_scale(series, ROWS, targets) == "sensor"
    assert suggested_scale(series, ROWS, (0, 2)) == "all"


def test_only_present_readings_of_the_rows_count():
    one = series_of(0)
    values, mask = one.values.copy(), np.ones(one.values.shape, bool)
    values[8:, 1] += 100  # after the training part
    values[3, 1], mask[3, 1] = 1e9, False
    assert suggested_scale(Series(values, one.adjacency), [0, 1]) == "all"
    series = Series(values, one.adjacency, mask=mask)
    assert suggested_scale(series, ROWS) == "all"
    assert suggested_scale(series, range(6, 10)) == "sensor"


def test_sensors_without_a_reading_or_a_spread_do_not_decide():
    one = series_of(0)
    mask = np.ones(one.values.shape, bool)
    mask[:, 1] = False
    values = np.where(mask, one.values + 50, 0)
    series = Series(values, one.adjacency, mask=mask)
    assert suggested_scale(series, ROWS) == "all"
    constant = Series(np.tile([1.0, 9.0], (10, 1)), one.adjacency)
    assert suggested_scale(constant, ROWS) == "all"
    nothing = Series(values, one.adjacency, mask=np.zeros(mask.shape, bool))
    assert suggested_scale(nothing, ROWS) == "all"
