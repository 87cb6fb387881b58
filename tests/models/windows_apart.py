"""What every model promises of the windows of a batch."""

import numpy as np
from numpy.testing import assert_allclose


def check_windows_apart(model, x):
    """Another first window changes its own forecast and no other."""
    changed = x.copy()
    changed[0] += 5
    before, after = np.array(model(x)), np.array(model(changed))
    assert (before[0] != after[0]).all()
    assert_allclose(after[1:], before[1:], rtol=1e-6)
