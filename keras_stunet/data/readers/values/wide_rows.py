"""Wide tables, a row a time and a column a sensor."""

import pandas as pd

from keras_stunet.data.readers.values.long_rows import DATE_FORMAT
from keras_stunet.data.readers.values.long_rows import UNORDERED
from keras_stunet.data.readers.values.long_rows import UTC_OFFSET
from keras_stunet.data.readers.values.long_rows import check_finite


def wide_rows(path, clock, values, columns, place):
    """The frame of readings in rows.

    Args:
        path: The file, for messages.
        clock: The `Clock` of the rows.
        values: `(steps, N)` readings, NaN where missing; of several
            measurements `(steps, D N)`.
        columns: The sensors; or an index of two levels, measurement and
            sensor.
        place: `place(i)` says where row `i` is found, for messages.

    Returns:
        A data frame, as `read_values` returns it.

    Raises:
        ValueError: If a reading is infinite, or this is a long table.
    """

    def named(row, column):
        name = columns[column]
        if isinstance(name, tuple):
            return f"{place(row)}, {name[0]} of {name[1]!r}"
        return f"{place(row)}, sensor {name!r}"

    check_finite(values, named)
    index = pd.DatetimeIndex(clock.times)
    if len(columns) == 2 and 2 * index.nunique() <= len(index):
        raise ValueError(
            f"{path}: most times occur more than once, as in a long file of "
            "times, sensors and readings. Call its second column `sensor`; "
            "or give one row for each time."
        )
    frame = pd.DataFrame(values, index, columns)
    frame.attrs |= {UTC_OFFSET: clock.offset, UNORDERED: False}
    frame.attrs[DATE_FORMAT] = clock.date_format
    return frame
