"""Checks of what makes a `Series`, with what to give instead."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import scipy.sparse

ALL = "all"  # in the place of a measurement: every one


def check_types(series):
    """Raise for data frames and masked arrays, which would lose something."""
    for field in dataclasses.fields(series):
        if isinstance(getattr(series, field.name), pd.DataFrame):
            raise ValueError(
                f"`{field.name}` of {series.name!r} is a data frame, whose "
                "labels would be lost. `keras_stunet.data.from_arrays` "
                "takes readings with their labels; or give "
                "`.to_numpy()`, all in one order of sensors."
            )
        if _hides(getattr(series, field.name)):
            raise ValueError(
                f"`{field.name}` of {series.name!r} is a masked array, whose "
                "mask would be lost. `keras_stunet.data.from_arrays` takes "
                "what it hides as missing."
            )


def _hides(given):
    """Whether masked arrays, of a dict or as rows too, hide something."""
    if isinstance(given, dict):
        return any(map(_hides, given.values()))
    if isinstance(given, (list, tuple)):
        return any(map(np.ma.is_masked, given))
    return np.ma.is_masked(given)


def check_shape(series, key, array, expected):
    """Raise unless an array has the shape that it must."""
    if array.shape != expected:
        raise ValueError(
            f"`{key}` of {series.name!r} has shape {array.shape}; expected "
            f"{expected}, because `values` has shape {series.values.shape} "
            f"= (steps, nodes{', measurements' * (series.values.ndim > 2)}). "
            "Give both in the same order of sensors and steps."
        )


def checked_mask(series):
    """The mask as booleans of the shape of the values, or `None`."""
    if series.mask is None:
        return None
    mask = without_one(np.asarray(series.mask))
    check_shape(series, "mask", mask, series.values.shape)
    if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
        raise ValueError(
            f"`mask` of {series.name!r} holds values other than 0 and 1 "
            f"(dtype {mask.dtype}); expected booleans, True where a "
            "reading is present."
        )
    return mask.astype(bool, copy=False)


def check_finite(series):
    """Raise if a reading that is present is not finite."""
    bad = ~np.isfinite(series.values)
    if series.mask is not None:
        bad &= series.mask
    if bad.any():
        step, node, *measurement = np.argwhere(bad)[0]
        of = f", measurement {measurement[0]}" if measurement else ""
        raise ValueError(
            f"`values` of {series.name!r} holds {int(bad.sum())} NaN or "
            f"infinite entries marked as present, the first at step "
            f"{step}, node {node}{of}. Expected finite readings: pass "
            "`mask=np.isfinite(values)` to declare them missing."
        )


def checked_names(series, key):
    """Names or units of the measurements, as an array of texts."""
    names = np.atleast_1d(np.asarray(getattr(series, key))).astype(str)
    check_shape(series, key, names, (series.num_measurements,))
    if key == "measurements" and (
        len(set(names)) < len(names) or {"", ALL} & set(names)
    ):
        raise ValueError(
            f"`measurements` of {series.name!r} are {names.tolist()}; "
            "expected a name of its own for each, and none of them "
            f"{ALL!r}, which stands for all together."
        )
    return names


def checked_adjacency(series):
    """The adjacency, of finite weights."""
    adjacency = series.adjacency
    if not scipy.sparse.issparse(adjacency):
        adjacency = np.asarray(adjacency)
    check_shape(series, "adjacency", adjacency, (series.num_nodes,) * 2)
    weights = (
        adjacency.tocoo().data
        if scipy.sparse.issparse(adjacency)
        else adjacency
    )
    if weights.dtype.kind not in "biuf" or not np.isfinite(weights).all():
        raise ValueError(
            f"`adjacency` of {series.name!r} (dtype {weights.dtype}) must "
            "hold finite real weights. Write 0 where there is no edge."
        )
    return adjacency


def checked_offset(series):
    """Hours ahead of UTC, as a float."""
    offset = np.asarray(series.utc_offset)
    number = not offset.shape and offset.dtype.kind in "iuf"
    if not number or not abs(offset) <= 14:  # NaN is not
        raise ValueError(
            f"`utc_offset` of {series.name!r} is {series.utc_offset!r}; "
            "expected hours from -14 to 14, such as 5.5, or None."
        )
    return float(offset)


def checked_timestamps(series):
    """Timestamps as `datetime64[s]` that increase, or `None`."""
    if series.timestamps is None:
        return None
    timestamps = np.asarray(series.timestamps)
    if timestamps.dtype.kind not in "MSUO":
        raise ValueError(
            f"`timestamps` of {series.name!r} has dtype {timestamps.dtype}; "
            "expected datetime64 (or ISO strings), in local time. "
            "Convert numbers with `np.array(x, 'datetime64[s]')`."
        )
    # NumPy would make UTC of times with an offset, and only warn.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            timestamps = timestamps.astype("datetime64[s]")
        except Warning as error:
            raise ValueError(
                f"`timestamps` of {series.name!r} have a UTC offset; "
                "expected local times without one. Take it off "
                "(`index.tz_localize(None)`), or use "
                "`keras_stunet.data.from_arrays`."
            ) from error
    check_shape(series, "timestamps", timestamps, (series.num_steps,))
    if (
        np.isnat(timestamps).any()
        or (np.diff(timestamps) <= np.timedelta64(0)).any()
    ):
        raise ValueError(
            f"`timestamps` of {series.name!r} must increase strictly and "
            "hold no NaT. Sort the rows and drop duplicates first."
        )
    return timestamps


def without_one(array):
    """(steps, N, 1) as (steps, N): one measurement has one form."""
    return array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
