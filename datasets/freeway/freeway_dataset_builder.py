"""TensorFlow Datasets builder of the simulated freeway."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_stunet.datasets.freeway.demand import STEPS_PER_DAY
from keras_stunet.datasets.freeway.network import build_network
from keras_stunet.datasets.freeway.simulation import DAYS
from keras_stunet.datasets.freeway.simulation import simulate
from keras_stunet.datasets.stored_series import VERSION
from keras_stunet.datasets.stored_series import series_features
from keras_stunet.datasets.stored_series import to_example


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """What to simulate.

    Args:
        days: Number of weekdays.
        seed: Of demand, incidents, weather and noise.
    """

    days: int = DAYS
    seed: int = 0


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds the simulated freeway as one example: a whole series.

    Windows and splits are a matter of reading, not of storage: the one split
    is named `series`. Nothing is downloaded.

    Features: those of `simulation.SimulatedFreeway`, with the timestamps as
    int64 seconds since 1970-01-01 00:00 local time and missing readings as
    NaN.
    """

    VERSION = tfds.core.Version(VERSION)
    RELEASE_NOTES = {"1.0.0": "44 weekdays at 58 detectors."}
    BUILDER_CONFIGS = [
        Config(name="default", description="44 weekdays, seed 0."),
    ]

    def _info(self):
        return self.dataset_info_from_configs(
            features=series_features(
                self.builder_config.days * STEPS_PER_DAY,
                len(build_network().sensors),
                ids="sensor_ids",
                matrices={"distances": np.float64},
            ),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        return {"series": self._generate_examples()}

    def _generate_examples(self):
        config = self.builder_config
        yield 0, to_example(simulate(config.days, config.seed))
