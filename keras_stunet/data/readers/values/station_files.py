"""Several files: of a sensor each, or of one time after the other."""

from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.data.readers.values.long_rows import check_same_clock
from keras_stunet.data.readers.values.measurements import labels
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

_MOST = 0.5  # of the times of the shorter file
_PACKED = (".gz", ".zip")


def station_name(path):
    """The name of the sensor whose readings a file holds.

    Example:
    >>> station_name("air/st.1.csv.gz")
    'st.1'
    """
    path = Path(str(path))
    if path.suffix.lower() in _PACKED:
        path = path.with_suffix("")
    return path.stem if path.suffix else path.name


def is_by_station(sheets, clocks):
    """Whether files have the same times and other readings.

    Args:
        sheets: Of the files, `TextSheet` or `FrameSheet`.
        clocks: The `Clock` of each.

    Raises:
        ValueError: If they have the same times and no column in common.
    """
    order = np.argsort([clock.times.min() for clock in clocks], kind="stable")
    for one, other in zip(order[:-1], order[1:], strict=True):
        times = [pd.Index(clocks[at].times) for at in (one, other)]
        rows = [
            pd.Series(range(len(index)), index).groupby(level=0).first()
            for index in times
        ]
        shared = rows[0].index.intersection(rows[1].index)
        if len(shared) <= _MOST * min(len(row) for row in rows):
            continue
        pair = sheets[one], sheets[other]
        common = [name for name in pair[0].headings if name in pair[1].headings]
        if not common:
            raise ValueError(
                f"{pair[0].path} and {pair[1].path} have the same times and no "
                "column in common; expected the same measurements in the file "
                "of each sensor, or the same sensors in files of one time "
                "after the other. Name files that hold a measurement each: "
                "--values flow=FILE --values speed=FILE."
            )
        places = [row[shared].to_numpy() for row in rows]
        if not all(_agree(pair, name, places) for name in common):
            return True
    return False


def _agree(pair, name, places):
    """Whether two files have equal readings of a column in common rows."""
    cells = []
    for sheet, rows in zip(pair, places, strict=True):
        at = sheet.headings.index(name)
        if sheet.is_text(at):
            cells.append(np.array(sheet.texts(at), "O")[rows])
            continue
        values = sheet.numbers([at], lambda *_: f"column {name!r}")
        cells.append(values[rows, 0])
    if any(found.dtype == "O" for found in cells):
        return bool((cells[0] == cells[1]).all())
    gaps = np.isnan(cells[0]) | np.isnan(cells[1])
    return bool((gaps | (cells[0] == cells[1])).all())


def in_turn(frames, paths):
    """Frames of one time after the other, below each other.

    A sensor that a file lacks has no readings there, with a warning.

    Args:
        frames: As `read_values` returns them.
        paths: The files that they come from, for messages.

    Returns:
        One of them all; of one the same.

    Raises:
        ValueError: If a file has no sensor of those before it, or other
            measurements, or their clocks differ.
    """
    if len(frames) == 1:
        return frames[0]
    first = frames[0]
    columns = first.columns
    for frame, path in zip(frames[1:], paths[1:], strict=True):
        if not _fit(columns, frame.columns):
            raise ValueError(
                f"{path} has {listed(labels(frame.columns))}, and the files "
                f"before it {listed(labels(columns))}; expected the same "
                "sensors, in files of one time after the other. Name files "
                "that hold a measurement each: --values flow=FILE --values "
                "speed=FILE."
            )
        check_same_clock(frame, path, first, paths[0])
        columns = columns.append(frame.columns.difference(columns, sort=False))
    if columns.nlevels == 2:
        levels = [columns.unique(level) for level in (0, 1)]
        columns = pd.MultiIndex.from_product(levels)
    for frame, path in zip(frames, paths, strict=True):
        lost = columns.difference(frame.columns, sort=False)
        if len(lost):
            warn_user(
                f"{path} has no column of {listed(labels(lost))}, which "
                "another file has. Taken as missing there."
            )
    joined = pd.concat([frame.reindex(columns=columns) for frame in frames])
    joined.attrs |= first.attrs
    return joined


def _fit(columns, others):
    if columns.nlevels != others.nlevels or not len(others):
        return False
    if columns.nlevels == 2 and set(columns.unique(0)) != set(others.unique(0)):
        return False
    return len(columns.intersection(others)) > 0
