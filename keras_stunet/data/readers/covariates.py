"""Covariates and what sensors are, from files of one's own."""

import dataclasses

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.file_form import FileForm
from keras_stunet.data.readers.long_rows import SENSOR_WORDS
from keras_stunet.data.readers.long_rows import UTC_OFFSET
from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import unpacked_name
from keras_stunet.data.readers.tables import check_headings
from keras_stunet.data.readers.tables import read_parquet
from keras_stunet.data.readers.tables import text_table
from keras_stunet.data.readers.timestamps import read_times
from keras_stunet.messages import counted
from keras_stunet.messages import listed


def with_covariates(series, covariates=(), static=None, **form):
    """A series with covariates and with what its sensors are, from files.

    Args:
        series: A `Series`, with timestamps if there are covariates.
        covariates: Files as `read_covariates` takes them.
        static: A file as `read_static` takes it, or `None`.
        **form: As in `read_covariates`.

    Returns:
        A `Series`.

    Raises:
        OSError: If a file cannot be opened.
        ValueError: If one is damaged, lacks a time or sensor, or has an
            unknown sensor.
    """
    names = series.node_ids
    names = range(series.num_nodes) if names is None else names
    names = [str(name) for name in names]
    found = {}
    if covariates:
        if series.timestamps is None:
            raise ValueError(
                f"{series.name!r} has no timestamps, by which covariates are "
                "found. Give the times of its readings."
            )
        frames = [read_covariates(path, **form) for path in covariates]
        times = with_times_ahead(series.timestamps, frames, series.utc_offset)
        columns = covariates_at(
            frames, times, names, series.utc_offset, len(series.timestamps)
        )
        found["covariates"] = columns
    if static is not None:
        found["static"] = read_static(static, names, **form)
    return dataclasses.replace(series, **found)


def read_covariates(path, text=(), **form):
    """What is known in advance, from a csv or parquet file.

    Its first column holds times, as `read_values` takes them; the others a
    covariate each: numbers, or text if one of its cells is none or all are
    empty. A second column that is called
    sensor (or station, detector, node, also with `_id`, or id) makes it a
    table by time and sensor. A row holds until the next one is due: hourly
    values may go with readings of five minutes.

    Args:
        path: The file.
        text: Names of columns that are text, whatever their cells look like.
        **form: What it does not say itself: `separator`, `decimal` and
            `date_format` of `FileForm`.

    Returns:
        A data frame in order of time: the `DatetimeIndex` has no time zone
        (its offset is in `attrs`), and the columns are covariates, or two
        levels, covariate and sensor.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged or no such table; says the line.
    """
    path, form = check_file(path), _form(form)
    table = _table(path, form)
    headings, rows = table.head, table.body
    by_sensor = len(headings) > 2 and _is_sensor(headings[1])
    first = 2 if by_sensor else 1
    names = check_headings(path, headings[first:], "column")
    if not names or not len(rows):
        raise ValueError(
            f"{path} has {counted(len(headings), 'column')} and "
            f"{counted(len(rows), 'row')}; expected times, a column for each "
            "covariate, and a row a time."
        )
    written = rows.columns[0].to_pylist()
    times, offset = read_times(written, path, rows.place, form.date_format)
    columns = {
        name: _cells(rows, at) if name in text else _column(rows, at, name)
        for at, name in enumerate(names, first)
    }
    index = [pd.DatetimeIndex(times, name="time")]
    if by_sensor:
        index.append(_cells(rows, 1))
    keys = pd.MultiIndex.from_arrays(index) if by_sensor else index[0]
    twice = keys.duplicated()
    if twice.any():
        at = int(np.argmax(twice))
        raise ValueError(
            f"{rows.place(at)}: {listed([keys[at]])} was there before; "
            "expected one row of it."
        )
    frame = pd.DataFrame(columns, keys)
    if by_sensor:
        frame = frame.unstack()
        lacking = frame.isna()
        if lacking.to_numpy().any():
            row, column = np.argwhere(lacking.to_numpy())[0]
            raise ValueError(
                f"{path}: {frame.columns[column][1]!r} has no row at "
                f"{frame.index[row]}; expected one of each sensor at each "
                "time of the file."
            )
    frame = frame.sort_index()
    frame.attrs |= {UTC_OFFSET: offset, "source": str(path)}
    return frame


def read_static(path, node_ids, **form):
    """What sensors are, from a csv or parquet file.

    Args:
        path: The file: a column that is called sensor (or station, detector,
            node, also with `_id`, or id), and others of numbers or text.
        node_ids: `(N,)` names of the sensors.
        **form: As in `read_covariates`.

    Returns:
        `{name: (N,) array}`.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, a sensor is unknown, twice there or
            without a row.
    """
    path = check_file(path)
    table = _table(path, _form(form))
    headings, rows = table.head, table.body
    places = [at for at, name in enumerate(headings) if _is_sensor(name)]
    if len(places) != 1 or len(headings) < 2:
        raise ValueError(
            f"{path} has the headings {', '.join(headings)}; expected one "
            "called sensor, and others that say what a sensor is."
        )
    named = _cells(rows, places[0]).tolist()
    place = {name: at for at, name in enumerate(named)}
    node_ids = [str(name) for name in node_ids]
    if len(place) < len(named):
        at = next(i for i, name in enumerate(named) if place[name] != i)
        raise ValueError(
            f"{path}: the sensor {named[at]!r} has two rows; expected one."
        )
    for at, name in enumerate(named):
        if name not in node_ids:
            raise ValueError(
                f"{rows.place(at)}: the readings have no sensor {name!r}."
                f"{did_you_mean(name, node_ids)} Expected rows of their "
                f"sensors: {listed(node_ids)}."
            )
    lacking = [name for name in node_ids if name not in place]
    if lacking:
        raise ValueError(
            f"{path} has no row of {counted(len(lacking), 'sensor')}: "
            f"{listed(lacking)}. Expected one of each."
        )
    order = [place[name] for name in node_ids]
    others = [at for at in range(len(headings)) if at != places[0]]
    names = check_headings(path, [headings[at] for at in others], "column")
    return {
        name: _column(rows, at, name)[order]
        for at, name in zip(others, names, strict=True)
    }


def covariates_at(
    frames, times, node_ids, utc_offset=None, needed=None, wanted=None
):
    """The values of covariates at some times.

    Args:
        frames: Data frames as `read_covariates` returns them. Where several
            have a value, that of the first counts.
        times: `(rows,)` datetime64, on a clock.
        node_ids: `(N,)` names of the sensors.
        utc_offset: Hours that the clock is ahead of UTC, `None` where they
            are not known.
        needed: Number of the first times at which there must be a value; by
            default all.
        wanted: Names of covariates, by default those of the frames.

    Returns:
        `{name: (rows,) or (rows, N) array}`; where not all have a value after
        the needed ones, as many rows as all have.

    Raises:
        ValueError: If a covariate, sensor or value is missing.
    """
    node_ids = [str(name) for name in node_ids]
    times = np.asarray(times, "datetime64[us]")
    needed = len(times) if needed is None else needed
    frames = [_on_clock(frame, utc_offset) for frame in frames]
    if wanted is None:
        wanted = [x for f in frames for x in f.columns.unique(0)]
        twice = {x for x in wanted if wanted.count(x) > 1}
        if twice:
            raise ValueError(
                f"Two files have the covariate {sorted(twice)[0]!r}; expected "
                "each in one of them."
            )
    found, known = {}, len(times)
    for name in wanted:
        column, there = _values_at(name, frames, times, node_ids)
        if not there[:needed].all():
            _raise_missing(name, frames, times[:needed], there[:needed])
        found[name] = column
        known = min(known, int(np.argmin(np.append(there, False))))
    return {name: column[:known] for name, column in found.items()}


def with_times_ahead(timestamps, frames, utc_offset=None):
    """Times of a series, and those of later steps that frames reach to."""
    step = np.median(np.diff(timestamps)).astype("timedelta64[s]")
    last = min(
        (_on_clock(frame, utc_offset).index[-1] + _interval(frame))
        for frame in frames
    ).to_datetime64()
    ahead = np.arange(timestamps[-1] + step, last, step)
    return np.concatenate([timestamps, ahead.astype("datetime64[s]")])


def _values_at(name, frames, times, node_ids):
    # A column at times, and where it is known.
    there, column = np.zeros(len(times), bool), None
    for frame in frames:
        if name not in frame.columns.unique(0):
            continue
        values = frame[name]
        if values.ndim == 2:
            lacking = [x for x in node_ids if x not in values.columns]
            if lacking:
                raise ValueError(
                    f"{_source(frame)}: {name!r} is given for "
                    f"{counted(values.shape[1], 'sensor')}, and not for "
                    f"{listed(lacking)}. Expected one of each of the readings."
                )
            values = values[node_ids]
        index = values.index.to_numpy("datetime64[us]")
        place = np.searchsorted(index, times, side="right") - 1
        held = times - index[place] < _interval(frame).to_timedelta64()
        held = (place >= 0) & (held | (times == index[place]))
        found = values.to_numpy()[place]
        if column is None:
            column = found
        else:
            fill = (held & ~there).reshape(-1, *(1,) * (found.ndim - 1))
            column = np.where(fill, found, column)
        there |= held
    if column is None:
        names = [x for f in frames for x in f.columns.unique(0)]
        raise ValueError(
            f"There is no covariate {name!r}; there are "
            f"{listed(names) or 'none'}.{did_you_mean(name, names)} Give a "
            "file that has it (--covariates)."
        )
    return column, there


def _raise_missing(name, frames, times, there):
    missing = times[~there]
    last = max(
        (f.index[-1] for f in frames if name in f.columns.unique(0)),
        default=None,
    )
    ends = ""
    if last is not None and missing[0] > last.to_datetime64():
        ends = f" It ends at {last}, and is needed up to {_say(times[-1])}."
    raise ValueError(
        f"The covariate {name!r} is not known at "
        f"{counted(len(missing), 'time')}: {listed(map(_say, missing), 3)}."
        f"{ends} Give a row for each of these times (--covariates)."
    )


def _interval(frame):
    # How long a row holds: the most common time to the next.
    steps = np.diff(frame.index.to_numpy("datetime64[us]"))
    if not len(steps):
        return pd.Timedelta(0)
    found, counts = np.unique(steps, return_counts=True)
    return pd.Timedelta(found[np.argmax(counts)])


def _on_clock(frame, utc_offset):
    if not isinstance(frame.index, pd.DatetimeIndex):
        raise ValueError(
            f"{_source(frame)}: the rows are not all dated; expected a "
            "timestamp each, such as 2024-03-01 08:05, as the index."
        )
    frame = frame.sort_index()
    offset = frame.attrs.get(UTC_OFFSET)
    if offset is None and frame.index.tz is not None:
        offset = 0.0
        frame = frame.set_axis(frame.index.tz_convert("UTC").tz_localize(None))
    if offset is None or offset == utc_offset:
        return frame
    if utc_offset is None:
        raise ValueError(
            f"{_source(frame)}: the times have an offset from UTC, and those "
            "of the readings have none; expected both with one, or none."
        )
    moved = frame.set_axis(
        frame.index + pd.Timedelta(hours=utc_offset - offset)
    )
    moved.attrs |= frame.attrs | {UTC_OFFSET: utc_offset}
    return moved


def _form(form):
    known = {"separator", "decimal", "date_format"}
    return FileForm(**{key: x for key, x in form.items() if key in known})


def _table(path, form):
    name = unpacked_name(path)
    if name.endswith(".parquet"):
        return text_table(path, read_parquet(path))
    return read_csv(path, separator=form.separator, decimal=form.decimal)


def _is_sensor(heading):
    return heading.strip().lower() in SENSOR_WORDS


def _cells(rows, at):
    return np.array([x.strip() for x in rows.columns[at].to_pylist()], str)


def _column(rows, at, name):
    """A column of numbers; of text if a cell is none, or all are empty."""
    values, bad = rows.numbers([at])
    if bad.any():
        return _cells(rows, at)
    missing = ~np.isfinite(values[:, 0])
    if missing.all():
        return _cells(rows, at)
    if missing.any():
        raise ValueError(
            f"{rows.place(int(np.argmax(missing)))}: {name!r} is missing; "
            "expected a number in each row. What is only known of the past is "
            "a measurement, and not a covariate."
        )
    return values[:, 0]


def _source(frame):
    return frame.attrs.get("source", "`covariates`")


def _say(time):
    return str(time)[:16].replace("T", " ")
