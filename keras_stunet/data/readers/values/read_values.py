"""Readings of sensors over time from csv, parquet, npz and npy files."""

from collections.abc import Mapping

import pandas as pd

from keras_stunet.data.readers.opening import unpacked_name
from keras_stunet.data.readers.values.arrays import read_value_arrays
from keras_stunet.data.readers.values.file_form import FileForm
from keras_stunet.data.readers.values.layouts import frame_of_sheets
from keras_stunet.data.readers.values.measurement_files import read_each
from keras_stunet.data.readers.values.sheets import is_sheet
from keras_stunet.data.readers.values.sheets import read_sheet
from keras_stunet.data.readers.values.sources import find_files
from keras_stunet.data.readers.values.sources import read_all
from keras_stunet.data.readers.values.sources import source_text
from keras_stunet.data.readers.values.station_files import in_turn


def read_values(path, **form):
    """Reads readings of sensors over time from a file, or from several.

    - `.csv` (or `.txt`, `.tsv`), wide: a first line of headings, the sensors'
      from the second column on; then a line for each time: the time and a
      reading of each sensor. Date and time of day may be two columns, or
      year, month, day and hour columns of their own. A row number before the
      time, as pandas writes it, is left out; where headings are missing,
      sensors are numbered from 0.
    - The same, long: columns of time, sensor and one reading or several, of a
      measurement each, which may have a unit behind its name, as `speed
      (km/h)`. A file is long if a column is called sensor, station,
      detector, node or site (also with `_id`) or id; or if it has three and
      no cell of the second is a number. Columns of text beside several
      measurements are left out, with a warning.
    - The same without times, with `start` and `interval`: a column a sensor,
      with or without headings.
    - `.parquet`: the same tables; a wide one may have its times as index, and
      columns of two levels, measurement and sensor.
    - `.npz`: `values` (or `data`) `(steps, N)` or `(steps, N, D)`,
      `timestamps` `(steps,)` or `start` and `interval`, and optionally
      `node_ids` `(N,)` (else 0, 1, ...), `measurements` `(D,)`, `units`
      `(D,)` and `mask`, true where a reading is present; or a `Series` that
      was saved. `.npy`: `values` alone.
    - Any of these gzipped (`.gz`) or as the one file in a `.zip`.
    - A file a measurement: a dict of names to files.
    - A folder, a pattern as `"air/*.csv"`, or a list of files: long ones
      below each other; wide ones that follow one another in time, too; and
      where their times are the same, a file a sensor with a column a
      measurement, the sensor called as the file is.

    A reading is missing where the cell is empty, NaN, NA, null or none, or
    holds a number in `missing`. How times may be written is said at
    `keras_stunet.data.readers.times.timestamps.read_times`. Wide rows keep
    their order, and gaps and repetitions stay: `time_grid` takes care of
    these. Long rows come in order of time, and the sensors in that of the
    file.

    Args:
        path: The file, or one of the others above.
        **form: What the file does not say itself, the arguments of
            `FileForm`: `start`, `interval`, `separator`, `decimal`,
            `date_format`, `missing`, `measurements`.

    Returns:
        A float64 data frame: a row a time (`DatetimeIndex` without time
        zone), a column a sensor (its id as text), NaN where missing. Of
        measurements with names the columns have two levels, measurement and
        sensor.

    Raises:
        OSError: If the file cannot be opened.
        TypeError: If `form` has another argument.
        ValueError: If it is damaged or no such table; says the line.
    """
    form = FileForm(**form)
    if isinstance(path, Mapping):
        return read_each(path, form, _from_files)
    return _from_files(path, form)


def _from_files(source, form):
    paths = find_files(source)
    for path in paths:
        if not is_sheet(path) and not _is_array(path):
            raise ValueError(
                f"{path} is no .csv, .parquet, .npz or .npy file, nor one of "
                "these in a .gz or .zip; expected the readings in one of "
                "these. Save it as one, such as with pandas' `to_csv`."
            )
    text = source_text(source)
    if all(map(is_sheet, paths)):
        sheets = read_all(paths, lambda path: read_sheet(path, form))
        frame = frame_of_sheets(text, sheets, form)
    else:
        frames = [
            read_value_arrays(path, form)
            if _is_array(path)
            else frame_of_sheets(str(path), [read_sheet(path, form)], form)
            for path in paths
        ]
        frame = in_turn(frames, paths)
    if not form.missing:
        return frame
    values = form.without_missing(frame.to_numpy())
    known = pd.DataFrame(values, frame.index, frame.columns)
    known.attrs |= frame.attrs
    return known


def _is_array(path):
    return unpacked_name(path).endswith((".npz", ".npy"))
