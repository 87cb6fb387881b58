"""Mean and spread of each node, by hand."""

import numpy as np
import pytest

from keras_stunet.baselines.readings import node_scale
from keras_stunet.baselines.readings import training_readings
from keras_stunet.data import Windows

VALUES = np.array(
    [
        [1.0, 30.1, 9.0, 1.0],
        [3.0, 30.1, 9.0, 1.0],
        [99.0, 30.1, 9.0, 5.0],
        [8.0, 30.1, 9.0, 5.0],
        [70.0, 70.0, 70.0, 70.0],
    ]
)
PRESENT = np.array(
    [
        [True, True, False, True],
        [True, True, False, True],
        [False, True, False, True],
        [True, True, False, True],
        [True, True, True, True],
    ]
)


def test_scale_of_present_readings_in_covered_rows():
    # Windows of 1 + 1 from rows 0 and 2 leave out the last row.
    readings = training_readings(Windows(VALUES, PRESENT, [0, 2], 1, 1))
    assert readings.rows.tolist() == [0, 1, 2, 3]
    scale = node_scale(readings)
    overall = (1 + 3 + 8 + 4 * 30.1 + 1 + 1 + 5 + 5) / 11
    np.testing.assert_allclose(scale.mean, [4, 30.1, overall, 3], rtol=1e-6)
    spread = np.sqrt((9 + 1 + 16) / 3)
    np.testing.assert_allclose(scale.std, [spread, 1, 1, 2], rtol=1e-6)
    standard = scale.normalise(readings.values)
    np.testing.assert_allclose(
        standard[:, 0], [-3 / spread, -1 / spread, 95 / spread, 4 / spread]
    )
    np.testing.assert_allclose(scale.denormalise(standard), readings.values)


def test_nothing_present():
    windows = Windows(VALUES, np.zeros_like(PRESENT), [0], 1, 1)
    with pytest.raises(ValueError, match="No reading is present in the 2 rows"):
        training_readings(windows)
