"""Covariates of a series: where they stand in windows, scale, categories.

The oracle is NumPy on the columns themselves.
"""

import dataclasses

import numpy as np
import pytest

from keras_stunet.data import Series
from keras_stunet.data import make_windows
from keras_stunet.data.batches import WindowBatches
from keras_stunet.data.batches import to_tf_data

STEPS, NODES, AHEAD = 60, 3, 4
HISTORY, HORIZON = 4, 2
TIMES = np.datetime64("2024-03-01") + np.arange(STEPS) * np.timedelta64(1, "h")
KINDS = np.array(["a", "b", "c", "c"])


def make_series(**others):
    rng = np.random.default_rng(0)
    options = {
        "values": rng.normal(50, 9, (STEPS, NODES)),
        "adjacency": np.zeros((NODES, NODES)),
        "timestamps": TIMES,
        "covariates": {
            "rain": rng.gamma(2, size=STEPS + AHEAD),
            "wind": rng.normal(size=(STEPS + AHEAD, NODES)),
            "day": KINDS[np.arange(STEPS + AHEAD) // 20],
        },
        "static": {"lanes": [2, 4, 6], "kind": ["ramp", "main", "main"]},
    }
    return Series(**options | others)


def cut(series, **options):
    return make_windows(
        series, "windows", HISTORY, HORIZON, parts=(6, 2, 2), **options
    )


def expected_columns(series, splits):
    """(STEPS, N, 4): rain, wind, and the days a and b, of training alone."""
    rows = splits.train.covered_rows()
    rain = series.covariates["rain"][:STEPS, None] * np.ones(NODES)
    wind = series.covariates["wind"][:STEPS]
    day = series.covariates["day"][:STEPS, None]
    scaled = [
        (x - x[rows].mean(dtype=float)) / x[rows].std(dtype=float)
        for x in (rain, wind)
    ]
    days = [(day == name) * np.ones(NODES) for name in "ab"]
    return np.stack([*scaled, *days], axis=-1)


LANES = (np.array([2, 4, 6]) - 4) / np.sqrt(8 / 3)
STATIC = np.stack([LANES, [0, 1, 1], [1, 0, 0]], axis=-1)


@pytest.mark.filterwarnings("ignore:'day'")
@pytest.mark.parametrize("future", [False, True])
def test_windows_hold_them(future):
    series = make_series()
    splits = cut(series, future=future, calendar=("time_of_day",))
    columns = expected_columns(series, splits)
    windows = splits.test
    x, y = windows.gather([0, 3])
    if future:
        x, ahead = x
    for at, window in enumerate((0, 3)):
        rows = windows.input_rows([window])[0]
        hours = np.broadcast_to((rows % 24 / 24)[:, None, None], (4, 3, 1))
        features = [series.values[rows][..., None], hours, columns[rows]]
        if not future:
            features.append(columns[rows + HORIZON])
        features.append(np.broadcast_to(STATIC, (HISTORY, *STATIC.shape)))
        features = np.concatenate(features, axis=-1)
        np.testing.assert_allclose(x[at], features, atol=1e-5)
        if future:
            later = windows.target_rows([window])[0]
            hours = np.broadcast_to((later % 24 / 24)[:, None, None], (2, 3, 1))
            known = np.concatenate([hours, columns[later]], axis=-1)
            np.testing.assert_allclose(ahead[at], known, atol=1e-5)
    names = ["reading", "time_of_day", "rain", "wind", "day = a", "day = b"]
    later = ["rain ahead", "wind ahead", "day = a ahead", "day = b ahead"]
    kinds = ["lanes", "kind = main", "kind = ramp"]
    expected = [*names, *([] if future else later), *kinds]
    assert windows.feature_names == expected
    assert x.shape[-1] == windows.num_features == len(expected)
    assert windows.future_names == (names[1:] if future else [])


@pytest.mark.filterwarnings("ignore:'day'")
@pytest.mark.parametrize("future", [False, True])
@pytest.mark.parametrize("gapped", [False, True])
def test_tensorflow_and_jax_gather_the_same(future, gapped):
    options = {"calendar": ("time_of_day", "day_of_week"), "future": future}
    series = make_series()
    if gapped:
        mask = np.random.default_rng(1).random((STEPS, NODES)) < 0.9
        series = dataclasses.replace(series, mask=mask)
        options["mask_channel"] = True
    windows = cut(series, **options).train
    order = [WindowBatches(windows, 8, shuffle=True)[i] for i in (0, 1)]
    pytest.importorskip("tensorflow")
    made = [to_tf_data(windows, 8, shuffle=True)]
    jax = pytest.importorskip("jax")
    from keras_stunet.data.device_batches import DeviceBatches

    devices = DeviceBatches(windows, 8, 1, shuffle=True)
    made.append([devices[i] for i in (0, 1)])
    for batches in made:
        for expected, found in zip(order, batches, strict=False):
            found = jax.tree.leaves(tuple(found))
            expected = jax.tree.leaves(expected)
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-6)


def test_later_rows_change_no_scale_and_no_category():
    series = make_series()
    with pytest.warns(UserWarning, match="'day': c did not occur in training"):
        before = cut(series)
    last = before.train.covered_rows()[-1]
    changed = {}
    for name, column in series.covariates.items():
        column = column.copy()
        column[last + 1 :] = "x" if column.dtype.kind == "U" else 1e6
        changed[name] = column
    values = series.values.copy()
    values[last + 1 :] = -1e6
    series = dataclasses.replace(series, covariates=changed, values=values)
    with pytest.warns(UserWarning, match="'day': x did not occur in training"):
        after = cut(series)
    assert after.encoding == before.encoding
    assert (after.mean, after.std) == (before.mean, before.std)
    rows = np.arange(len(before.train))
    np.testing.assert_array_equal(
        after.train.gather(rows)[0], before.train.gather(rows)[0]
    )


def test_an_archive_keeps_them(tmp_path):
    series = make_series()
    series.save(tmp_path / "series.npz")
    again = Series.load(tmp_path / "series.npz")
    for kept in ("covariates", "static"):
        found, expected = getattr(again, kept), getattr(series, kept)
        assert list(found) == list(expected)
        for name, column in expected.items():
            assert found[name].dtype == column.dtype
            np.testing.assert_array_equal(found[name], column)
    assert "rain, wind, day, lanes, kind" in repr(again)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"covariates": {"rain": [1.0, 2.0]}}, "has 2 rows; expected 60"),
        (
            {"covariates": {"rain": np.full(STEPS, np.nan)}},
            r"'rain' is not known at \[0\]",
        ),
        (
            {"covariates": {"a": np.ones(STEPS), "b": np.ones(STEPS + 1)}},
            "as many rows in all columns",
        ),
        ({"covariates": {"a": np.ones((STEPS, 2))}}, r"expected \(rows,\) or"),
        ({"covariates": {"reading": np.ones(STEPS)}}, "name of a measurement"),
        ({"static": {"lanes": [1, 2]}}, r"expected \(3,\)"),
        ({"static": {"rain": [1, 2, 3]}}, "a name of its own"),
        (
            {"static": {"kind": np.array(["a", 1, 2], object)}},
            "text and numbers are mixed",
        ),
        ({"static": [1, 2, 3]}, "expected a dict"),
    ],
)
def test_what_does_not_fit_is_refused(columns, message):
    with pytest.raises(ValueError, match=message):
        make_series(**columns)
