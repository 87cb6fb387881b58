"""TensorFlow Datasets builder of the simulated freeway."""

import dataclasses

import numpy as np
import tensorflow_datasets as tfds

from keras_stunet.datasets.freeway.demand import STEPS_PER_DAY
from keras_stunet.datasets.freeway.network import build_network
from keras_stunet.datasets.freeway.simulation import DAYS
from keras_stunet.datasets.freeway.simulation import simulate


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

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "44 weekdays at 58 detectors."}
    BUILDER_CONFIGS = [
        Config(name="default", description="44 weekdays, seed 0."),
    ]

    def _info(self):
        n = len(build_network().sensors)
        steps = self.builder_config.days * STEPS_PER_DAY
        # Also packs well; without it, float64 is stored as float32.
        zlib = tfds.features.Encoding.ZLIB
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "speed": tfds.features.Tensor(
                        shape=(steps, n), dtype=np.float32, encoding=zlib
                    ),
                    "timestamps": tfds.features.Tensor(
                        shape=(steps,), dtype=np.int64
                    ),
                    "distances": tfds.features.Tensor(
                        shape=(n, n), dtype=np.float64, encoding=zlib
                    ),
                    "sensor_ids": tfds.features.Tensor(
                        shape=(n,), dtype=np.str_
                    ),
                    "coordinates": tfds.features.Tensor(
                        shape=(n, 2), dtype=np.float64, encoding=zlib
                    ),
                }
            ),
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        return {"series": self._generate_examples()}

    def _generate_examples(self):
        config = self.builder_config
        series = simulate(config.days, config.seed)
        example = series._asdict()
        example["timestamps"] = series.timestamps.astype(np.int64)
        example["sensor_ids"] = series.sensor_ids.astype(object)
        yield 0, example
