"""Columns of a series beside its readings: covariates, and what sensors are.

A column holds numbers, or text that stands for categories.
"""

from collections.abc import Mapping

import numpy as np


def checked_columns(columns, shapes, what, taken=()):
    """Columns as arrays, after a check.

    Args:
        columns: `{name: array}`.
        shapes: The shapes that an array may have; `None` in one stands for
            any size, the same of all columns.
        what: What they are and of which series, for messages.
        taken: Names that other columns have.

    Returns:
        `{name: array}` of float32 or text; `None` if there are none.

    Raises:
        ValueError: If a name or shape does not fit, or a number is not
            finite.

    Example:
    >>> found = checked_columns({"lanes": [2, 3]}, [(2,)], "`static`")
    >>> found["lanes"].tolist()
    [2.0, 3.0]
    """
    if not isinstance(columns, Mapping):
        raise ValueError(
            f"{what} are a {type(columns).__name__}; expected a dict of an "
            "array for each name."
        )
    found = {}
    for name, column in columns.items():
        name = str(name)
        if not name or name in found or name in taken:
            raise ValueError(
                f"{what}: there are two columns {name!r}, or one is the name "
                "of a measurement; expected a name of its own for each."
            )
        found[name] = _checked(np.asarray(column), f"{what}, {name!r}")
    sizes = {column.shape[0] for column in found.values() if column.shape}
    for name, column in found.items():
        fits = any(_fits(column.shape, shape) for shape in shapes)
        if not fits or len(sizes) > 1:
            wanted = " or ".join(
                str(shape).replace("None", "rows") for shape in shapes
            )
            raise ValueError(
                f"{what}, {name!r}: the shape is {column.shape}; expected "
                f"{wanted}, as many rows in all columns."
            )
    return found or None


def check_rows(columns, num_steps, name):
    """Raise unless covariates have a row for each step of a series.

    Args:
        columns: `{name: array}`.
        num_steps: Steps of the series.
        name: What to call it.

    Raises:
        ValueError: If they have fewer.
    """
    for column, values in (columns or {}).items():
        if len(values) < num_steps:
            raise ValueError(
                f"The covariate {column!r} of {name} has {len(values)} rows; "
                f"expected {num_steps}, one for each step of the readings, "
                "and perhaps more of later ones."
            )


def _checked(column, what):
    if column.dtype.kind == "O":
        texts = [isinstance(cell, str) for cell in column.flat]
        if all(texts):
            return column.astype(str)
        if any(texts):
            raise ValueError(
                f"{what}: text and numbers are mixed; expected one of both."
            )
    if column.dtype.kind in "US":
        return column.astype(str)
    try:
        column = column.astype(np.float32)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{what} holds {column.dtype}; expected numbers or text."
        ) from error
    if not np.isfinite(column).all():
        place = np.argwhere(~np.isfinite(column))[0].tolist()
        raise ValueError(
            f"{what} is not known at {place}; expected a finite number "
            "everywhere. What is only known of the past is a measurement."
        )
    return column


def _fits(found, wanted):
    return len(found) == len(wanted) and all(
        size in (None, have) for have, size in zip(found, wanted, strict=True)
    )
