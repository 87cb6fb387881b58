"""What a model of the zoo takes as the target of a plain `compile`."""

import numpy as np
import pytest

from keras_stunet import build_fnn


@pytest.fixture(scope="module")
def model():
    ring = np.roll(np.eye(3), 1, axis=0)
    options = {"history": 2, "horizon": 2, "units": 2}
    model = build_fnn(ring + ring.T, mean=0.0, std=1.0, **options)
    model.compile("sgd", loss="mae")
    return model


def fit(model, y):
    x = np.zeros((4, 2, 3, 1), "float32")
    losses = model.fit(x, y, batch_size=4, verbose=0).history["loss"]
    return losses[0]


@pytest.mark.parametrize(
    "shape", [(2, 3, 2), (1, 3, 1), (2, 1, 1), (1,), (2, 3, 1, 1)]
)
def test_a_target_that_would_be_broadcast_is_refused(model, shape):
    with pytest.raises(ValueError, match=r"target.*expected that of the fore"):
        fit(model, np.zeros((4, *shape), "float32"))
