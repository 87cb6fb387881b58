"""How a departure from what is usual fades with the steps ahead."""

import numpy as np
import pytest

from keras_stunet.layers import Relaxation


def test_each_step_has_its_share(signal, randomise):
    layer, usual, last = Relaxation(3), signal(2, 3, 4, 2), signal(2, 1, 4, 2)
    layer.build((usual.shape, last.shape))
    np.testing.assert_allclose(
        layer([0 * usual, 0 * last + 1])[0, :, 0, 0], [0.9, 0.7, 0.5], 1e-5
    )
    randomise(layer)
    share = np.array(layer.share)  # (3, 1, 2)
    for step in range(3):
        expected = usual[:, step] + share[step] * last[:, 0]
        found = np.array(layer([usual, last]))[:, step]
        np.testing.assert_allclose(found, expected, 1e-5, 1e-6)


def test_no_step_ahead_is_refused():
    with pytest.raises(ValueError, match="`horizon` is 0"):
        Relaxation(0)
