"""TensorFlow Datasets builder of moving-MNIST."""

import dataclasses
import functools

import numpy as np
import tensorflow_datasets as tfds
from etils import epath

from keras_stunet.datasets.moving_mnist.digits import FILES
from keras_stunet.datasets.moving_mnist.digits import find_digits
from keras_stunet.datasets.moving_mnist.digits import has_digits
from keras_stunet.datasets.moving_mnist.digits import read_digits
from keras_stunet.datasets.moving_mnist.loading import SIZES
from keras_stunet.datasets.moving_mnist.loading import SPLITS
from keras_stunet.datasets.moving_mnist.loading import draw_split
from keras_stunet.datasets.moving_mnist.motion import LENGTH
from keras_stunet.datasets.moving_mnist.official import NAME
from keras_stunet.datasets.moving_mnist.official import SEQUENCES
from keras_stunet.datasets.moving_mnist.official import find_official
from keras_stunet.datasets.moving_mnist.official import has_official
from keras_stunet.datasets.moving_mnist.official import read_official
from keras_stunet.datasets.raw_folder import builder_folder

FORMER_NAME = "moving_mnist"
"""A name that belongs to a data set of TensorFlow Datasets' own."""


@dataclasses.dataclass(eq=False)
class Config(tfds.core.BuilderConfig):
    """Which sequences to build.

    Args:
        size: Rows and columns of a frame: 64, 32 or 16.
        sequences: `{split: number of sequences}`, by default the published
            numbers.
        official: Whether to take the published test file instead of drawing.
        published_only: Whether to refuse digits other than MNIST's.
    """

    size: int = 64
    sequences: dict | None = None
    official: bool = False
    published_only: bool = True

    def __post_init__(self):
        if self.sequences is None:
            drawn = {name: part.sequences for name, part in SPLITS.items()}
            self.sequences = {"test": SEQUENCES} if self.official else drawn


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds moving-MNIST, one example a sequence, in order of their numbers.

    Its name is not `moving_mnist`, which TensorFlow Datasets has for the
    published test sequences alone. Data that were prepared when it was are
    found, and keep it.

    MNIST, or the file of the config `official`, comes from the folder that
    the environment variable `KERAS_STUNET_RAW_DIR` names, else from
    TensorFlow Datasets' `manual_dir`; MNIST else from its published address.

    Features:
        frames: `(20, size, size)` uint8, 0 the background.
    """

    name = "graph_moving_mnist"
    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Two digits, 20 frames, three sizes."}
    BUILDER_CONFIGS = [
        *(
            Config(
                name=str(size),
                size=size,
                description=f"Drawn from MNIST, {size} x {size} pixels.",
            )
            for size in SIZES
        ),
        Config(
            name="official",
            official=True,
            description="The published 10,000 test sequences, 64 x 64 pixels.",
        ),
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Optional but for the config official: MNIST is downloaded. To use "
        "files at hand instead, put train-images-idx3-ubyte and "
        "t10k-images-idx3-ubyte, plain or gzipped, into this folder or its "
        f"folder mnist. The config official needs {NAME} in this folder or "
        "its folder moving_mnist."
    )

    def _build_data_dir(self, given_data_dir):
        found = super()._build_data_dir(given_data_dir)
        if epath.Path(found[1]).exists():
            return found
        # The name is in the name of each file, too.
        self.name = FORMER_NAME
        former = super()._build_data_dir(given_data_dir)
        if epath.Path(former[1]).exists():
            return former
        del self.name
        return found

    def _info(self):
        size = self.builder_config.size
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "frames": tfds.features.Tensor(
                        shape=(LENGTH, size, size),
                        dtype=np.uint8,
                        encoding=tfds.features.Encoding.ZLIB,
                    )
                }
            ),
            homepage="http://www.cs.toronto.edu/~nitish/unsupervised_video/",
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        config = self.builder_config
        if config.official:
            folder = builder_folder(has_official, dl_manager)
            return {"test": self._official_examples(find_official(folder))}
        found, missing = {}, {}
        for key, file in FILES.items():
            holds = functools.partial(has_digits, key=key)
            folder = builder_folder(holds, dl_manager)
            if folder is None:
                missing[key] = file.url
            else:
                found[key] = find_digits(folder, key)
        if missing:
            found |= dl_manager.download(missing)
        # Both are checked before a long work of drawing.
        digits = {
            key: read_digits(path, key, config.published_only)
            for key, path in found.items()
        }
        return {
            split: self._generate_examples(digits[SPLITS[split].file], split)
            for split in config.sequences
        }

    def _generate_examples(self, digits, split):
        config = self.builder_config
        count = config.sequences[split]
        for first, drawn in draw_split(digits, split, config.size, count):
            for place, frames in enumerate(drawn):
                yield first + place, {"frames": frames}

    def _official_examples(self, path):
        count = self.builder_config.sequences["test"]
        for index, frames in enumerate(read_official(path, count)):
            yield index, {"frames": np.ascontiguousarray(frames)}
