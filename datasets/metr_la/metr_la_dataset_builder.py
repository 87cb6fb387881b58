"""TensorFlow Datasets builder of METR-LA."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_stunet.datasets.metr_la.published import FILES
from keras_stunet.datasets.metr_la.published import NUM_SENSORS
from keras_stunet.datasets.metr_la.published import NUM_STEPS
from keras_stunet.datasets.metr_la.published import get_sensors
from keras_stunet.datasets.metr_la.reader import local_files
from keras_stunet.datasets.metr_la.reader import read_files
from keras_stunet.datasets.raw_folder import builder_folder
from keras_stunet.datasets.stored_series import VERSION
from keras_stunet.datasets.stored_series import series_features
from keras_stunet.datasets.stored_series import to_example

_DOWNLOADED = ("speed", "adjacency", "ids", "locations")


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """Which series to build.

    Args:
        selection: "full" or "part29", a key of `published.CONFIGS`.
        sensors: Ids of the sensors, `None` for those of the selection.
        num_sensors: Number of sensors in the files.
        num_steps: Number of steps.
        published_only: Whether to refuse files whose content differs from
            the published one.
    """

    selection: str = "full"
    sensors: tuple[str, ...] | None = None
    num_sensors: int = NUM_SENSORS
    num_steps: int = NUM_STEPS
    published_only: bool = True


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds METR-LA as one example: a whole series with its sensors.

    The files come from the folder that the environment variable
    `KERAS_STUNET_RAW_DIR` names, else from TensorFlow Datasets' `manual_dir`;
    those that are not there, from their published addresses.

    Features: those of `reader.MetrLA`, with the timestamps as int64 seconds
    since 1970-01-01 00:00 local time.
    """

    VERSION = tfds.core.Version(VERSION)
    RELEASE_NOTES = {
        "1.0.0": "Whole series of speeds with mask, graph and sensors.",
    }
    BUILDER_CONFIGS = [
        Config(name="full", description="All 207 sensors."),
        Config(
            name="part29",
            selection="part29",
            description="29 of the 207 sensors.",
        ),
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Optional: the files are downloaded. To use files at hand instead, "
        "put them, plain or gzipped, into this folder or its folder metr_la "
        "under their published names: metr-la.h5 or vel.csv, adj_mx.pkl or "
        "distances_la_2012.csv, graph_sensor_ids.txt and "
        "graph_sensor_locations.csv; for part29 also metr_la_34272x29.npz in "
        "place of the first."
    )

    def _info(self):
        config = self.builder_config
        sensors = config.sensors or get_sensors(config.selection)
        return self.dataset_info_from_configs(
            features=series_features(
                config.num_steps,
                len(sensors) if sensors else config.num_sensors,
                ids="sensor_ids",
                matrices={
                    "adjacency": np.float32,
                    "symmetric_adjacency": np.float32,
                },
                mask=True,
            ),
            homepage="https://github.com/liyaguang/DCRNN",
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        selection = self.builder_config.selection

        def holds(folder):
            return bool(local_files(folder, selection))

        folder = builder_folder(holds, dl_manager)
        files = {} if folder is None else local_files(folder, selection)
        wanted = set(_DOWNLOADED) - set(files)
        if "distances" in files:
            wanted.discard("adjacency")
        if wanted:
            urls = {key: FILES[key].url for key in sorted(wanted)}
            files |= dl_manager.download(urls)
        return {"series": self._generate_examples(files)}

    def _generate_examples(self, files):
        config = self.builder_config
        series = read_files(
            files,
            config.selection,
            sensors=config.sensors,
            num_sensors=config.num_sensors,
            num_steps=config.num_steps,
            published_only=config.published_only,
        )
        yield 0, to_example(series)
