"""From sheets to one wide frame: wide, long, or a sensor's measurements."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.times.clock import place_in
from keras_stunet.data.readers.times.clock import read_clocks
from keras_stunet.data.readers.values.headings import measured
from keras_stunet.data.readers.values.headings import split_units
from keras_stunet.data.readers.values.measurements import side_by_side
from keras_stunet.data.readers.values.measurements import with_measurements
from keras_stunet.data.readers.values.rows import UNITS
from keras_stunet.data.readers.values.rows import sensor_column
from keras_stunet.data.readers.values.rows import wide_from_long
from keras_stunet.data.readers.values.rows import wide_rows
from keras_stunet.data.readers.values.station_files import in_turn
from keras_stunet.data.readers.values.station_files import is_by_station
from keras_stunet.data.readers.values.station_files import station_name
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

_WIDE = (
    " If the file is long, call its column of sensors `sensor`; if its columns "
    "are measurements of one sensor, name them (--measurements)."
)


def frame_of_sheets(source, sheets, form):
    """The readings of one sheet, or of several that belong together.

    - With a column that names sensors: long, a row a reading; several are
      put below each other.
    - Without: wide, a column a sensor; several are put below each other, if
      they follow one another.
    - Several whose columns are the same, and whose times are mostly the same
      with other readings: each a sensor, called as the file is. So is a
      single one, if the `measurements` of `form` are among its columns.

    Args:
        source: What they are in, for messages.
        sheets: A list of `TextSheet` and `FrameSheet`.
        form: A `FileForm`.

    Returns:
        As `read_values`.

    Raises:
        ValueError: As `read_values`.
    """
    for sheet in sheets:
        if not len(sheet):
            raise ValueError(
                f"{sheet.path} has headings and no readings; expected rows "
                "below them."
            )
    sensors = [sensor_column(sheet, len(sheets) == 1) for sheet in sheets]
    long = [at is not None for at in sensors]
    levels = [sheet.levels is not None for sheet in sheets]
    if any(long) and not all(long):
        raise ValueError(
            f"{sheets[long.index(True)].path} has a column of sensors, and "
            f"{sheets[long.index(False)].path} has none; expected files of "
            "one form. Give each a column `sensor`, or none."
        )
    if all(long):
        return _from_long(source, sheets, sensors, form)
    clocks = read_clocks(source, sheets, form)
    if len(sheets) == 1:
        names, _ = split_units(sheets[0].headings)
        if form.measurements and set(form.measurements) <= set(names):
            return _from_stations(source, sheets, clocks, form)
    elif not any(levels) and is_by_station(sheets, clocks):
        frame = _from_stations(source, sheets, clocks, form)
        stations = frame.columns.unique(frame.columns.nlevels - 1)
        if not form.measurements:  # which say what the columns are
            warn_user(
                f"{source}: the {len(sheets)} files have the same columns and "
                "times: taken as a sensor each, called as the files are: "
                f"{listed(stations)}."
            )
        return frame
    frames = [
        _from_wide(sheet, clock)
        for sheet, clock in zip(sheets, clocks, strict=True)
    ]
    frame = in_turn(frames, [sheet.path for sheet in sheets])
    return with_measurements(source, frame, form.measurements)


def _from_wide(sheet, clock):
    if sheet.levels is not None:
        values = sheet.numbers(
            range(len(sheet.headings)), lambda _, at: sheet.headings[at]
        )
        frame = pd.DataFrame(values, columns=sheet.levels)
        values, _, columns = side_by_side(frame, None, None, None, sheet.path)
        return wide_rows(
            sheet.path, clock, values.to_numpy(), columns, sheet.place
        )
    sensors = check_headings(sheet.path, sheet.headings, "sensor")
    values = sheet.numbers(
        range(len(sensors)), lambda _, at: f"sensor {sensors[at]!r}", _WIDE
    )
    return wide_rows(sheet.path, clock, values, sensors, sheet.place)


def _from_long(source, sheets, sensors, form):
    named = [sheet.texts(at) for sheet, at in zip(sheets, sensors, strict=True)]
    clocks = read_clocks(source, sheets, form)
    left_out = [[at] for at in sensors]
    return _joined(source, sheets, clocks, left_out, named, form)


def _from_stations(source, sheets, clocks, form):
    stations = [station_name(sheet.path) for sheet in sheets]
    check_headings(source, stations, "file")
    named = [
        [station] * len(sheet)
        for station, sheet in zip(stations, sheets, strict=True)
    ]
    left_out = [[]] * len(sheets)
    return _joined(source, sheets, clocks, left_out, named, form)


def _joined(source, sheets, clocks, left_out, named, form):
    """Long rows of all sheets as one wide frame."""
    names, units, places = measured(source, sheets, left_out, form)
    values = []
    for sheet, columns, sensors in zip(sheets, places, named, strict=True):

        def label(row, at, sensors=sensors):
            of = f"{names[at]!r} of " if len(names) > 1 else ""
            return f"{of}sensor {sensors[row]!r}"

        values.append(sheet.numbers(columns, label))
    given = bool(form.measurements) or len(names) > 1
    times = np.concatenate([clock.times for clock in clocks])
    frame = wide_from_long(
        source,
        clocks[0]._replace(times=times),
        sum(named, []),
        names if given else None,
        np.concatenate(values),
        place_in(sheets),
    )
    if given and any(units):
        frame.attrs[UNITS] = units
    return frame
