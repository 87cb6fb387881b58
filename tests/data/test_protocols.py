"""Protocols: window counts, order, separation, messages."""

import numpy as np
import pytest

from keras_stunet.data import PROTOCOLS
from keras_stunet.data import day_split
from keras_stunet.data import find_protocol
from keras_stunet.data import window_split


@pytest.mark.parametrize(
    ("horizon", "counts"),
    # 12 + 9 as counted by VeritasYin/STGCN_IJCAI-18 (268 windows a day).
    [(12, [9010, 1325, 1325]), (9, [9112, 1340, 1340])],
)
def test_day_split_counts_of_pemsd7(horizon, counts):
    split = day_split(12_672, 288, (34, 5, 5), 12, horizon)
    assert [len(part) for part in split] == counts


def test_window_split_counts():
    split = window_split(12_672)
    assert [len(part) for part in split] == [7589, 2530, 2530]
    # 93 windows: 55.8 and 18.6 are rounded, not cut.
    split = window_split(116)
    assert [len(part) for part in split] == [56, 18, 19]
    # METR-LA as split by liyaguang/DCRNN.
    split = window_split(34_272, (7, 1, 2))
    assert [len(part) for part in split] == [23974, 3425, 6850]


def test_day_split_equals_a_loop_over_days():
    expected = [[], [], []]
    for day in range(6):
        part = 0 if day < 3 else 1 if day < 5 else 2
        for slot in range(10):
            if slot + 3 + 4 <= 10:
                expected[part].append(day * 10 + slot)
    split = day_split(60, 10, (3, 2, 1), history=3, horizon=4)
    assert [part.tolist() for part in split] == expected


def test_no_window_crosses_midnight_and_splits_share_no_row():
    rows = []
    for starts in day_split(60, 10, (3, 2, 1), history=3, horizon=4):
        assert (starts // 10 == (starts + 6) // 10).all()
        rows.append(set((starts[:, None] + np.arange(7)).ravel()))
    assert rows[0] == set(range(30))
    assert not rows[0] & rows[1] | rows[1] & rows[2] | rows[0] & rows[2]


def test_window_split_takes_every_window_once_in_order():
    split = window_split(50, (6, 2, 2), history=3, horizon=4)
    joined = np.concatenate(split)
    np.testing.assert_array_equal(joined, np.arange(50 - 7 + 1))


def test_integers_come_back():
    for split in (day_split(12_672), window_split(12_672)):
        assert all(part.dtype == np.int64 for part in split)


def test_a_window_may_fill_the_day_or_the_series():
    assert [len(p) for p in day_split(30, 10, (1, 1, 1), 5, 5)] == [1, 1, 1]
    assert [len(p) for p in window_split(12, (1, 1, 1), 5, 5)] == [1, 1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: day_split(12_671), "12671 = 43.9965 days"),
        (lambda: day_split(60, 10, (3, 2, 2), 1, 1), "add up to the series"),
        (lambda: day_split(60, 10, (3, 2, 1), 6, 5), "longer than a day"),
        (lambda: day_split(60, 10, (4, 2, 0), 1, 1), "three positive"),
        (lambda: day_split(60, 10, (4, 2), 1, 1), "three positive"),
        (lambda: day_split(60, 10, (3.5, 1.5, 1), 1, 1), "three whole"),
        (lambda: day_split(60, 0, (3, 2, 1), 1, 1), "`steps_per_day` is 0"),
        (lambda: day_split(12_672, history=0), "`history` is 0"),
        (lambda: day_split(12_672, horizon=1.5), "`horizon` is 1.5"),
        (lambda: window_split(23), "fewer than one window of 12 . 12 = 24"),
        (lambda: window_split(25), "cut 2 windows into 1, 1 and 0"),
        (lambda: window_split(100, (6, 2, 0)), "three positive"),
        (lambda: window_split(100, horizon=-1), "`horizon` is -1"),
        (lambda: find_protocol("day"), "`protocol` is 'day'.*mean 'days'"),
        (lambda: find_protocol("Window"), "Did you mean 'windows'"),
        (lambda: find_protocol("zzz"), r"one of 'days', 'windows'\.$"),
    ],
)
def test_messages(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_registry_calls_the_functions():
    days, windows = PROTOCOLS["days"], PROTOCOLS["windows"]
    for got, expected in (
        (days.split(12_672, days.parts, 12, 12, 288), day_split(12_672)),
        (
            days.split(60, (3, 2, 1), 3, 4, 10),
            day_split(60, 10, (3, 2, 1), 3, 4),
        ),
        (
            windows.split(99, (7, 1, 2), 3, 4, 10),
            window_split(99, (7, 1, 2), 3, 4),
        ),
    ):
        for a, b in zip(got, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    assert windows.parts == (6, 2, 2)
