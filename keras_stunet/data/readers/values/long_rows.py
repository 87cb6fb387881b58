"""Long tables, a row a reading: how to tell them, how to make them wide."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.tables import names_sensors
from keras_stunet.data.readers.times.intervals import SECOND
from keras_stunet.data.readers.times.intervals import say_interval

# Attribute of a frame that was read: hours that the clock of its times is
# ahead of UTC, `None` where the times do not say.
UTC_OFFSET = "utc_offset"
# Another: whether the order of its columns is only that of its rows.
UNORDERED = "unordered"
# A third: how its times are written, for `FileForm`.
DATE_FORMAT = "date_format"
# A fourth: the units of its measurements, where their headings say them.
UNITS = "units"

_OFTEN = 0.1  # of the steps of a sensor, at least, are its shortest
# Cells of the wide table for each row of the long one, at most.
_MOST_CELLS = 50
_LARGEST = float(np.finfo("float32").max)


def check_same_clock(frame, path, first, source):
    """Raise if the times of two files have another offset from UTC.

    Args:
        frame: Readings as `read_values` returns them.
        path: The file that they come from.
        first: Likewise.
        source: Likewise.

    Raises:
        ValueError: If they do.
    """
    if frame.attrs[UTC_OFFSET] != first.attrs[UTC_OFFSET]:
        raise ValueError(
            f"The times of {path} are on another clock than those of "
            f"{source}, by their offsets from UTC. Write all with one, or none."
        )


def sensor_column(sheet, alone=True):
    """The column of a long sheet that names sensors, `None` if it is wide.

    One does whose heading says so; the first of two, if none of its cells is
    a number and there is no other file, of which they could be measurements.

    Args:
        sheet: A `TextSheet` or `FrameSheet`.
        alone: Whether there is no other file.
    """
    named = [names_sensors(heading) for heading in sheet.headings]
    if len(named) < 2 or sheet.levels is not None:
        return None
    if any(named):
        return named.index(True)
    return 0 if alone and len(named) == 2 and sheet.is_text(0) else None


def wide_from_long(path, clock, named, measurements, values, place):
    """A row a time and a column a sensor, from a row a reading.

    Where a sensor has several readings for a time, the time gets as many
    rows.

    Args:
        path: The file, for messages.
        clock: The `Clock` of the rows.
        named: The sensor of each row.
        measurements: Names of D measurements, or `None` for one without.
        values: `(rows, D)` readings, NaN where missing.
        place: `place(i)` says where row `i` is found, for messages.

    Returns:
        A data frame in order of time, of measurements with names with columns
        of two levels, measurement and sensor.

    Raises:
        ValueError: If a sensor has no name, a reading is infinite, or hardly
            any two sensors share their times.
    """
    codes, sensors = pd.factorize(np.array(named, "O"))
    nameless = [
        at
        for at, name in enumerate(sensors)
        if name.lower() in ("", "nan", "none", "<na>")
    ]
    if nameless:
        first = int(np.argmax(np.isin(codes, nameless)))
        raise ValueError(
            f"{place(first)}: the sensor is missing. Name it, or remove the "
            "row."
        )
    check_finite(values, lambda i, _: place(i))
    times = clock.times
    distinct, when = np.unique(times, return_inverse=True)
    n, width = len(sensors), values.shape[1]
    if len(distinct) * n > _MOST_CELLS * len(values) + 1e6:
        raise ValueError(
            f"{path}: {len(values):,} readings at {len(distinct):,} times of "
            f"{n:,} sensors; expected most sensors to have a reading at most "
            "times. Round the times to a common step first."
        )
    _check_shared(path, times, distinct, codes, n)
    # The how-manieth reading of its time and sensor each row is.
    pair = pd.Series(when * n + codes)
    nth = pair.groupby(pair).cumcount().to_numpy()
    rows = np.zeros(len(distinct), "int64")
    np.maximum.at(rows, when, nth + 1)
    wide = np.full((rows.sum(), width, n), np.nan)
    wide[(np.cumsum(rows) - rows)[when] + nth, :, codes] = values
    columns = pd.Index(sensors)
    if measurements is not None:
        columns = pd.MultiIndex.from_product([measurements, sensors])
    frame = pd.DataFrame(
        wide.reshape(len(wide), -1),  # (steps, D N)
        pd.DatetimeIndex(np.repeat(distinct, rows)),
        columns,
    )
    frame.attrs |= {UTC_OFFSET: clock.offset, UNORDERED: True}
    frame.attrs[DATE_FORMAT] = clock.date_format
    return frame


def _check_shared(path, times, distinct, codes, n):
    """Raise if sensors take turns, each with times of its own.

    A gap leaves the interval of a sensor as it is now and then; turns leave it
    longer than that of all at any time.
    """
    if n < 2 or len(distinct) < 3 or 2 * len(times) > len(distinct) * n:
        return
    order = np.lexsort((times, codes))
    steps = np.diff(times[order]).astype("int64")
    own = steps[(np.diff(codes[order]) == 0) & (steps > 0)]
    if not len(own):
        return
    interval = np.median(np.diff(distinct).astype("int64"))
    if np.quantile(own, _OFTEN) < 2 * interval:
        return
    usual = say_interval(int(round(np.median(own) / SECOND)) * SECOND)
    raise ValueError(
        f"{path}: {len(times):,} readings of {n:,} sensors are at "
        f"{len(distinct):,} different times, for each sensor has times of its "
        f"own, about {usual} apart; expected times that sensors share. Round "
        "them down to that step first, such as by pandas' `dt.floor`."
    )


def check_finite(values, place):
    """Raises if a reading is infinite, or too large to be kept as float32.

    Args:
        values: `(rows, columns)` float64; NaN passes.
        place: `place(row, column)` says where one is found, for the message.

    Raises:
        ValueError: If one is.
    """
    bad = abs(values) > _LARGEST
    if bad.any():
        row, column = map(int, np.argwhere(bad)[0])
        raise ValueError(
            f"{place(row, column)}: the reading is {values[row, column]:g}; "
            "expected finite ones (up to 3e38). Correct it, or leave the cell "
            "empty where nothing was read."
        )
