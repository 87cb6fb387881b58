"""Long tables, a row a reading: how to tell them, how to make them wide."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.tables import MISSING
from keras_stunet.data.readers.tables import is_number
from keras_stunet.data.readers.timestamps import read_times
from keras_stunet.data.readers.written_times import shown_format

SENSOR_WORDS = {"sensor", "station", "detector", "node", "id"}
SENSOR_WORDS |= {f"{word}_id" for word in SENSOR_WORDS}

# Attribute of a frame that was read: hours that the clock of its times is
# ahead of UTC, `None` where the times do not say.
UTC_OFFSET = "utc_offset"
# Another: whether the order of its columns is only that of its rows.
UNORDERED = "unordered"
# A third: how its times are written, for `FileForm`.
DATE_FORMAT = "date_format"

# Cells of the wide table for each row of the long one, at most.
_MOST_CELLS = 50
_LARGEST = float(np.finfo("float32").max)


def is_long(heading, cells):
    """Whether the second of three columns names sensors.

    It does if its heading says so, or if none of its cells is a number and
    not all are missing.

    Args:
        heading: Its heading.
        cells: Its cells, as text.

    Example:
    >>> is_long("Sensor", ["716939"]), is_long("where", ["DM-3.1", "61.2"])
    (True, False)
    """
    if _names_sensors(heading):
        return True
    cells = [cell.strip() for cell in cells]
    named = [cell for cell in cells if cell.lower() not in MISSING]
    return bool(named) and not any(map(is_number, named))


def _names_sensors(heading):
    return heading.strip().lower() in SENSOR_WORDS


def check_wide(path, headings):
    """Raise a ValueError for a long table of more than one reading a line."""
    if len(headings) > 3 and _names_sensors(headings[1]):
        raise ValueError(
            f"{path}: a column {headings[1]!r} and {len(headings)} "
            "columns in all; expected time, sensor and one reading, or a "
            "column for each sensor. Remove the other columns."
        )


def wide_from_long(path, times, codes, sensors, values, place, form):
    """A row a time and a column a sensor, from a row a reading.

    Where a sensor has several readings for a time, the time gets as many
    rows.

    Args:
        path: The file, for messages.
        times: The time of each row, as `read_times` takes them.
        codes: The position in `sensors` of each row's sensor.
        sensors: The sensors.
        values: The reading of each row, NaN where missing.
        place: `place(i)` says where row `i` is found, for messages.
        form: A `FileForm`.

    Returns:
        A data frame in order of time.

    Raises:
        ValueError: If a sensor has no name, times are no times, a reading is
            infinite, or hardly any two sensors share their times.
    """
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
    check_finite(values[:, None], lambda i, _: place(i))
    written = times
    times, offset = read_times(times, path, place, form.date_format)
    distinct, when = np.unique(times, return_inverse=True)
    n = len(sensors)
    if len(distinct) * n > _MOST_CELLS * len(values) + 1e6:
        raise ValueError(
            f"{path}: {len(values):,} readings at {len(distinct):,} times of "
            f"{n:,} sensors; expected most sensors to have a reading at most "
            "times. Round the times to a common step first."
        )
    # The how-manieth reading of its time and sensor each row is.
    pair = pd.Series(when * n + codes)
    nth = pair.groupby(pair).cumcount().to_numpy()
    rows = np.zeros(len(distinct), "int64")
    np.maximum.at(rows, when, nth + 1)
    wide = np.full((rows.sum(), n), np.nan)
    wide[(np.cumsum(rows) - rows)[when] + nth, codes] = values
    frame = pd.DataFrame(
        wide, pd.DatetimeIndex(np.repeat(distinct, rows)), sensors
    )
    shown = shown_format(written, form.date_format)
    frame.attrs |= {UTC_OFFSET: offset, UNORDERED: True, DATE_FORMAT: shown}
    return frame


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
