"""TensorFlow Datasets builder of PeMSD7."""

import dataclasses
import functools

import numpy as np
import tensorflow_datasets as tfds

from keras_stunet.datasets.pemsd7.published import get_published
from keras_stunet.datasets.pemsd7.reader import FILE_KEYS
from keras_stunet.datasets.pemsd7.reader import STEPS_PER_DAY
from keras_stunet.datasets.pemsd7.reader import find_files
from keras_stunet.datasets.pemsd7.reader import has_raw
from keras_stunet.datasets.pemsd7.reader import read_files
from keras_stunet.datasets.raw_folder import builder_folder
from keras_stunet.datasets.stored_series import VERSION
from keras_stunet.datasets.stored_series import series_features
from keras_stunet.datasets.stored_series import to_example


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """Which series to build.

    Args:
        series: "m" or "l", a key of `published.PUBLISHED`.
        num_stations: Number of stations N, `None` for the published one.
        num_days: Number of days, `None` for the published one.
        published_only: Whether to refuse files whose content differs from
            the published one.
    """

    series: str = "m"
    num_stations: int | None = None
    num_days: int | None = None
    published_only: bool = True


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds PeMSD7 as one example: a whole series with its stations.

    Windows and splits are a matter of reading, not of storage: the one split
    is named `series`. The files come from the folder that the environment
    variable `KERAS_STUNET_RAW_DIR` names, else from TensorFlow Datasets'
    `manual_dir`, else from their published addresses.

    Features: those of `reader.PeMSD7`, with the timestamps as int64 seconds
    since 1970-01-01 00:00 local time.
    """

    VERSION = tfds.core.Version(VERSION)
    RELEASE_NOTES = {
        "1.0.0": "Whole series of speeds, distances and stations.",
    }
    BUILDER_CONFIGS = [
        Config(name="m", series="m", description="PeMSD7(M), 228 stations."),
        Config(name="l", series="l", description="PeMSD7(L), 1,026 stations."),
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Optional: the files are downloaded. To use files at hand instead, "
        "put them, plain or gzipped, into this folder or its folders "
        "pemsd7_m and pemsd7_l under their published names: "
        "PeMSD7_V_228.csv, PeMSD7_W_228.csv and PeMSD7_M_Station_Info.csv, "
        "or PeMSD7_V_1026.csv and PeMSD7_W_1026.csv."
    )

    def _info(self):
        published = get_published(self.builder_config.series)
        n = self.builder_config.num_stations or published.num_stations
        days = self.builder_config.num_days or published.num_days
        return self.dataset_info_from_configs(
            features=series_features(
                days * STEPS_PER_DAY,
                n,
                ids="station_ids",
                matrices={"distances": np.float32},
            ),
            homepage="https://github.com/VeritasYin/STGCN_IJCAI-18",
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        config = self.builder_config
        published = get_published(config.series)
        holds = functools.partial(has_raw, config=config.series)
        folder = builder_folder(holds, dl_manager)
        if folder is None:
            sources = {key: getattr(published, key) for key in FILE_KEYS}
            files = dl_manager.download(
                {key: file.url for key, file in sources.items() if file}
            )
        else:
            files = find_files(folder, config.series)
        return {"series": self._generate_examples(files)}

    def _generate_examples(self, files):
        config = self.builder_config
        series = read_files(
            files,
            config.series,
            num_stations=config.num_stations,
            num_days=config.num_days,
            # TensorFlow Datasets checks a download only if `checksums.tsv`
            # has a line for it, and a raw folder not at all.
            published_only=config.published_only,
        )
        yield 0, to_example(series)
