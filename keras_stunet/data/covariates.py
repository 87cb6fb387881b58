"""Covariates as inputs: scaled and in categories, by the training part alone.

Numbers are scaled by their mean and deviation over the training rows; of what
does not change with time over the sensors. Text becomes categories, those of
the training rows, with a 0/1 feature for each.
"""

from typing import NamedTuple

import numpy as np

from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user


class Encoding(NamedTuple):
    """How columns become features, ready for JSON.

    Attributes:
        covariates: A dict for each column: its `name`, and `mean` and `std`
            or `categories`.
        static: The same of what sensors are.
    """

    covariates: list
    static: list


class CovariateRows(NamedTuple):
    """Covariates of each row of a series, and what its sensors are.

    Attributes:
        values: `(rows, N, E)` float32; or `(rows, 1, E)`, the same at all
            sensors.
        names: Names of the E features.
        static: `(N, S)` float32.
        static_names: Names of the S features.
        future: Whether those of the steps ahead are a second input. Else each
            step of the history has those of `horizon` steps later beside its
            own.
    """

    values: np.ndarray
    names: tuple
    static: np.ndarray
    static_names: tuple
    future: bool = False

    def check(self, num_steps, num_nodes):
        """Raise unless they are of a series of this size.

        Raises:
            ValueError: If they are not.
        """
        rows, nodes, _ = self.values.shape
        if (
            rows != num_steps
            or nodes not in (1, num_nodes)
            or len(self.static) != num_nodes
        ):
            raise ValueError(
                f"`covariates` has values of shape {self.values.shape} and "
                f"static ones of {self.static.shape}; expected ({num_steps}, "
                f"1 or {num_nodes}, E) and ({num_nodes}, S)."
            )


def fit_encoding(series, rows):
    """The `Encoding` of a series, by the rows of its training part.

    Args:
        series: A `Series`.
        rows: Rows that training windows cover.

    Returns:
        An `Encoding`; `None` for a series without such columns.
    """
    if series.covariates is None and series.static is None:
        return None
    covariates = series.covariates or {}
    return Encoding(
        [_fit(name, column[rows]) for name, column in covariates.items()],
        [_fit(name, column) for name, column in (series.static or {}).items()],
    )


def encode(covariates, static, encoding, num_steps, num_nodes, future=False):
    """Columns as `CovariateRows`.

    Args:
        covariates: `{name: (rows,) or (rows, N)}`.
        static: `{name: (N,)}`.
        encoding: The `Encoding` of their training part.
        num_steps: Number of rows.
        num_nodes: Number of sensors N.
        future: As in `CovariateRows`.

    Returns:
        `CovariateRows`. A category that training did not have is none of its
        categories, with a warning.

    Raises:
        ValueError: If the columns are not those of the encoding, or text
            stands for a number.
    """
    for names, columns in zip(encoding, (covariates, static), strict=True):
        names = [entry["name"] for entry in names]
        if sorted(names) != sorted(columns or {}):
            raise ValueError(
                f"The covariates are {listed(columns or ['none'])}; expected "
                f"those of the training: {listed(names or ['none'])}."
            )
    parts = [_encoded(covariates[e["name"]], e) for e in encoding.covariates]
    parts = [x[:, None] if x.ndim == 2 else x for x in parts]
    nodes = max((x.shape[1] for x in parts), default=1)
    parts = [np.broadcast_to(x, (len(x), nodes, x.shape[2])) for x in parts]
    of_sensors = [_encoded(static[e["name"]], e) for e in encoding.static]
    parts.insert(0, np.zeros((num_steps, nodes, 0), np.float32))
    of_sensors.insert(0, np.zeros((num_nodes, 0), np.float32))
    return CovariateRows(
        np.concatenate(parts, axis=-1),
        encoded_names(encoding.covariates),
        np.concatenate(of_sensors, axis=-1),
        encoded_names(encoding.static),
        future,
    )


def encoded_names(entries):
    """Names of the features that columns become.

    Args:
        entries: A part of an `Encoding`.

    Example:
    >>> encoded_names([{"name": "day", "categories": ["work", "feast"]}])
    ('day = work', 'day = feast')
    """
    names = []
    for entry in entries:
        if "categories" not in entry:
            names.append(entry["name"])
            continue
        names += [f"{entry['name']} = {x}" for x in entry["categories"]]
    return tuple(names)


def _fit(name, column):
    if column.dtype.kind == "U":
        return {"name": name, "categories": np.unique(column).tolist()}
    mean = float(column.mean(dtype=np.float64))
    std = float(column.std(dtype=np.float64))
    # What does not change in training is 0 there, and elsewhere what it is
    # off by.
    return {"name": name, "mean": mean, "std": std if std > 0 else 1.0}


def _encoded(column, entry):
    # (...,) to (..., E)
    is_text = column.dtype.kind == "U"
    if "categories" not in entry:
        if is_text:
            shown = str(column.flat[0])
            raise ValueError(
                f"{entry['name']!r} holds text, such as {shown!r}; expected "
                "numbers, as in training."
            )
        scaled = (column - entry["mean"]) / entry["std"]
        return scaled.astype(np.float32)[..., None]
    column = column if is_text else column.astype(str)
    known = np.array(entry["categories"], dtype=str)
    found = column[..., None] == known
    unseen = ~found.any(axis=-1)
    if unseen.any():
        warn_user(
            f"{entry['name']!r}: {listed(np.unique(column[unseen]))} did not "
            f"occur in training ({counted(int(unseen.sum()), 'time')}); taken "
            "as none of its categories."
        )
    return found.astype(np.float32)
