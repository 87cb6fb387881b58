"""One file a measurement, as flow and speed of the same sensors."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.times.intervals import say_interval
from keras_stunet.data.readers.values.long_rows import DATE_FORMAT
from keras_stunet.data.readers.values.long_rows import check_same_clock
from keras_stunet.data.readers.values.measurements import check_chosen
from keras_stunet.data.readers.values.measurements import sensors_of
from keras_stunet.data.readers.values.sources import source_text
from keras_stunet.messages import listed


def read_each(sources, form, read):
    """The readings of several measurements, each in a file of its own.

    Args:
        sources: A dict of names of measurements to files, folders or
            patterns.
        form: A `FileForm`, whose `measurements` chooses some.
        read: `read(source, form)` reads one of them.

    Returns:
        A frame as `read_values` returns it, with a row for each time that one
        of them has.

    Raises:
        ValueError: If they differ in sensors, interval or clock, have no time
            in common, or hold more than one measurement each.
    """
    if not sources:
        raise ValueError("No measurement is given; expected a file of each.")
    names = [str(name) for name in sources]
    check_chosen(source_text(sources), form.measurements, names)
    names = list(form.measurements) or names
    of_each = form.without_measurements()
    frames = {}
    for name in names:
        frame = read(sources[name], of_each)
        if frame.columns.nlevels == 2:
            found = frame.columns.unique(0)
            if len(found) > 1:
                raise ValueError(
                    f"{source_text(sources[name])} has {len(found)} "
                    f"measurements, {listed(found)}; expected {name!r} alone, "
                    "a column a sensor. Give it without a name, if it holds "
                    "them all."
                )
            frame = frame.droplevel(0, axis=1)
        frames[name] = frame
    _check_alike(sources, frames)
    first = frames[names[0]]
    # Rows of the same time are told apart by how many were before.
    numbered = [
        frame.set_index(frame.groupby(level=0).cumcount(), append=True)[
            first.columns
        ]
        for frame in frames.values()
    ]
    joined = pd.concat(numbered, axis=1, keys=names).sort_index()
    joined = joined.droplevel(1)
    joined.columns.names = [None, None]
    joined.attrs |= first.attrs
    shown = {frame.attrs[DATE_FORMAT] for frame in frames.values()} - {None}
    joined.attrs[DATE_FORMAT] = next(iter(shown)) if len(shown) == 1 else None
    return joined


def _check_alike(sources, frames):
    (name, first), *others = frames.items()
    source = source_text(sources[name])
    sensors, times = sensors_of(first.columns), first.index
    for other, frame in others:
        path = source_text(sources[other])
        lost = sensors.difference(frame.columns)
        more = frame.columns.difference(sensors)
        if len(lost) or len(more):
            has, lacks = (source, path) if len(lost) else (path, source)
            raise ValueError(
                f"{lacks} has no sensor {listed(lost if len(lost) else more)}, "
                f"which {has} has; expected the same sensors for each "
                "measurement. Add a column, empty where nothing was read, or "
                "remove it from the other."
            )
        check_same_clock(frame, path, first, source)
        apart = [_interval(index) for index in (times, frame.index)]
        if all(apart) and abs(apart[0] - apart[1]) > min(apart) / 4:
            raise ValueError(
                f"The rows of {source} are {say_interval(apart[0])} apart, "
                f"those of {path} {say_interval(apart[1])}; expected one "
                "interval. Average the readings over the longer one first."
            )
        if not len(times.intersection(frame.index)):
            raise ValueError(
                f"{source} and {path} have no time in common; expected "
                "readings of the same times."
            )


def _interval(index):
    times = np.unique(index.to_numpy().astype("datetime64[us]").astype(int))
    return int(np.median(np.diff(times))) if len(times) > 1 else 0
