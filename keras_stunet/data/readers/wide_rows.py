"""Wide tables, a row a time and a column a sensor."""

import pandas as pd

from keras_stunet.data.readers.long_rows import DATE_FORMAT
from keras_stunet.data.readers.long_rows import UNORDERED
from keras_stunet.data.readers.long_rows import UTC_OFFSET
from keras_stunet.data.readers.long_rows import check_finite
from keras_stunet.data.readers.timestamps import read_times
from keras_stunet.data.readers.written_times import shown_format


def wide_rows(path, times, values, sensors, place, form):
    """The frame of readings in rows.

    Args:
        path: The file, for messages.
        times: The time of each row, as `read_times` takes them; `None` where
            `form` says when they begin.
        values: `(steps, N)` readings, NaN where missing.
        sensors: The sensors.
        place: `place(i)` says where row `i` is found, for messages.
        form: A `FileForm`.

    Returns:
        A data frame, as `read_values` returns it.

    Raises:
        ValueError: If times are no times, a reading is infinite, or this is
            a long table.
    """
    check_finite(
        values,
        lambda row, column: f"{place(row)}, sensor {sensors[column]!r}",
    )
    shown = shown_format(times, form.date_format)
    if form.untimed:
        times, offset = form.times(len(values))
    else:
        times, offset = read_times(times, path, place, form.date_format)
    index = pd.DatetimeIndex(times)
    if len(sensors) == 2 and 2 * index.nunique() <= len(index):
        raise ValueError(
            f"{path}: most times occur more than once, as in a long file of "
            "times, sensors and readings. Call its second column `sensor`; "
            "or give one row for each time."
        )
    frame = pd.DataFrame(values, index, sensors)
    frame.attrs |= {UTC_OFFSET: offset, UNORDERED: False, DATE_FORMAT: shown}
    return frame
