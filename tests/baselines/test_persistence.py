"""Persistence: a loop, gaps, messages."""

import numpy as np
import pytest

from keras_stunet.baselines import Persistence
from keras_stunet.data import Series
from keras_stunet.data import make_windows


@pytest.mark.parametrize("masked", [False, True])
def test_equals_a_loop(masked):
    rng = np.random.default_rng(0)
    shape = (60, 4)
    values = rng.normal(60, 10, shape).astype("float32")
    mask = rng.random(shape) < 0.4
    mask[40:] = False  # windows without any reading
    mask[50] = True
    series = Series(values, np.ones((4, 4)), mask=mask if masked else None)
    splits = make_windows(series, "windows", history=3, horizon=2)
    baseline = Persistence()
    assert baseline.fit(splits.train) is baseline
    forecast = baseline.predict(splits.test)
    assert forecast.shape == (len(splits.test), 2, 4, 1)
    assert forecast.dtype == np.float32
    found = set()
    for b, start in enumerate(splits.test.starts):
        for node in range(4):
            expected, age = np.float32(splits.mean), None
            for t in range(3):
                if not masked or mask[start + t, node]:
                    expected, age = values[start + t, node], 2 - t
            found.add(age)
            assert (forecast[b, :, node, 0] == expected).all()
    assert found == ({0, 1, 2, None} if masked else {0})
    chosen = baseline.predict(splits.test, [4, 1])
    np.testing.assert_array_equal(chosen, forecast[[4, 1]])


def test_other_input_is_refused():
    with pytest.raises(ValueError, match="received list"):
        Persistence().predict([])
