"""Batches: both sources, order, epochs, fit on each."""

import numpy as np
import pytest

from keras_stunet.data import WindowBatches
from keras_stunet.data import Windows
from keras_stunet.data import make_batches
from keras_stunet.data import to_tf_data
from tests.data.ordered_windows import NODES
from tests.data.ordered_windows import make_model
from tests.data.ordered_windows import make_train
from tests.data.ordered_windows import order_of

SOURCES = [WindowBatches, to_tf_data]
FITTED = [
    pytest.param(WindowBatches, marks=pytest.mark.calls_python),
    *(to_tf_data, make_batches),
]


def batches_of(source, windows, *args, **options):
    if source is to_tf_data:
        pytest.importorskip("tensorflow")
        dataset = to_tf_data(windows, *args, **options)
        return [tuple(a.numpy() for a in batch) for batch in dataset]
    return list(WindowBatches(windows, *args, **options))


def test_windows_are_gathered_a_batch_at_a_time(monkeypatch):
    windows, gathered = make_train(), []
    gather = Windows.gather

    def note(self, indices):
        gathered.append(len(indices))
        return gather(self, indices)

    monkeypatch.setattr(Windows, "gather", note)
    batches = WindowBatches(windows, 5, shuffle=True)
    assert gathered == []
    assert len(list(batches)) == 4
    assert gathered == [5, 5, 5, 3]


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("channel", [False, True])
@pytest.mark.parametrize("calendar", [(), ("time_of_day", "day_of_week")])
@pytest.mark.parametrize("source", SOURCES)
def test_batches_hold_all_windows_in_order(source, masked, channel, calendar):
    windows = make_train(masked, mask_channel=channel, calendar=calendar)
    batches = batches_of(source, windows, 5)
    assert [len(batch[0]) for batch in batches] == [5, 5, 5, 3]
    expected = windows.gather(np.arange(len(windows)))
    for got, wanted in zip(zip(*batches, strict=True), expected, strict=True):
        joined = np.concatenate(got)
        assert joined.dtype == wanted.dtype
        np.testing.assert_array_equal(joined, wanted)


@pytest.mark.parametrize("source", SOURCES)
def test_shuffling_permutes_and_follows_the_seed(source):
    windows = make_train()

    def order(**options):
        batches = batches_of(source, windows, 5, shuffle=True, **options)
        return order_of(batches, windows)

    assert sorted(order()) == list(range(18))
    assert order(seed=1) == order(seed=1)
    assert order(seed=1) != order(seed=2)
    assert order() != list(range(18))


@pytest.mark.parametrize("source", SOURCES)
def test_drop_last(source):
    windows = make_train()
    batches = batches_of(source, windows, 5, drop_last=True)
    assert [len(batch[0]) for batch in batches] == [5, 5, 5]
    assert len(batches_of(source, windows, 9, drop_last=True)) == 2
    with pytest.raises(ValueError, match="18 windows do not fill one batch"):
        source(windows, 19, drop_last=True)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("size", [0, -1, 2.0, True])
def test_bad_batch_size_is_refused(source, size):
    with pytest.raises(ValueError, match="`batch_size` is"):
        source(make_train(), size)


def test_order_is_a_function_of_seed_and_epoch():
    windows = make_train()
    batches = WindowBatches(windows, 5, shuffle=True, seed=3)
    orders = []
    for epoch in range(3):
        assert batches.epoch == epoch
        batches.on_epoch_begin()
        orders.append(order_of(batches, windows))
        batches.on_epoch_end()
    assert len({tuple(order) for order in orders}) == 3
    resumed = WindowBatches(windows, 5, shuffle=True, seed=3)
    resumed.epoch = 2
    assert order_of(resumed, windows) == orders[2]


def test_looking_at_batches_does_not_advance_the_epoch():
    batches = WindowBatches(make_train(), 5, shuffle=True)
    list(batches)
    batches.on_epoch_end()  # ends nothing: none has begun
    batches.on_epoch_begin()
    batches[0]
    batches.on_epoch_end()  # incomplete
    assert batches.epoch == 0


def test_batches_out_of_range_are_refused():
    batches = WindowBatches(make_train(), 5)
    for index in (4, -1):
        with pytest.raises(IndexError, match="there are 4"):
            batches[index]


@pytest.mark.parametrize("source", FITTED)
def test_fit_sees_the_order_of_each_epoch_once(source):
    if source is to_tf_data:
        pytest.importorskip("tensorflow")
    windows = make_train()
    model = make_model(windows)
    model.run_eagerly = True
    steps, step = [], model.train_step

    def train_step(*arguments):
        steps.append([np.asarray(arguments[-1][0])])
        return step(*arguments)

    model.train_step = train_step
    batches = source(windows, 5, shuffle=True, seed=3)
    kept = source(windows, 5)
    options = {"shuffle": False, "verbose": 0, "validation_data": kept}
    model.fit(batches, epochs=2, **options)
    assert batches.epoch == 2
    again = source(windows, 5, shuffle=True, seed=3)
    again.epoch = 2
    model.fit(again, epochs=4, initial_epoch=2, **options)
    assert again.epoch == 4
    for epoch in range(4):
        # NumPy's, here looked up apart from the code.
        expected = np.random.default_rng([3, epoch]).permutation(18)
        seen = order_of(steps[4 * epoch : 4 * epoch + 4], windows)
        assert seen == expected.tolist()
    assert len(steps) == 16


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("source", FITTED)
def test_fit_evaluate_and_predict(source, masked):
    if source is to_tf_data:
        pytest.importorskip("tensorflow")
    windows = make_train(masked, mask_channel=True)
    data = source(windows, 5, shuffle=True)
    model = make_model(windows)
    history = model.fit(data, epochs=2, shuffle=False, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    in_order = source(windows, 5)
    forecast = model.predict(in_order, verbose=0)
    assert forecast.shape == (18, 3, NODES, 1)
    x, y, *mask = windows.gather(np.arange(18))
    weight = mask[0] if masked else np.ones_like(y)
    error = float((np.abs(y - forecast) * weight).mean())
    got = model.evaluate(in_order, verbose=0)
    np.testing.assert_allclose(got, error, rtol=1e-4)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size, group", [(5, 2), (3, 4), (4, 1), (30, 2)])
def test_groups_on_the_device_are_the_same_batches(masked, size, group):
    pytest.importorskip("jax")
    from keras_stunet.data.device_batches import DeviceBatches

    extras = {"mask_channel": True, "calendar": ("time_of_day", "day_of_week")}
    windows = make_train(masked, **extras)  # 18 windows
    order = {"shuffle": True, "seed": 3}
    plain = WindowBatches(windows, size, **order)
    groups = DeviceBatches(windows, size, group, **order)
    for epoch in range(2):
        plain.epoch = groups.epoch = epoch
        items = [groups[i] for i in range(len(groups))]
        # Whole batches, as many as `group` at most; or the short one alone.
        full, rest = divmod(len(windows), size)
        sizes = [len(x) for x, *_ in items]
        assert sizes[: full // group] == [group * size] * (full // group)
        left = [full % group * size] * (full % group > 0) + [rest] * (rest > 0)
        assert sizes[full // group :] == left
        for ours, theirs in zip(
            zip(*items, strict=True), zip(*plain, strict=True), strict=True
        ):
            joined = np.concatenate([np.asarray(array) for array in ours])
            assert joined.dtype == np.float32
            np.testing.assert_array_equal(joined, np.concatenate(theirs))
