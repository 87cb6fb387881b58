"""When the rows of a file are, on one clock."""

import itertools
from typing import NamedTuple

import numpy as np

from keras_stunet.data.readers.times.timestamps import read_times
from keras_stunet.data.readers.times.written import shown_format


class Clock(NamedTuple):
    """Times of rows.

    Attributes:
        times: `(rows,)` datetime64[us].
        offset: Hours that their clock is ahead of UTC, `None` where unknown.
        date_format: How later files of this kind write them, for `FileForm`.
    """

    times: np.ndarray
    offset: float | None
    date_format: str | None


def read_clock(path, times, rows, place, form):
    """The `Clock` of the rows of one file.

    Args:
        path: The file, for messages.
        times: As `read_times` takes them; `None` where `form` has a start.
        rows: How many there are.
        place: `place(i)` says where row `i` is found, for messages.
        form: A `FileForm`.

    Raises:
        ValueError: If times are no times.
    """
    if times is None:
        return Clock(*form.times(rows), form.date_format)
    shown = shown_format(times, form.date_format)
    return Clock(*read_times(times, path, place, form.date_format), shown)


def read_clocks(source, sheets, form):
    """Clocks of several sheets, whose times are written in one way.

    Args:
        source: What they are in, for messages.
        sheets: A list of `TextSheet` and `FrameSheet`.
        form: A `FileForm`.

    Returns:
        A list of `Clock`, one a sheet.

    Raises:
        ValueError: As `read_clock`.
    """
    if len(sheets) == 1 or form.untimed:
        return [
            read_clock(one.path, one.times, len(one), one.place, form)
            for one in sheets
        ]
    ends = np.cumsum([len(sheet) for sheet in sheets])
    times = list(itertools.chain(*(sheet.times for sheet in sheets)))
    place = place_in(sheets)
    clock = read_clock(source, times, len(times), place, form)
    parts = np.split(clock.times, ends[:-1])
    return [clock._replace(times=part) for part in parts]


def place_in(sheets):
    """`place(i)` of row `i` of sheets below each other."""
    ends = np.cumsum([len(sheet) for sheet in sheets])

    def place(row):
        at = int(np.searchsorted(ends, row, side="right"))
        return sheets[at].place(row - int(ends[at] - len(sheets[at])))

    return place
