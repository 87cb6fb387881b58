"""Where windows start, and which of them train, validate and test.

A window is `history` steps of input followed by `horizon` steps of target. A
split is three integer arrays with the first row of every window, in order of
time.
"""

import math
import numbers
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count


class Protocol(NamedTuple):
    """A named way to split a series.

    `split(num_steps, parts, history, horizon, steps_per_day)` returns the
    three arrays of window starts; `parts` is the default for its second
    argument.
    """

    description: str
    parts: tuple[int, int, int]
    split: Callable


def day_split(
    num_steps, steps_per_day=288, days=(34, 5, 5), history=12, horizon=12
):
    """Windows within single days; whole days train, validate and test.

    A day offers `steps_per_day - (history + horizon) + 1` windows. No window
    crosses midnight, so no row belongs to two splits. This is the protocol of
    PeMSD7 (Yu, Yin and Zhu, IJCAI 2018): 44 weekdays, the first 34 train. With
    12 + 12 steps there are 265 windows a day.

    Args:
        num_steps: rows of the series, which starts at midnight.
        steps_per_day: rows per day.
        days: days to train, validate and test on, in this order.
        history: input steps of a window.
        horizon: target steps of a window.

    Returns:
        Three int64 arrays of window starts.

    Raises:
        ValueError: if the days do not fill the series exactly, a split is
            empty, or a day is shorter than a window.

    Example:
    >>> [len(part) for part in day_split(12_672)]
    [9010, 1325, 1325]
    """
    length = window_length(history, horizon)
    check_count("steps_per_day", steps_per_day, 1)
    days = three_parts("days", days)
    if sum(days) * steps_per_day != num_steps:
        raise ValueError(
            f"`days` {days} of {steps_per_day} steps make "
            f"{sum(days) * steps_per_day} steps, but the series has "
            f"{num_steps} = {num_steps / steps_per_day:g} days. Give three "
            "day counts that add up to the series, or cut the series to whole "
            "days, or take the 'windows' protocol, which fits any length."
        )
    if length > steps_per_day:
        raise ValueError(
            f"A window of {history} + {horizon} steps is longer than a day of "
            f"{steps_per_day} steps. Shorten the window, or use the "
            "'windows' protocol, which may cross midnight."
        )
    within_day = np.arange(steps_per_day - length + 1)
    starts = np.arange(sum(days))[:, None] * steps_per_day + within_day
    first, second = days[0], days[0] + days[1]
    return (
        starts[:first].ravel(),
        starts[first:second].ravel(),
        starts[second:].ravel(),
    )


def window_split(num_steps, ratios=(6, 2, 2), history=12, horizon=12):
    """All windows of the series, cut in order of time by `ratios`.

    The first and the last share are rounded to whole windows and the middle
    one takes the rest, as in DCRNN's `generate_training_data.py` (there with
    7:1:2). Windows are cut after they are made: the `history + horizon - 1`
    rows at each boundary belong to windows on both sides, and where a series
    leaves out time (weekends), windows cross the gap.

    Args:
        num_steps: rows of the series.
        ratios: relative numbers of windows to train, validate and test on.
        history: input steps of a window.
        horizon: target steps of a window.

    Returns:
        Three int64 arrays of window starts.

    Raises:
        ValueError: if the series is shorter than a window or a split is empty.

    Example:
    >>> [len(part) for part in window_split(12_672)]
    [7589, 2530, 2530]
    >>> [len(part) for part in window_split(34_272, ratios=(7, 1, 2))]
    [23974, 3425, 6850]
    """
    length = window_length(history, horizon)
    ratios = three_parts("ratios", ratios)
    count = num_steps - length + 1
    if count < 1:
        raise ValueError(
            f"The series has {num_steps} steps, fewer than one window of "
            f"{history} + {horizon} = {length}. Give a longer series or a "
            "shorter window."
        )
    train = round(count * ratios[0] / sum(ratios))
    test = round(count * ratios[2] / sum(ratios))
    validation = count - train - test
    if min(train, validation, test) < 1:
        raise ValueError(
            f"`ratios` {ratios} cut {count} windows into {train}, "
            f"{validation} and {test}; each split needs at least one. Give a "
            "longer series or other ratios."
        )
    starts = np.arange(count)
    return (
        starts[:train],
        starts[train : train + validation],
        starts[train + validation :],
    )


def find_protocol(name):
    """The entry of `PROTOCOLS` called `name`.

    Raises:
        ValueError: if there is none; the message names the nearest one.
    """
    return PROTOCOLS[check_choice("protocol", name, tuple(PROTOCOLS))]


def _days(num_steps, parts, history, horizon, steps_per_day):
    return day_split(num_steps, steps_per_day, parts, history, horizon)


def _windows(num_steps, parts, history, horizon, steps_per_day):
    return window_split(num_steps, parts, history, horizon)


PROTOCOLS = {
    "days": Protocol(
        "whole days, windows never cross midnight; parts are day counts",
        (34, 5, 5),
        _days,
    ),
    "windows": Protocol(
        "all windows in order of time; parts are ratios",
        (6, 2, 2),
        _windows,
    ),
}


def window_length(history, horizon):
    """Steps of a window, after a check of its two parts."""
    check_count("history", history, 1)
    check_count("horizon", horizon, 1)
    return int(history + horizon)


def three_parts(name, parts):
    """`parts` as a tuple of three positive numbers; of days, whole ones.

    Raises:
        ValueError: if they are not.
    """
    parts = tuple(parts)
    if len(parts) != 3 or not all(
        isinstance(part, numbers.Real)
        and not isinstance(part, bool)
        and 0 < part < math.inf
        for part in parts
    ):
        raise ValueError(
            f"`{name}` is {parts}; expected three positive numbers, for "
            "training, validation and test. No split may be empty."
        )
    whole = all(isinstance(part, numbers.Integral) for part in parts)
    if name == "days" and not whole:
        raise ValueError(
            f"`days` is {parts}; expected three whole numbers of days. Ratios "
            'are for protocol "windows".'
        )
    return parts
