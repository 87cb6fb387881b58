"""One record for a spatio-temporal series and the graph it lives on."""

import dataclasses

import numpy as np
import scipy.sparse

from keras_stunet.data.covariate_columns import check_rows
from keras_stunet.data.covariate_columns import checked_columns
from keras_stunet.data.series_archive import read_archive
from keras_stunet.data.series_archive import write_archive
from keras_stunet.data.series_checks import check_finite
from keras_stunet.data.series_checks import check_shape
from keras_stunet.data.series_checks import check_types
from keras_stunet.data.series_checks import checked_adjacency
from keras_stunet.data.series_checks import checked_mask
from keras_stunet.data.series_checks import checked_names
from keras_stunet.data.series_checks import checked_offset
from keras_stunet.data.series_checks import checked_timestamps
from keras_stunet.data.series_checks import without_one
from keras_stunet.messages import with_unit


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
        check_types(self)
        values = np.asarray(self.values, dtype=np.float32)
        if values.ndim not in (2, 3) or 0 in values.shape:
            raise ValueError(
                f"`values` of {self.name!r} has shape {values.shape}; expected "
                "(steps, nodes) or (steps, nodes, measurements), none of them "
                "0."
            )
        self._set("values", without_one(values))
        self._set("mask", checked_mask(self))
        check_finite(self)
        self._set("adjacency", checked_adjacency(self))
        self._set("timestamps", checked_timestamps(self))
        n = self.num_nodes
        if self.node_ids is not None:
            ids = np.asarray(self.node_ids).astype(str)
            check_shape(self, "node_ids", ids, (n,))
            self._set("node_ids", ids)
        if self.coordinates is not None:
            coordinates = np.asarray(self.coordinates, dtype=np.float64)
            check_shape(self, "coordinates", coordinates, (n, 2))
            self._set("coordinates", coordinates)
        if self.distances is not None:
            distances = np.asarray(self.distances, dtype=np.float64)
            check_shape(self, "distances", distances, (n, n))
            if np.isnan(distances).any():
                raise ValueError(
                    f"`distances` of {self.name!r} holds NaN; write infinity "
                    "where there is no path."
                )
            self._set("distances", distances)
        if self.utc_offset is not None:
            self._set("utc_offset", checked_offset(self))
        for key in ("measurements", "units"):
            if getattr(self, key) is not None:
                self._set(key, checked_names(self, key))
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
        check_rows(self.covariates, self.num_steps, repr(self.name))

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
