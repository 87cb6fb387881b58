"""What is known of a file of readings and does not stand in it."""

import dataclasses
import datetime
import re

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.times.timestamps import read_times
from keras_stunet.data.readers.times.written import ORDERS
from keras_stunet.steps import MONTH
from keras_stunet.steps import time_after

_SEPARATORS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ","}
_SEPARATORS |= {"semicolon": ";"}
_MONTHS = re.compile(r"\s*(\d*)\s*months?\s*")
_INTERVAL = re.compile(r"\s*\d+(\.\d+)?\s*[a-zA-Z]+\s*")


@dataclasses.dataclass(frozen=True)
class FileForm:
    """How a file of readings is written, where it does not show it itself.

    Attributes:
        start: Time of the first row, of a file without times: text such as
            2024-03-01 08:00, or a timestamp.
        interval: From one row to the next, of a file without times: text such
            as 5min, 1h or 1month, or a timedelta.
        separator: Between cells of a csv: one character, or "tab" or "space".
            By default the comma, or what the first line has in its place.
        decimal: Decimal mark, "." or ",".
        date_format: "day-first" or "month-first", of dates such as
            03/04/2024; or a format such as "%d.%m.%y %H:%M". By default dates
            are year first, or the file itself shows their order.
        missing: Numbers that stand for missing readings, such as `(-1, 0)`.
        measurements: Names of the measurements: of arrays, which have none,
            in their order; of files that name them those that are taken. A
            text is one name.

    Raises:
        ValueError: If one of them is none of these.

    Example:
    >>> form = FileForm(start="2024-03-01", interval="15min")
    >>> str(form.times(3)[0][-1])[:16], form.step
    ('2024-03-01T00:30', Timedelta('0 days 00:15:00'))
    """

    start: str | datetime.datetime | None = None
    interval: str | datetime.timedelta | None = None
    separator: str | None = None
    decimal: str = "."
    date_format: str | None = None
    missing: tuple[float, ...] = ()
    measurements: tuple[str, ...] = ()

    def __post_init__(self):
        if (self.start is None) != (self.interval is None):
            raise ValueError(
                "Of `start` and `interval` one is given; expected both, for "
                "a file without times, or neither. Write such as --start "
                "'2024-03-01 00:00' --interval 5min."
            )
        self._set("separator", _checked_separator(self.separator))
        if self.decimal not in (".", ",") or self.decimal == self.separator:
            raise ValueError(
                f"`decimal` is {self.decimal!r} and `separator` "
                f"{self.separator!r}; expected a point or a comma, and "
                "another separator."
            )
        if self.date_format is not None and "%" not in self.date_format:
            if self.date_format not in ORDERS:
                raise ValueError(
                    f"`date_format` is {self.date_format!r}; expected "
                    f"{' or '.join(ORDERS)}, or a format such as "
                    f"'%d.%m.%y %H:%M'.{did_you_mean(self.date_format, ORDERS)}"
                )
        numbers = np.atleast_1d(np.asarray(self.missing))
        if numbers.size and numbers.dtype.kind not in "iuf":
            raise ValueError(
                f"`missing` is {self.missing!r}; expected numbers that stand "
                "for missing readings, such as (-1, 0)."
            )
        self._set("missing", tuple(numbers.tolist()))
        self._set("measurements", _checked_names(self.measurements))
        if self.interval is not None:
            self._set("interval", _checked_interval(self.interval))
            read_times([self.start], "`start`", lambda _: "`start`")

    @property
    def untimed(self):
        """Whether the file has no times, but a start and an interval."""
        return self.start is not None

    @property
    def step(self):
        """The interval, `None` where it is not given."""
        return self.interval

    def times(self, steps):
        """The times of rows in order, as `read_times` gives them."""
        first, offset = read_times([self.start], "`start`", lambda _: "`start`")
        minutes = self.interval.total_seconds() / 60
        return time_after(first[0], minutes, np.arange(steps)), offset

    def without_missing(self, values):
        """float64 values with NaN for each number that means missing."""
        if not self.missing:
            return values
        # A file that holds float32 has 0.1 as the nearest of these.
        numbers = np.array(self.missing)
        numbers = np.concatenate([numbers, numbers.astype("float32")])
        return np.where(np.isin(values, numbers), np.nan, values)

    def without_measurements(self):
        """The same, which names none."""
        return dataclasses.replace(self, measurements=())

    def _set(self, key, value):
        object.__setattr__(self, key, value)


def _checked_names(names):
    names = [names] if isinstance(names, str) else list(names or ())
    names = [name.strip() if isinstance(name, str) else name for name in names]
    if "" in names or not all(isinstance(name, str) for name in names):
        raise ValueError(
            f"`measurements` is {names!r}; expected a name for each, such as "
            "flow,speed."
        )
    if len(set(names)) < len(names):
        raise ValueError(
            f"`measurements` is {names!r}; two have the same name. Rename or "
            "remove one of them."
        )
    return tuple(names)


def _checked_separator(separator):
    if separator is None:
        return None
    mark = _SEPARATORS.get(separator, separator)
    if len(mark) != 1 or not mark.isascii() or mark.isalnum() or mark in '"\n.':
        raise ValueError(
            f"`separator` is {separator!r}; expected one character between "
            "cells, such as ';', or tab or space."
        )
    return mark


def _checked_interval(interval):
    try:
        if isinstance(interval, str) and not _INTERVAL.fullmatch(interval):
            raise ValueError("no number with a unit")
        months = isinstance(interval, str) and _MONTHS.fullmatch(interval)
        if months:
            return pd.Timedelta(minutes=int(months[1] or 1) * MONTH)
        step = pd.Timedelta(interval)
        seconds = step.total_seconds()
        if not seconds >= 1 or seconds % 1:
            raise ValueError("no whole number of seconds, 1 or more")
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"`interval` is {interval!r}: {error}. Expected the time from one "
            "row to the next, such as 5min, 1h, 1d or 1month."
        ) from error
    return step
