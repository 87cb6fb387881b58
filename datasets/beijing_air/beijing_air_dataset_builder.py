"""TensorFlow Datasets builder of Beijing's air."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_stunet.datasets.beijing_air.published import HOMEPAGE
from keras_stunet.datasets.beijing_air.published import LAST
from keras_stunet.datasets.beijing_air.published import MEASUREMENTS
from keras_stunet.datasets.beijing_air.published import STATIONS
from keras_stunet.datasets.beijing_air.published import hours
from keras_stunet.datasets.beijing_air.reader import find_files
from keras_stunet.datasets.beijing_air.reader import has_raw
from keras_stunet.datasets.beijing_air.reader import read_files
from keras_stunet.datasets.raw_folder import builder_folder
from keras_stunet.datasets.stored_series import VERSION
from keras_stunet.datasets.stored_series import tensor
from keras_stunet.datasets.stored_series import to_example


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """Up to which hour to build.

    Args:
        last: The last hour, such as "2013-03-02T23".
    """

    last: str = LAST


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds Beijing's air as one example: a whole series.

    Windows and splits are a matter of reading, not of storage: the one split
    is named `series`. The files come from the folder that the environment
    variable `KERAS_STUNET_RAW_DIR` names, else from TensorFlow Datasets'
    `manual_dir`.

    Features: those of `reader.BeijingAir`, with the timestamps as int64
    seconds since 1970-01-01 00:00 local time.
    """

    VERSION = tfds.core.Version(VERSION)
    RELEASE_NOTES = {"1.0.0": "Whole series of eleven measurements."}
    BUILDER_CONFIGS = [
        Config(name="full", description="All 35,064 hours."),
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        f"Get the archive from {HOMEPAGE} and put its twelve files "
        "PRSA_Data_*_20130301-20170228.csv, plain or gzipped, into this "
        "folder or its folder beijing_air."
    )

    def _info(self):
        steps = len(hours(last=self.builder_config.last))
        n = len(STATIONS)
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "values": tensor((steps, n, len(MEASUREMENTS)), np.float32),
                    "timestamps": tfds.features.Tensor(
                        shape=(steps,), dtype=np.int64
                    ),
                    "station_names": tfds.features.Tensor(
                        shape=(n,), dtype=np.str_
                    ),
                }
            ),
            homepage=HOMEPAGE,
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        folder = builder_folder(has_raw, dl_manager)
        if folder is None:
            raise FileNotFoundError(
                f"No files of Beijing air. {self.MANUAL_DOWNLOAD_INSTRUCTIONS}"
            )
        return {"series": self._generate_examples(find_files(folder))}

    def _generate_examples(self, files):
        timestamps = hours(last=self.builder_config.last)
        yield 0, to_example(read_files(files, timestamps=timestamps))
