"""Permutation importance against models whose use of inputs is known."""

import numpy as np
import pytest

from keras_stunet.data import Windows
from keras_stunet.evaluation.importance import permutation_importance

PATH = np.eye(4, k=1) + np.eye(4, k=-1)


class Linear:
    """Forecasts a sensor by the last step of sensors, by these weights."""

    def __init__(self, weights, step=-1):
        self.weights, self.step = np.asarray(weights), step

    def predict_on_batch(self, x):
        return np.repeat(
            (x[:, self.step, :, 0] @ self.weights)[:, None, :, None], 2, axis=1
        )


def windows(mask=None, **options):
    values = np.random.default_rng(0).normal(size=(80, 4))
    starts = np.arange(70)
    return Windows(values, mask, starts, 3, 2, **options)


def test_an_unused_sensor_or_step_changes_nothing():
    weights = np.diag([1.0, 1, 1, 1])
    weights[0, 1] = 2.0  # sensor 1 by sensor 0
    found = permutation_importance(Linear(weights), windows(), PATH, 40)
    used = np.abs(found.sensors) > 1e-9
    np.testing.assert_array_equal(used, weights != 0)
    assert (np.abs(found.inputs[:2]) < 1e-9).all() and found.inputs[2, 0] != 0
    rests = np.abs(found.others) > 1e-9
    assert rests.tolist() == [False, True, False, False]


def test_the_rise_is_that_of_an_independent_count():
    weights = np.eye(4)[[1, 0, 3, 2]]
    model, data = Linear(weights), windows()
    found = permutation_importance(model, data, PATH, count=70, seed=3)
    rng = np.random.default_rng(3)
    x, y = data.gather(np.sort(rng.permutation(70)))
    order = rng.permutation(70)
    partner = {order[i]: order[i - 1] for i in range(70)}
    assert all(partner[i] != i for i in range(70))
    mae = np.abs(model.predict_on_batch(x) - y).mean(axis=(0, 1, 3))
    np.testing.assert_allclose(found.mae, mae)
    changed = x.copy()
    for b in range(70):
        changed[b, :, 2] = x[partner[b], :, 2]
    after = np.abs(model.predict_on_batch(changed) - y).mean(axis=(0, 1, 3))
    np.testing.assert_allclose(found.sensors[2], after - mae, atol=1e-12)


def test_missing_targets_do_not_count():
    mask = np.ones((80, 4), bool)
    mask[:, 3] = False
    mask[10:20, 0] = False
    data = windows(mask)
    found = permutation_importance(Linear(np.eye(4)), data, PATH, count=70)
    _, y, present = data.gather(np.arange(70))
    x, *_ = data.gather(np.arange(70))
    error = np.abs(Linear(np.eye(4)).predict_on_batch(x) - y)
    expected = (error * present).sum(axis=(0, 1, 3))[:3]
    expected = expected / present.sum(axis=(0, 1, 3))[:3]
    np.testing.assert_allclose(found.mae[:3], expected)
    assert np.isnan(found.mae[3]) and np.isfinite(found.inputs).all()
    # Each present target counts once, wherever it is.
    rng = np.random.default_rng(0)
    rng.permutation(70)
    order = rng.permutation(70)
    changed = x.copy()
    changed[order, -1] = x[np.roll(order, 1), -1]
    after = np.abs(Linear(np.eye(4)).predict_on_batch(changed) - y)
    rise = ((after - error) * present).sum() / present.sum()
    assert found.inputs[-1, 0] == pytest.approx(rise)


def test_hops_are_counted_along_the_graph():
    two = PATH.copy()
    two[2, 3] = two[3, 2] = 0
    found = permutation_importance(Linear(np.eye(4)), windows(), two, 10)
    by_hops = found.by_hops()
    assert {hops: pairs for hops, (pairs, _) in by_hops.items()} == {
        0: 4,
        1: 4,
        2: 2,
        np.inf: 6,
    }
    assert by_hops[0][1] == pytest.approx(np.diag(found.sensors).mean())


def test_the_sample_is_that_of_the_seed():
    first, same, other = (
        permutation_importance(Linear(np.eye(4)), windows(), PATH, 20, seed)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.sensors, same.sensors)
    sample = np.random.default_rng(0).permutation(70)[:20]
    x, y = windows().gather(np.sort(sample))
    error = np.abs(Linear(np.eye(4)).predict_on_batch(x) - y)
    np.testing.assert_allclose(first.mae, error.mean(axis=(0, 1, 3)))
    assert (first.sensors != other.sensors).any()


def test_of_quantiles_the_median_is_looked_at():
    class Quantiles(Linear):
        quantiles = (0.1, 0.5, 0.9)

        def predict_on_batch(self, x):
            y = super().predict_on_batch(x)
            return np.concatenate([0 * y, y, 0 * y], axis=-1)

    one, several = (
        permutation_importance(kind(np.eye(4)), windows(), PATH, 20)
        for kind in (Linear, Quantiles)
    )
    np.testing.assert_array_equal(one.sensors, several.sensors)


def test_what_is_known_in_advance_stays_as_it_is():
    class Known:
        """Windows with a second input, which the target adds."""

        def __len__(self):
            return 70

        def gather(self, indices):
            x, y = windows().gather(indices)
            return (x, 3.0 * y), Linear(np.eye(4)).predict_on_batch(x) + 3 * y

    class Sum(Linear):
        def predict_on_batch(self, x):
            history, future = x
            return super().predict_on_batch(history) + future

    found = permutation_importance(Sum(np.eye(4)), Known(), PATH, 70)
    np.testing.assert_allclose(found.mae, 0, atol=1e-12)
    assert (np.diag(found.sensors) > 0.1).all()


def test_an_edge_joins_its_ends_both_ways():
    oneway = np.eye(4, k=1)
    found = permutation_importance(Linear(np.eye(4)), windows(), oneway, 10)
    np.testing.assert_array_equal(found.hops, found.hops.T)
    assert found.hops.max() == 3


def test_bad_counts_are_refused():
    with pytest.raises(ValueError, match="`count` is 1"):
        permutation_importance(Linear(np.eye(4)), windows(), PATH, 1)
    alone = Windows(np.zeros((9, 4)), None, [0], 3, 2)
    with pytest.raises(ValueError, match="There is 1 window"):
        permutation_importance(Linear(np.eye(4)), alone, PATH)
