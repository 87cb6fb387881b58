"""The same readings in a wide and in a long table."""

import numpy as np
import pandas as pd

TIMES = pd.DatetimeIndex(
    ["2024-03-01 08:00", "2024-03-01 08:05", "2024-03-01 08:10"]
)
VALUES = [[61.25, np.nan, 0.1], [60, 59, -3], [np.nan, np.nan, 1e-7]]
EXPECTED = pd.DataFrame(VALUES, TIMES, ["00123", "b", "c d"])
WIDE = """time,00123,b,c d
2024-03-01 08:00,61.25,,0.1
2024-03-01 08:05,60,59,-3
2024-03-01 08:10,NaN,null,1e-7
"""
LONG = """when,sensor,mph
2024-03-01 08:00,00123,61.25
2024-03-01 08:05,00123,60
2024-03-01 08:05,b,59
2024-03-01 08:10,b,
2024-03-01 08:00,c d,0.1
2024-03-01 08:05,c d,-3
2024-03-01 08:10,c d,1e-7
"""


def equal(got, expected=EXPECTED):
    pd.testing.assert_frame_equal(
        got, expected, check_index_type=False, check_freq=False, rtol=0
    )
    assert (got.index == expected.index).all()
    return True
