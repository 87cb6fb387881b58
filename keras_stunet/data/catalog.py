"""Series by name: the built-in data sets, or a file of one's own."""

import functools
import importlib
import os
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from keras_stunet.checks import did_you_mean
from keras_stunet.data.calendar import CALENDAR
from keras_stunet.data.published_series import beijing_air_series
from keras_stunet.data.published_series import freeway_series
from keras_stunet.data.published_series import metr_la_series
from keras_stunet.data.published_series import pemsd7_series
from keras_stunet.data.series import Series
from keras_stunet.datasets.registration import builder_class
from keras_stunet.datasets.stored_series import VERSION
from keras_stunet.messages import install_hint
from keras_stunet.messages import warn_user

DOWNLOADED = "downloaded by TensorFlow Datasets, or raw files"
BY_HAND = "raw files, by hand"


class Source(NamedTuple):
    """A built-in data set.

    Attributes:
        title: What it is, in a few words.
        sensors: Number of sensors.
        steps: Number of time steps.
        unit: Unit of the readings.
        origin: Where the data come from.
        load: `(raw_dir, data_dir)` to the `Series`.
        place: `(raw_dir, data_dir)` to where the data are on disk, or `None`.
        builder: `(data_dir)` to the TensorFlow Datasets builder.
        series: `(record, name)` to the `Series` of a record that its reader
            or builder gives.
        defaults: Options of `keras-stunet train` that the published protocol
            of this data set asks for; the others keep their own defaults,
            which are PeMSD7's: 34, 5 and 5 days.
    """

    title: str
    sensors: int
    steps: int
    unit: str
    origin: str
    load: Callable
    place: Callable
    builder: Callable
    series: Callable
    defaults: Mapping = MappingProxyType({})


def load_series(name, raw_dir=None, data_dir=None):
    """Load a built-in data set, or a series saved with `Series.save`.

    Args:
        name: A key of `SOURCES`, or the path of an `.npz` file.
        raw_dir: Folder of the published raw files. By default the one that
            `KERAS_STUNET_RAW_DIR` names; without it TensorFlow Datasets
            downloads and prepares the data set. The simulated freeway needs
            neither.
        data_dir: Folder where TensorFlow Datasets keeps its data.

    Returns:
        A `Series`. The adjacency of PeMSD7 is `gaussian_adjacency` of its
        distances in metres, with `sigma2=0.1`, `epsilon=0.5`, `unit=1e4`;
        that of the freeway the same of the shorter of both directions; that
        of METR-LA the directed weights of DCRNN, without self-loops.

    Raises:
        ValueError: For an unknown name (the nearest one is offered) or a bad
            file.
        FileNotFoundError: If a file or the raw files are not there.
    """
    check_dataset(name)
    if name.endswith(".npz"):
        return Series.load(name)
    source = SOURCES[name]
    here = raw_dir is not None or source.place(None, data_dir) is not None
    if not here and source.origin == DOWNLOADED:
        warn_user(
            f"No files of {name} were found, nor does KERAS_STUNET_RAW_DIR "
            "name a folder that has them: downloading them."
        )
    return source.load(raw_dir, data_dir)


def check_dataset(name):
    """Raise unless there is a data set, or an `.npz` file, of this name.

    Raises:
        ValueError: As `find_source`.
        FileNotFoundError: If there is no such file.
    """
    if not name.endswith(".npz"):
        find_source(name)
    elif not Path(name).is_file():
        raise FileNotFoundError(
            f"There is no file {name!r}. Expected a series saved with "
            f"`Series.save`, or one of {', '.join(SOURCES)}."
        )


def find_source(name):
    """The entry of `SOURCES` called `name`.

    Raises:
        ValueError: If there is none; the message names the nearest one.
    """
    if name in SOURCES:
        return SOURCES[name]
    hint = did_you_mean(name, SOURCES)
    if Path(name).suffix:
        hint = (
            " `read_series(readings, graph).save('own.npz')` makes one of "
            "files of your own (`keras_stunet.data`); a run folder of "
            "`keras-stunet train --values` has it as series.npz."
        )
    raise ValueError(
        f"The data set is {name!r}; expected one of {', '.join(SOURCES)}, or "
        f"the path of an .npz file.{hint}"
    )


def build_dataset(name, npz=None, raw_dir=None, data_dir=None):
    """Build a data set with TensorFlow Datasets.

    Args:
        name: A key of `SOURCES`.
        npz: File to write the series to as well, see `Series.save`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Returns:
        The folder that holds the data set.

    Raises:
        ValueError: For an unknown name, or files that are not the published
            ones.
        ImportError: If TensorFlow Datasets is not installed.
        OSError: If the files cannot be had or written.
    """
    source = find_source(name)
    if npz is not None:
        if not npz.endswith(".npz"):
            raise ValueError(f"{npz} does not end in .npz; name it so.")
        if not Path(npz).absolute().parent.is_dir():
            raise FileNotFoundError(f"The folder of {npz} is not there.")
    try:
        import tensorflow_datasets as tfds

        builder = source.builder(data_dir)
    except ImportError as error:
        raise ImportError(
            f"Building a data set needs TensorFlow Datasets ({error}). "
            + install_hint("tensorflow,datasets")
        ) from error
    config = tfds.download.DownloadConfig(manual_dir=raw_dir)
    builder.download_and_prepare(download_config=config)
    if npz is not None:
        source.load(raw_dir, data_dir).save(npz)
    return str(builder.data_path)


def _load_freeway(raw_dir, data_dir):
    from keras_stunet.datasets.freeway import simulate

    return freeway_series(simulate())


def _published(package, config, series, **said):
    """The `Source` of a data set with raw files.

    Args:
        package: Its folder of `datasets/`. That has `load(config, raw_dir,
            data_dir)`, `reader.has_raw(folder, config)` and a builder.
        config: The config of the builder, `None` where it has none.
        series: As in `Source`.
        **said: The other fields of it.
    """
    name = package if config is None else f"{package}/{config}"
    place = f"keras_stunet.datasets.{package}"

    def load(raw_dir, data_dir):
        module = importlib.import_module(place)
        return series(module.load(config, raw_dir, data_dir), name)

    def find(raw_dir, data_dir):
        has_raw = importlib.import_module(f"{place}.reader").has_raw
        has_raw = functools.partial(has_raw, config=config)
        return _place(name, has_raw, raw_dir, data_dir)

    def builder(data_dir):
        return builder_class(package)(config=config, data_dir=data_dir)

    return Source(
        **{"origin": DOWNLOADED, **said},
        load=load,
        place=find,
        builder=builder,
        series=series,
    )


def _place(name, has_raw, raw_dir, data_dir):
    """Folder of raw files, else where TensorFlow Datasets keeps the data."""
    from keras_stunet.datasets.raw_folder import environment_folder

    for folder in (raw_dir, environment_folder()):
        if folder is not None and has_raw(folder):
            return str(folder)
    # As TensorFlow Datasets chooses it, and the one version that it takes.
    own = os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")
    folder = Path(data_dir or own).expanduser() / name / VERSION
    return str(folder) if (folder / "dataset_info.json").is_file() else None


# DCRNN's windows and calendar, which ST-UNet's paper takes over.
METR_LA = MappingProxyType(
    {
        "protocol": "windows",
        "parts": (7, 1, 2),
        "calendar": ("time_of_day",),
        "units": 96,
    }
)

SOURCES = {
    "freeway": Source(
        title="simulated freeway network",
        sensors=58,
        steps=12_672,
        unit="mph",
        origin="computed in a few seconds",
        load=_load_freeway,
        place=lambda raw_dir, data_dir: "computed when asked for",
        builder=lambda data_dir: builder_class("freeway")(data_dir=data_dir),
        series=freeway_series,
    ),
    "pemsd7/m": _published(
        "pemsd7",
        "m",
        pemsd7_series,
        title="PeMSD7(M): freeways of Los Angeles, 2012",
        sensors=228,
        steps=12_672,
        unit="mph",
    ),
    "pemsd7/l": _published(
        "pemsd7",
        "l",
        pemsd7_series,
        title="PeMSD7(L): freeways of Los Angeles, 2012",
        sensors=1_026,
        steps=12_672,
        unit="mph",
    ),
    "metr_la/full": _published(
        "metr_la",
        "full",
        metr_la_series,
        title="METR-LA: highways of Los Angeles, 2012",
        sensors=207,
        steps=34_272,
        unit="mph",
        defaults=METR_LA,
    ),
    "metr_la/part29": _published(
        "metr_la",
        "part29",
        metr_la_series,
        title="METR-LA: 29 of its sensors",
        sensors=29,
        steps=34_272,
        unit="mph",
        defaults=METR_LA,
    ),
    "beijing_air/full": _published(
        "beijing_air",
        "full",
        beijing_air_series,
        title="Beijing air: pollutants and weather, hourly, 2013 to 2017",
        sensors=12,
        steps=35_064,
        unit="ug/m3",
        origin=BY_HAND,
        defaults={"protocol": "windows", "calendar": CALENDAR},
    ),
}
