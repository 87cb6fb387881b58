"""Metrics: values, masks, batches, NaN, shapes, configuration, fit."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_stunet.metrics import MaskedMAE
from keras_stunet.metrics import MaskedMAPE
from keras_stunet.metrics import MaskedRMSE
from keras_stunet.metrics import Scores
from keras_stunet.metrics import score

METRICS = {"mae": MaskedMAE, "rmse": MaskedRMSE, "mape": MaskedMAPE}
SHAPE = (7, 4, 3, 1)


def batch(seed=0):
    rng = np.random.default_rng(seed)
    y_true = rng.normal(60, 10, SHAPE).astype("float32")
    y_pred = y_true + rng.normal(0, 5, SHAPE).astype("float32")
    mask = rng.random(SHAPE) < 0.6
    return y_true, y_pred, mask


def reference(kind, y_true, y_pred, mask, at):
    terms = []
    for index in np.ndindex(*SHAPE):
        if mask[index] and (at is None or index[1] == at - 1):
            truth, error = float(y_true[index]), float(y_pred[index])
            error -= truth
            terms.append(
                {
                    "mae": abs(error),
                    "rmse": error**2,
                    "mape": 100 * abs(error) / abs(truth),
                }[kind]
            )
    mean = sum(terms) / len(terms)
    return mean**0.5 if kind == "rmse" else mean


def keras_score(kind, y_true, y_pred, mask=None, at=None):
    metric = METRICS[kind](at=at)
    metric.update_state(y_true, y_pred, sample_weight=mask)
    return float(metric.result())


@pytest.mark.parametrize("at", [None, 1, 4])
@pytest.mark.parametrize("kind", METRICS)
def test_equals_a_loop_over_present_entries(kind, at):
    y_true, y_pred, mask = batch()
    expected = reference(kind, y_true, y_pred, mask, at)
    got = keras_score(kind, y_true, y_pred, mask, at)
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    if at is not None:
        got = score(y_true, y_pred, mask, steps=(at,))[at][kind]
        np.testing.assert_allclose(got, expected, rtol=1e-13)
    everything = np.ones(SHAPE)
    expected = reference(kind, y_true, y_pred, everything, at)
    got = keras_score(kind, y_true, y_pred, at=at)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_hand_computed():
    y_true = np.array([10.0, 20.0]).reshape(1, 1, 2, 1)
    y_pred = np.array([13.0, 16.0]).reshape(1, 1, 2, 1)
    assert score(y_true, y_pred, steps=(1,)) == {
        1: {"mae": 3.5, "rmse": 12.5**0.5, "mape": 25.0, "wape": 700 / 30}
    }


def test_all_steps_are_scored_as_one_set_under_the_mask():
    y_true, y_pred, mask = batch()
    found = score(y_true, y_pred, mask, steps=(2, "all"))["all"]
    for kind in METRICS:
        expected = reference(kind, y_true, y_pred, mask, None)
        np.testing.assert_allclose(found[kind], expected, rtol=1e-12)
    error, size = np.abs(y_true - y_pred)[mask], np.abs(y_true)[mask]
    assert found["wape"] == pytest.approx(100 * error.sum() / size.sum())


def test_score_keeps_float64():
    y = np.full((1, 1, 1, 1), 60.0)
    got = score(y + 1e-9, y, steps=(1,))[1]["mae"]
    np.testing.assert_allclose(got, 1e-9, rtol=1e-4)


@pytest.mark.parametrize("kind", METRICS)
def test_batches_of_unequal_weight_give_the_global_mean(kind):
    y_true, y_pred, mask = batch()
    mask[:2] = False  # the first batch has nothing
    mask[2:4, :, 1:] = False  # the second has little
    expected = score(y_true, y_pred, mask, steps=(2,))[2][kind]
    metric, scores = METRICS[kind](at=2), Scores(steps=(2,))
    for first, last in ((0, 2), (2, 4), (4, 7)):
        part = slice(first, last)
        metric.update_state(y_true[part], y_pred[part], mask[part])
        scores.update(y_true[part], y_pred[part], mask[part])
    np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-5)
    got = scores.result()[2][kind]
    np.testing.assert_allclose(got, expected, rtol=1e-13)
    metric.reset_state()
    assert np.isnan(float(metric.result()))


@pytest.mark.parametrize("kind", METRICS)
@pytest.mark.parametrize("where", ["y_true", "y_pred"])
@pytest.mark.parametrize("junk", [np.nan, np.inf, 0.0, 1e30])
def test_junk_under_the_mask_does_not_matter(kind, where, junk):
    arrays = dict(zip(("y_true", "y_pred", "mask"), batch(), strict=True))
    clean = keras_score(kind, **arrays), score(**arrays, steps=(1, 4))
    arrays[where][~arrays["mask"]] = junk
    dirty = keras_score(kind, **arrays), score(**arrays, steps=(1, 4))
    assert clean == dirty


@pytest.mark.parametrize("kind", METRICS)
def test_nan_at_a_present_entry_gives_nan(kind):
    y_true, y_pred, mask = batch()
    mask[0, 1, 2, 0] = True
    y_pred[0, 1, 2, 0] = np.nan
    assert np.isnan(keras_score(kind, y_true, y_pred, mask))
    assert np.isnan(keras_score(kind, y_true, y_pred))
    assert np.isfinite(keras_score(kind, y_true, y_pred, mask, at=1))
    got = score(y_true, y_pred, mask, steps=(1, 2))
    assert np.isnan(got[2][kind])
    assert np.isfinite(got[1][kind])


@pytest.mark.parametrize("kind", METRICS)
def test_nan_stays_when_more_batches_follow(kind):
    y_true, y_pred, _ = batch()
    metric = METRICS[kind]()
    metric.update_state(y_true, y_pred * np.nan)
    metric.update_state(y_true, y_pred)
    assert np.isnan(float(metric.result()))


@pytest.mark.parametrize("kind", METRICS)
def test_nothing_present_gives_nan(kind):
    y_true, y_pred, mask = batch()
    assert np.isnan(keras_score(kind, y_true, y_true, mask & False))
    assert np.isnan(score(y_true, y_true, mask & False, (1,))[1][kind])
    assert np.isnan(Scores((1,)).result()[1][kind])


def test_present_target_of_zero_makes_mape_infinite():
    y_true, y_pred, _ = batch()
    y_true[0, 0, 0, 0] = 0
    assert np.isinf(keras_score("mape", y_true, y_pred))
    got = score(y_true, y_pred, steps=(1,))[1]
    assert np.isinf(got["mape"])
    assert np.isfinite(got["mae"])


def test_mape_of_negative_targets_is_positive():
    y_true, y_pred, mask = batch()
    assert keras_score("mape", -y_true, -y_pred, mask) > 0
    assert score(-y_true, -y_pred, steps=(1,))[1]["mape"] > 0
    turned = np.array([10.0, -10, 30, -30]).reshape(4, 1, 1, 1)
    assert score(turned, turned + 4, steps=(1,))[1]["wape"] == 20


@pytest.mark.parametrize("name", ["y_true", "y_pred", "mask"])
def test_a_mask_that_would_be_lost_is_refused(name):
    given = dict(zip(("y_true", "y_pred", "mask"), batch(), strict=True))
    given[name] = np.ma.array(given[name], mask=given["mask"] == 0)
    with pytest.raises(ValueError, match=f"`{name}` is a masked array"):
        score(**given, steps=(1,))


@pytest.mark.parametrize("kind", METRICS)
def test_shapes_are_never_broadcast(kind):
    y_true, y_pred, mask = batch()
    for update in (METRICS[kind]().update_state, Scores((1,)).update):
        with pytest.raises(ValueError, match="`y_true` has shape"):
            update(y_true[..., 0], y_pred)
        with pytest.raises(ValueError, match=r"\(batch, horizon, nodes, 1\)"):
            update(y_true[..., 0], y_pred[..., 0])
        with pytest.raises(ValueError, match="`y_pred` has shape"):
            update(y_true.repeat(2, -1), y_pred.repeat(2, -1))
        with pytest.raises(ValueError, match="`y_true` has shape"):
            update(y_true[:1], y_pred)
        with pytest.raises(ValueError, match="mask|sample_weight"):
            update(y_true, y_pred, mask[..., 0])
        with pytest.raises(ValueError, match="mask|sample_weight"):
            update(y_true, y_pred, mask[:, :1])


@pytest.mark.parametrize("kind", METRICS)
def test_steps_beyond_the_horizon_are_refused(kind):
    y_true, y_pred, _ = batch()
    with pytest.raises(ValueError, match="Step 5 was asked for"):
        METRICS[kind](at=5).update_state(y_true, y_pred)
    with pytest.raises(ValueError, match="Step 5 was asked for"):
        score(y_true, y_pred, steps=(1, 5))
    for bad in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="`at` is"):
            METRICS[kind](at=bad)
        with pytest.raises(ValueError, match="`steps` is"):
            score(y_true, y_pred, steps=(bad,))
    with pytest.raises(ValueError, match="`steps` is"):
        Scores(())


@pytest.mark.parametrize("kind", METRICS)
def test_config_round_trip_and_names(kind):
    assert METRICS[kind]().name == kind
    assert METRICS[kind](at=3).name == f"{kind}_at_3"
    first = METRICS[kind](at=3, name="other", dtype="float32")
    assert first.get_config()["at"] == 3
    second = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(first)
    )
    assert type(second) is METRICS[kind]
    assert second.get_config() == first.get_config()


@pytest.mark.long_on_jax
def test_float32_sums_hold_over_a_whole_test_set():
    rng = np.random.default_rng(0)
    shape = (50, 12, 228, 1)
    scores = Scores((12,))
    metrics = {kind: metric(at=12) for kind, metric in METRICS.items()}
    everything = {kind: metric() for kind, metric in METRICS.items()}
    sums = np.zeros(3)
    for _ in range(27):  # 3.7 million entries
        y_true = rng.normal(60, 10, shape).astype("float32")
        y_pred = y_true + rng.normal(0, 5, shape).astype("float32")
        scores.update(y_true, y_pred)
        error = np.abs(y_pred.astype("float64") - y_true)
        relative = error / np.abs(y_true)
        sums += error.mean(), np.square(error).mean(), relative.mean()
        for metric in (*metrics.values(), *everything.values()):
            metric.update_state(y_true, y_pred)
    expected = sums / 27 * (1, 1, 100)
    expected = dict(zip(("mae", "rmse", "mape"), expected, strict=True))
    expected["rmse"] **= 0.5
    for kind in METRICS:
        got = float(metrics[kind].result())
        wanted = scores.result()[12][kind]
        np.testing.assert_allclose(got, wanted, rtol=1e-5)
        got = float(everything[kind].result())
        np.testing.assert_allclose(got, expected[kind], rtol=1e-5)


def test_in_compile_weighted_metrics_see_the_mask():
    y_true, _, mask = batch()
    y_true[~mask] = 1e6
    x = np.zeros(SHAPE, "float32")
    model = keras.Sequential([keras.Input(SHAPE[1:]), keras.layers.Dense(1)])
    model.compile(
        loss="mse",
        weighted_metrics=[MaskedMAE(), MaskedMAE(at=2), MaskedRMSE()],
    )
    weight = mask.astype("float32")
    got = model.evaluate(
        x,
        y_true,
        batch_size=3,
        sample_weight=weight,
        verbose=0,
        return_dict=True,
    )
    for name, kind, at in (
        ("mae", "mae", None),
        ("mae_at_2", "mae", 2),
        ("rmse", "rmse", None),
    ):
        expected = reference(kind, y_true, x, mask, at)
        np.testing.assert_allclose(got[name], expected, rtol=1e-5)


def test_early_stopping_knows_that_lower_is_better():
    y_true, _, _ = batch()
    model = keras.Sequential([keras.Input(SHAPE[1:]), keras.layers.Dense(1)])
    model.compile(loss="mse", metrics=[MaskedMAE(name="own_mae")])
    stop = keras.callbacks.EarlyStopping(monitor="val_own_mae")
    data = (np.zeros(SHAPE, "float32"), y_true)
    model.fit(*data, validation_data=data, verbose=0, callbacks=[stop])
    assert bool(stop.monitor_op(1.0, 2.0))
    assert not bool(stop.monitor_op(2.0, 1.0))


def test_metrics_accept_backend_tensors():
    y_true, y_pred, mask = batch()
    arrays = [ops.convert_to_tensor(a) for a in (y_true, y_pred, mask)]
    expected = keras_score("mae", y_true, y_pred, mask)
    np.testing.assert_allclose(keras_score("mae", *arrays), expected)


@pytest.mark.parametrize("shape", [(2,), (3, 2)])
def test_an_mae_of_several_targets_is_in_standard_units(shape):
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.normal(60, 10, (2, 4, 5, 3, 2)).astype("float32")
    mask = rng.random(y_true.shape) < 0.7
    std = rng.uniform(1, 9, shape)
    metric = MaskedMAE(std=std)
    for part in (slice(0, 3), slice(3, 4)):
        metric.update_state(y_true[part], y_pred[part], mask[part])
    expected = (np.abs(y_true - y_pred) / std)[mask].mean()
    np.testing.assert_allclose(metric.result(), expected, rtol=1e-5)
    config = metric.get_config()
    assert config["std"] == std.tolist()
    again = MaskedMAE.from_config(config)
    again.update_state(y_true, y_pred, mask)
    np.testing.assert_allclose(again.result(), expected, rtol=1e-5)
