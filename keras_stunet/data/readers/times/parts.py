"""Times whose year, month, day and hour are columns of their own."""

import dataclasses

import pandas as pd

from keras_stunet.data.readers.tables import names_sensors

# Headings of the parts of a time, and what stands for those that lack.
_DATE_PARTS = ("year", "month", "day")
_CLOCK_PARTS = {"hour": "0", "minute": "00", "second": "00"}


def places_of_parts(head):
    """The columns of year, month, day and the like; none if one lacks."""
    names = [name.strip().lower() for name in head]
    if any(names.count(part) != 1 for part in _DATE_PARTS):
        return {}
    parts = [*_DATE_PARTS]
    for part in _CLOCK_PARTS:
        if names.count(part) != 1:
            break
        parts.append(part)
    return {part: names.index(part) for part in parts}


def with_joined_parts(table, places):
    """A table whose first column is made of the parts of times."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = table.columns[0].type
    cells = {
        part: pc.utf8_trim_whitespace(table.columns[at].slice(1))
        for part, at in places.items()
    }
    rows = len(table) - 1
    for part, usual in _CLOCK_PARTS.items():
        found = cells.get(part, pa.array([usual] * rows, kind))
        cells[part] = pc.utf8_lpad(found, len(usual), "0")
    parts = list(cells.values())
    date = pc.binary_join_element_wise(*parts[:3], pa.scalar("-", kind))
    clock = pc.binary_join_element_wise(*parts[3:], pa.scalar(":", kind))
    times = pc.binary_join_element_wise(date, clock, pa.scalar(" ", kind))
    others = [
        column
        for at, column in enumerate(table.columns)
        if at not in places.values()
    ]
    times = pa.concat_arrays([pa.array(["time"], kind), times])
    return dataclasses.replace(table, columns=[times, *others])


def times_of_frame(path, frame):
    """The times and the other columns of a data frame, which may be parts.

    Args:
        path: The file that it comes from, for messages.
        frame: A data frame, whose index or first column is the time, or
            whose columns are its parts, as year, month, day and hour.

    Raises:
        ValueError: If there is no such time as parts say.
    """
    if not isinstance(frame.index, pd.RangeIndex):
        return frame.index, frame
    parts = places_of_parts([str(name) for name in frame.columns])
    first = frame.iloc[:, 0] if frame.shape[1] else frame.index
    if parts and getattr(first.dtype, "kind", "O") in "iuf":
        written = {part: frame.iloc[:, at] for part, at in parts.items()}
        try:
            times = pd.to_datetime(written)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{path}: the columns {', '.join(parts)} make no times: "
                f"{error}. Correct them, or write the time in one column."
            ) from error
        return times, frame.drop(columns=frame.columns[list(parts.values())])
    if frame.shape[1] > 1 and names_sensors(str(frame.columns[0])):
        if getattr(frame.iloc[:, 1].dtype, "kind", "O") == "M":
            return frame.iloc[:, 1], frame.drop(columns=frame.columns[1])
    return first, frame.iloc[:, 1:]
