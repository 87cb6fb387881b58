"""TensorFlow Datasets builder of the simulated freeway."""

import pathlib

import numpy as np
import pytest

tfds = pytest.importorskip("tensorflow_datasets")

from keras_stunet.datasets.freeway import freeway_dataset_builder  # noqa: E402
from keras_stunet.datasets.freeway import simulate  # noqa: E402

CONFIG = freeway_dataset_builder.Config(name="short", days=2, seed=3)


class TestContract(tfds.testing.DatasetBuilderTestCase):
    DATASET_CLASS = freeway_dataset_builder.Builder
    BUILDER_CONFIG_NAMES_TO_TEST = [CONFIG]
    SPLITS = {"series": 1}
    # Nothing is downloaded, but the test case wants a folder.
    EXAMPLE_DIR = pathlib.Path(freeway_dataset_builder.__file__).parent
    SKIP_CHECKSUMS = True


def test_it_holds_what_the_simulation_gives(tmp_path):
    builder = freeway_dataset_builder.Builder(
        config=CONFIG, data_dir=str(tmp_path)
    )
    builder.download_and_prepare()
    (example,) = tfds.as_numpy(builder.as_dataset(split="series"))
    expected = simulate(days=2, seed=3)
    for name in ("speed", "distances", "coordinates"):
        np.testing.assert_array_equal(example[name], getattr(expected, name))
        assert example[name].dtype == getattr(expected, name).dtype
    stamps = example["timestamps"].astype("datetime64[s]")
    np.testing.assert_array_equal(stamps, expected.timestamps)
    ids = [name.decode() for name in example["sensor_ids"]]
    assert ids == expected.sensor_ids.tolist()


def test_the_default_is_the_series_of_seed_0():
    config = freeway_dataset_builder.Builder.BUILDER_CONFIGS[0]
    assert (config.days, config.seed) == (44, 0)
