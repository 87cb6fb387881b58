"""A run: its folder, what it was started with, its data and its model."""

import contextlib
import dataclasses
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import scipy.sparse

from keras_stunet.data import Series
from keras_stunet.data.catalog import SOURCES
from keras_stunet.data.catalog import load_series
from keras_stunet.data.covariates import Encoding
from keras_stunet.evaluation.intervals import Intervals
from keras_stunet.files import atomic_write
from keras_stunet.files import read_json
from keras_stunet.files import write_json
from keras_stunet.files import write_text
from keras_stunet.messages import warn_user
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.runs.digests import series_sha256
from keras_stunet.training.runs.folder import CONFIG
from keras_stunet.training.runs.folder import RECORD
from keras_stunet.training.runs.folder import SENSORS
from keras_stunet.training.runs.folder import SERIES
from keras_stunet.training.runs.folder import TABLE
from keras_stunet.training.runs.folder import as_decided
from keras_stunet.training.runs.folder import check_folder
from keras_stunet.training.runs.folder import read_config
from keras_stunet.training.runs.folder import read_metrics
from keras_stunet.training.runs.folder import write_config
from keras_stunet.training.runs.run_data import run_windows

RESUME = "Go on with the run: `keras-stunet train ... --resume`."
# What `sensors.json` says, by the names of the attributes.
NEEDED = ("sensors", "minutes_per_step", "fill", "unit", "sha256")
KNOWN = (*NEEDED, "std", "utc_offset", "measurements", "units", "targets")
KNOWN += ("covariates", "static")


@dataclasses.dataclass
class Run:
    """One run, from its first check to its forecasts.

    `Run.open` holds the folder of a run that is to be made or gone on with;
    `load_run` reads one that has a model.

    Attributes:
        folder: The run folder.
        config: What the run was started with, from `config.json`.
        sha256: Check sum of the series, see `run_data.series_sha256`.
        sensors: Names of the N sensors, in the model's order.
        minutes_per_step: Minutes between two readings.
        fill: What stands for a missing reading: the training mean, a number;
            of D measurements D numbers; by sensor lists of N times D.
        std: Standard deviation of the training readings likewise, `None` in
            runs of before it was kept.
        unit: Unit of the first target, `None` where unknown.
        utc_offset: Hours that the clock of the training data is ahead of
            UTC, `None` where they did not say.
        measurements: Names of the D measurements, `None` for one without.
        units: Their units, `""` where unknown; `None` where none is known.
        targets: Names of the measurements that are forecast, `None` where
            there is one.
        covariates: How covariates become features, a part of an `Encoding`;
            `None` where there are none.
        static: Likewise what sensors are, as `columns`, and their `values`.
        model: The model that was best on validation.
        metrics: Of `metrics.json`, `None` before the run is scored.
        finished: Whether the last file of the run is there, too.
        dataset: What the series is loaded from, by default what the
            configuration names.
        graph: File with the graph, where it is not that of the data set.
        devices: What `open_devices` found; of several processes, one writes.
        intervals: `Intervals` around its forecasts, once `intervals_of` was
            asked for them.
    """

    folder: Path
    config: dict
    sha256: str | None = None
    sensors: list[str] | None = None
    minutes_per_step: float | None = None
    fill: float | list | None = None
    std: float | list | None = None
    unit: str | None = None
    utc_offset: float | None = None
    measurements: list[str] | None = None
    units: list[str] | None = None
    targets: list[str] | None = None
    covariates: list | None = None
    static: dict | None = None
    model: keras.Model | None = None
    metrics: dict | None = None
    finished: bool = False
    dataset: str | None = None
    graph: Path | None = None
    devices: OneDevice = dataclasses.field(default_factory=OneDevice)
    intervals: Intervals | None = dataclasses.field(default=None, repr=False)
    _series: Series | None = dataclasses.field(default=None, repr=False)
    _own: bool = False

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder, config, resume, last, series=None, devices=None):
        """Hold a folder while a run in it is made or gone on with.

        Nothing is written before `start`.

        Args:
            folder: The run folder; it need not exist.
            config: From `run_config`.
            resume: Whether a run in the folder is gone on with.
            last: Name of the last file that such a run writes.
            series: The `Series`, where it is in no file.
            devices: What `open_devices` found, by default one device.

        Yields:
            The `Run`.

        Raises:
            ValueError: If the folder holds another run, or one of other
                data, or `resume` is off; or if processes differ.
            OSError: If another process holds the folder, or it cannot be
                written.
        """
        devices = devices or OneDevice()
        with devices.lock(folder) as folder:
            config = as_decided(folder, config)
            check_folder(folder, config, resume)
            if (folder / CONFIG).exists():  # what was said then still holds
                before = read_config(folder / CONFIG)
                said = {key: before[key] for key in RECORD if key in before}
                config = {**said, **config}
            run = cls(folder, config, devices=devices)
            if series is not None:
                run._take(series)
                run._own = True
            run.metrics = read_metrics(folder)
            run.finished = run.metrics is not None and (folder / last).exists()
            alike = {**config, "dataset": None}  # a file may lie elsewhere
            devices.agree(
                "options or run folder", [alike, run.metrics, run.finished]
            )
            yield run

    def series(self, raw_dir=None, data_dir=None):
        """The series of the run, loaded and hashed once.

        Args:
            raw_dir: As in `load_series`.
            data_dir: As in `load_series`.

        Raises:
            ValueError: If the data are not those that the run was started
                with, or a file is damaged.
            FileNotFoundError: If the data are gone.
        """
        if self._series is None:
            dataset = self.dataset or self.config["dataset"]
            series = load_series(dataset, raw_dir, data_dir)
            if self.graph is not None:
                graph = scipy.sparse.csr_array(
                    scipy.sparse.load_npz(self.graph)
                )
                series = dataclasses.replace(series, adjacency=graph)
            self._take(series)
        return self._series

    def windows(self, raw_dir=None, data_dir=None):
        """The `Splits` that the run is trained and scored on.

        Raises:
            ValueError: As `series`; if processes have other data, or a split
                has nothing to score.
            FileNotFoundError: If the data are gone.
        """
        series = self.series(raw_dir, data_dir)
        self.devices.agree("data", self.sha256)
        return run_windows(series, self.config, self.encoding)

    def start(self, splits=None):
        """Write what the run is started with.

        That is `config.json`; with windows also `sensors.json`, for
        forecasts; and a copy of a series that is in no file.
        """
        if not self.devices.writes:
            return
        write_config(self.folder, self.config)
        if splits is None:
            return
        series, source = self._series, self.config["source"]
        names = series.node_ids
        names = range(series.num_nodes) if names is None else names
        self.sensors = [str(name) for name in names]
        self.minutes_per_step = splits.train.minutes_per_step
        self.fill, self.std = (
            np.asarray(x).tolist() for x in (splits.mean, splits.std)
        )
        several = series.num_measurements > 1
        if several or series.measurements is not None:
            self.measurements = series.measurement_names
        if series.units is not None:
            self.units = series.units.tolist()
        self.targets = list(splits.train.target_names) if several else None
        self.unit = self.config.get("unit")
        if self.unit is None and source:
            self.unit = SOURCES[source].unit
        if self.unit is None and self.units:
            self.unit = self.units[splits.train.targets[0]] or None
        self.utc_offset = series.utc_offset
        if splits.encoding is not None:
            self.covariates = splits.encoding.covariates or None
            values = {k: x.tolist() for k, x in (series.static or {}).items()}
            if values:
                columns = splits.encoding.static
                self.static = {"columns": columns, "values": values}
        sensors = {name: getattr(self, name) for name in KNOWN}
        write_json(self.folder / SENSORS, sensors)
        copy = self.folder / SERIES
        if self._own and not copy.exists():
            with atomic_write(copy) as temporary:
                series.save(temporary)

    @property
    def encoding(self):
        """How covariates become features; `None` where that is not known."""
        if self.covariates is None and self.static is None:
            return None
        static = {} if self.static is None else self.static
        return Encoding(self.covariates or [], static.get("columns", []))

    @property
    def columns(self):
        """What a table of readings has a column for, in the model's order.

        That is each sensor; of several measurements each of them, in two
        levels: measurement and sensor.
        """
        if self.targets is None:
            return pd.Index(self.sensors)
        return pd.MultiIndex.from_product([self.measurements, self.sensors])

    @property
    def target_units(self):
        """Units of several targets by name, as far as they are known."""
        if self.targets is None or self.units is None:
            return {}
        units = dict(zip(self.measurements, self.units, strict=True))
        return {target: units[target] for target in self.targets}

    def write_table(self, table):
        """Write `table.md`, and return it."""
        write_text(self.folder / TABLE, table)
        return table

    @staticmethod
    def draw(save_pictures, progress=False):
        """Call what draws, or warn that a library it needs is missing."""
        if progress:
            print("Drawing the pictures.", flush=True)
        try:
            save_pictures()
        except ImportError as error:
            warn_user(f"The run is whole but for its pictures. {error}")

    def _take(self, series):
        found = series_sha256(series)
        path = self.folder / SENSORS
        before = self.sha256
        if before is None and path.exists():
            before = read_json(path, RESUME).get("sha256", "")
        if before not in (None, found):
            raise ValueError(
                f"The data are not those that the run in {self.folder} was "
                "started with: readings, gaps, times, sensors or graph "
                "differ. Give the same data, or train in another folder "
                "(--out)."
            )
        self.sha256, self._series = found, series
