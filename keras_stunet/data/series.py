"""One record for a spatio-temporal series and the graph it lives on."""

import dataclasses
import warnings

import numpy as np
import pandas as pd
import scipy.sparse

from keras_stunet.data.series_archive import read_archive
from keras_stunet.data.series_archive import write_archive


@dataclasses.dataclass(frozen=True, eq=False)
class Series:
    """Readings of `N` sensors over time, with the graph among the sensors.

    Args:
        values: `(steps, N)`, in original units (mph for traffic speeds), kept
            as float32. Entries that `mask` marks as missing may hold anything,
            NaN included.
        adjacency: `(N, N)` edge weights, an array or a `scipy.sparse` matrix.
            May be directed.
        timestamps: `(steps,)` local wall-clock times, kept as
            `datetime64[s]`, strictly increasing. Gaps (weekends) are allowed.
        mask: `(steps, N)` booleans, `True` where a reading is present. `None`
            says that every entry is present.
        node_ids: `(N,)` names of the sensors, kept as strings.
        coordinates: `(N, 2)` latitude and longitude in degrees, kept as
            float64. NaN where unknown.
        distances: `(N, N)` distances that the adjacency was made from, kept as
            float64. Infinity says "no path".
        name: what to call the series in messages and reports.
        utc_offset: hours that the clock of `timestamps` is ahead of UTC.
            `None` where it is not known: local time.

    Arrays that already have the stated type are kept without a copy.

    Sensors are matched by their place alone: data frames, which name theirs,
    are for `from_arrays`.

    Raises:
        ValueError: if shapes disagree, a present reading is not finite, the
            adjacency holds NaN or infinity, time does not increase or has a
            time zone, `utc_offset` is no such number, or an argument is a
            data frame, or a masked array that hides something.

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

    def __post_init__(self):
        self._raise_for_frames()
        values = np.asarray(self.values, dtype=np.float32)
        if values.ndim != 2 or 0 in values.shape:
            raise ValueError(
                f"`values` of {self.name!r} has shape {values.shape}; expected "
                "(steps, nodes), neither of them 0. One reading per sensor "
                "and step: drop or select any feature axis first."
            )
        self._set("values", values)
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

    def __repr__(self):
        """Five lines: size, times, readings, graph and what else is known."""
        times = "none"
        if self.timestamps is not None:
            first, last = (str(self.timestamps[at])[:16] for at in (0, -1))
            times = f"{first} to {last}".replace("T", " ")
        present = np.ones(self.values.shape, bool)
        if self.mask is not None:
            present = self.mask
        readings = "none"
        if present.any():
            least = self.values.min(where=present, initial=np.inf)
            most = self.values.max(where=present, initial=-np.inf)
            readings = f"{least:g} to {most:g}"
        graph = scipy.sparse.csr_array(self.adjacency)
        graph.eliminate_zeros()
        directed = (graph != graph.T).nnz > 0
        others = ("node_ids", "coordinates", "distances", "utc_offset")
        known = [name for name in others if getattr(self, name) is not None]
        return (
            f"Series {self.name!r}: {self.num_steps:,} steps of "
            f"{self.num_nodes:,} sensors\n"
            f"  times: {times}\n"
            f"  readings: {readings}, {1 - present.mean():.1%} missing\n"
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

    def _set(self, key, value):
        object.__setattr__(self, key, value)

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
                "= (steps, nodes). Give both in the same order of sensors "
                "and steps."
            )

    def _checked_mask(self):
        if self.mask is None:
            return None
        mask = np.asarray(self.mask)
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
            step, node = np.argwhere(bad)[0]
            raise ValueError(
                f"`values` of {self.name!r} holds {int(bad.sum())} NaN or "
                f"infinite entries marked as present, the first at step "
                f"{step}, node {node}. Expected finite readings: pass "
                "`mask=np.isfinite(values)` to declare them missing."
            )

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
