"""One record for a spatio-temporal series and the graph it lives on."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import scipy.sparse

from keras_stunet.data.covariate_columns import checked_columns
from keras_stunet.data.series_archive import read_archive
from keras_stunet.data.series_archive import write_archive
from keras_stunet.messages import with_unit

ALL = "all"  # in the place of a measurement: every one


@dataclasses.dataclass(frozen=True, eq=False)
class Series:
    """Readings of `N` sensors over time, with the graph among the sensors.

    Args:
        values: `(steps, N)`, in original units (mph for traffic speeds), kept
            as float32; or `(steps, N, D)`, D measurements of each sensor.
            With D = 1 the last axis is dropped. Entries that `mask` marks as
            missing may hold anything, NaN included.
        adjacency: `(N, N)` edge weights, an array or a `scipy.sparse` matrix.
            May be directed.
        timestamps: `(steps,)` local wall-clock times, kept as
            `datetime64[s]`, strictly increasing. Gaps (weekends) are allowed.
        mask: booleans of the shape of `values`, `True` where a reading is
            present. `None` says that every entry is present.
        node_ids: `(N,)` names of the sensors, kept as strings.
        coordinates: `(N, 2)` latitude and longitude in degrees, kept as
            float64. NaN where unknown.
        distances: `(N, N)` distances that the adjacency was made from, kept as
            float64. Infinity says "no path".
        name: what to call the series in messages and reports.
        utc_offset: hours that the clock of `timestamps` is ahead of UTC.
            `None` where it is not known: local time.
        measurements: `(D,)` names of the measurements, kept as strings; for
            one a string will do.
        units: `(D,)` their units, `""` where unknown, kept as strings.
        covariates: what is known in advance, `{name: array}` of numbers or
            text (categories), `(rows,)` or `(rows, N)`. The rows are the
            steps, and as far as they are known those that follow.
        static: what a sensor is, `{name: array}`, `(N,)` likewise.

    Arrays that already have the stated type are kept without a copy.

    Sensors are matched by their place alone: data frames, which name theirs,
    are for `from_arrays`.

    Raises:
        ValueError: if shapes disagree, a present reading is not finite, the
            adjacency holds NaN or infinity, time does not increase or has a
            time zone, `utc_offset` is no such number, two measurements have
            one name, or an argument is a data frame, or a masked array that
            hides something.

    Example:
    >>> series = Series(
    ...     values=[[60.0, 55.0], [61.0, 54.0]],
    ...     adjacency=[[0.0, 1.0], [1.0, 0.0]],
    ... )
    >>> series.num_steps, series.num_nodes
    (2, 2)
    """

    values: np.ndarray
    adjacency: np.ndarray | scipy.sparse.sparray | scipy.sparse.spmatrix
    timestamps: np.ndarray | None = None
    mask: np.ndarray | None = None
    node_ids: np.ndarray | None = None
    coordinates: np.ndarray | None = None
    distances: np.ndarray | None = None
    name: str = "series"
    utc_offset: float | None = None
    measurements: np.ndarray | None = None
    units: np.ndarray | None = None
    covariates: dict | None = None
    static: dict | None = None

    def __post_init__(self):
        self._raise_for_frames()
        values = np.asarray(self.values, dtype=np.float32)
        if values.ndim not in (2, 3) or 0 in values.shape:
            raise ValueError(
                f"`values` of {self.name!r} has shape {values.shape}; expected "
                "(steps, nodes) or (steps, nodes, measurements), none of them "
                "0."
            )
        self._set("values", _without_one(values))
        self._set("mask", self._checked_mask())
        self._check_finite()
        self._set("adjacency", self._checked_adjacency())
        self._set("timestamps", self._checked_timestamps())
        n = self.num_nodes
        if self.node_ids is not None:
            ids = np.asarray(self.node_ids).astype(str)
            self._check_shape("node_ids", ids, (n,))
            self._set("node_ids", ids)
        if self.coordinates is not None:
            coordinates = np.asarray(self.coordinates, dtype=np.float64)
            self._check_shape("coordinates", coordinates, (n, 2))
            self._set("coordinates", coordinates)
        if self.distances is not None:
            distances = np.asarray(self.distances, dtype=np.float64)
            self._check_shape("distances", distances, (n, n))
            if np.isnan(distances).any():
                raise ValueError(
                    f"`distances` of {self.name!r} holds NaN; write infinity "
                    "where there is no path."
                )
            self._set("distances", distances)
        if self.utc_offset is not None:
            self._set("utc_offset", self._checked_offset())
        for key in ("measurements", "units"):
            if getattr(self, key) is not None:
                self._set(key, self._checked_names(key))
        self._set_columns()

    def __repr__(self):
        """Size, times, readings, graph and what else is known, a line each."""
        times = "none"
        if self.timestamps is not None:
            first, last = (str(self.timestamps[at])[:16] for at in (0, -1))
            times = f"{first} to {last}".replace("T", " ")
        graph = scipy.sparse.csr_array(self.adjacency)
        graph.eliminate_zeros()
        directed = (graph != graph.T).nnz > 0
        others = ("node_ids", "coordinates", "distances", "utc_offset")
        known = [name for name in others if getattr(self, name) is not None]
        known += [*(self.covariates or {}), *(self.static or {})]
        return (
            f"Series {self.name!r}: {self.num_steps:,} steps of "
            f"{self.num_nodes:,} sensors\n"
            f"  times: {times}\n"
            f"{self._readings()}"
            f"  graph: {graph.nnz:,} weights, "
            f"{'directed' if directed else 'undirected'}\n"
            f"  known: {', '.join(known) or 'no more'}"
        )

    @property
    def num_steps(self):
        """Number of time steps."""
        return self.values.shape[0]

    @property
    def num_nodes(self):
        """Number of sensors `N`."""
        return self.values.shape[1]

    @property
    def num_measurements(self):
        """Number of measurements `D` of each sensor."""
        return 1 if self.values.ndim == 2 else self.values.shape[2]

    @property
    def measurement_names(self):
        """Names of the measurements, by default `"reading"` or numbers."""
        if self.measurements is not None:
            return self.measurements.tolist()
        count = self.num_measurements
        return ["reading"] if count == 1 else [str(i) for i in range(count)]

    def save(self, path):
        """Write the series to one `.npz` file, without pickle.

        The file is written under a temporary name beside `path` and renamed
        when it is complete, so that `path` never holds half a series.
        """
        names = [field.name for field in dataclasses.fields(self)]
        write_archive(path, {name: getattr(self, name) for name in names})

    @classmethod
    def load(cls, path):
        """Read a series that `save` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file is cut short, damaged, or something else.
        """
        arrays = read_archive(path)
        return cls(**{**arrays, "name": str(arrays["name"])})

    def _set_columns(self):
        taken, n = self.measurement_names, self.num_nodes
        for key, shapes in (
            ("covariates", [(None,), (None, n)]),
            ("static", [(n,)]),
        ):
            columns = getattr(self, key)
            if columns is None:
                continue
            what = f"`{key}` of {self.name!r}"
            columns = checked_columns(columns, shapes, what, taken)
            self._set(key, columns)
            taken = [*taken, *(columns or {})]
        for name, column in (self.covariates or {}).items():
            if len(column) < self.num_steps:
                raise ValueError(
                    f"The covariate {name!r} of {self.name!r} has "
                    f"{len(column)} rows; expected {self.num_steps}, one for "
                    "each step of the readings, and perhaps more of later "
                    "ones."
                )

    def _set(self, key, value):
        object.__setattr__(self, key, value)

    def _readings(self):
        # Lines of the range and the gaps of each measurement.
        shape = (self.num_steps, self.num_nodes, self.num_measurements)
        values = self.values.reshape(shape)
        present = np.ones(shape, bool)
        if self.mask is not None:
            present = self.mask.reshape(shape)
        names = self.measurement_names
        if self.measurements is None:
            names = ["readings"] if len(names) == 1 else names
        units = [""] * len(names) if self.units is None else self.units
        lines = ""
        for at, (name, unit) in enumerate(zip(names, units, strict=True)):
            there = present[..., at]
            found = "none"
            if there.any():
                found = values[..., at][there]
                found = f"{found.min():g} to {found.max():g}"
            lines += f"  {with_unit(name, unit)}: {found}, "
            lines += f"{1 - there.mean():.1%} missing\n"
        return lines

    def _raise_for_frames(self):
        for field in dataclasses.fields(self):
            if isinstance(getattr(self, field.name), pd.DataFrame):
                raise ValueError(
                    f"`{field.name}` of {self.name!r} is a data frame, whose "
                    "labels would be lost. `keras_stunet.data.from_arrays` "
                    "takes readings with their labels; or give "
                    "`.to_numpy()`, all in one order of sensors."
                )
            if np.ma.is_masked(getattr(self, field.name)):
                raise ValueError(
                    f"`{field.name}` of {self.name!r} is a masked array, whose "
                    "mask would be lost. `keras_stunet.data.from_arrays` takes "
                    "what it hides as missing."
                )

    def _check_shape(self, key, array, expected):
        if array.shape != expected:
            raise ValueError(
                f"`{key}` of {self.name!r} has shape {array.shape}; expected "
                f"{expected}, because `values` has shape {self.values.shape} "
                f"= (steps, nodes{', measurements' * (self.values.ndim > 2)}). "
                "Give both in the same order of sensors and steps."
            )

    def _checked_mask(self):
        if self.mask is None:
            return None
        mask = _without_one(np.asarray(self.mask))
        self._check_shape("mask", mask, self.values.shape)
        if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
            raise ValueError(
                f"`mask` of {self.name!r} holds values other than 0 and 1 "
                f"(dtype {mask.dtype}); expected booleans, True where a "
                "reading is present."
            )
        return mask.astype(bool, copy=False)

    def _check_finite(self):
        bad = ~np.isfinite(self.values)
        if self.mask is not None:
            bad &= self.mask
        if bad.any():
            step, node, *measurement = np.argwhere(bad)[0]
            of = f", measurement {measurement[0]}" if measurement else ""
            raise ValueError(
                f"`values` of {self.name!r} holds {int(bad.sum())} NaN or "
                f"infinite entries marked as present, the first at step "
                f"{step}, node {node}{of}. Expected finite readings: pass "
                "`mask=np.isfinite(values)` to declare them missing."
            )

    def _checked_names(self, key):
        names = np.atleast_1d(np.asarray(getattr(self, key))).astype(str)
        self._check_shape(key, names, (self.num_measurements,))
        if key == "measurements" and (
            len(set(names)) < len(names) or {"", ALL} & set(names)
        ):
            raise ValueError(
                f"`measurements` of {self.name!r} are {names.tolist()}; "
                "expected a name of its own for each, and none of them "
                f"{ALL!r}, which stands for all together."
            )
        return names

    def _checked_adjacency(self):
        adjacency = self.adjacency
        if not scipy.sparse.issparse(adjacency):
            adjacency = np.asarray(adjacency)
        self._check_shape("adjacency", adjacency, (self.num_nodes,) * 2)
        weights = (
            adjacency.tocoo().data
            if scipy.sparse.issparse(adjacency)
            else adjacency
        )
        if weights.dtype.kind not in "biuf" or not np.isfinite(weights).all():
            raise ValueError(
                f"`adjacency` of {self.name!r} (dtype {weights.dtype}) must "
                "hold finite real weights. Write 0 where there is no edge."
            )
        return adjacency

    def _checked_offset(self):
        offset = np.asarray(self.utc_offset)
        number = not offset.shape and offset.dtype.kind in "iuf"
        if not number or not abs(offset) <= 14:  # NaN is not
            raise ValueError(
                f"`utc_offset` of {self.name!r} is {self.utc_offset!r}; "
                "expected hours from -14 to 14, such as 5.5, or None."
            )
        return float(offset)

    def _checked_timestamps(self):
        if self.timestamps is None:
            return None
        timestamps = np.asarray(self.timestamps)
        if timestamps.dtype.kind not in "MSUO":
            raise ValueError(
                f"`timestamps` of {self.name!r} has dtype {timestamps.dtype}; "
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
                    f"`timestamps` of {self.name!r} have a UTC offset; "
                    "expected local times without one. Take it off "
                    "(`index.tz_localize(None)`), or use "
                    "`keras_stunet.data.from_arrays`."
                ) from error
        self._check_shape("timestamps", timestamps, (self.num_steps,))
        if (
            np.isnat(timestamps).any()
            or (np.diff(timestamps) <= np.timedelta64(0)).any()
        ):
            raise ValueError(
                f"`timestamps` of {self.name!r} must increase strictly and "
                "hold no NaT. Sort the rows and drop duplicates first."
            )
        return timestamps


def _without_one(array):
    # (steps, N, 1) is kept as (steps, N), so that one measurement has one form.
    return array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array
