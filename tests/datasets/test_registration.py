"""TensorFlow Datasets knows ours by name, in either order of imports."""

import subprocess
import sys
from pathlib import Path

import pytest

import keras_stunet.datasets
from keras_stunet.data.catalog import SOURCES
from keras_stunet.datasets import registration
from keras_stunet.datasets.stored_series import VERSION

tfds = pytest.importorskip("tensorflow_datasets")

# TensorFlow Datasets has a `moving_mnist` of its own.
OTHER_NAMES = {"moving_mnist": "graph_moving_mnist"}
NAMES = sorted(OTHER_NAMES.get(x, x) for x in registration.folders())

# The package's own __init__ is stood in for: it imports Keras.
BARE = """
import sys, types
package = types.ModuleType("keras_stunet")
package.__file__ = sys.argv[1]
package.__path__ = [sys.argv[1].rpartition("/")[0]]
sys.modules["keras_stunet"] = package

def heavy(*more):
    names = {"keras", "tensorflow", "jax", "torch", *more} & set(sys.modules)
    assert not names, names

"""

OURS_FIRST = """
import keras_stunet.datasets
heavy("tensorflow_datasets")
import tensorflow_datasets as tfds
builders = [tfds.builder(name, data_dir=sys.argv[2]) for name in sys.argv[3:]]
heavy()
assert [builder.name for builder in builders] == sys.argv[3:]
"""

TFDS_FIRST = """
import tensorflow_datasets as tfds
plain = tfds.list_builders()
import keras_stunet.datasets
new = sorted(set(tfds.list_builders()) - set(plain))
assert new == sys.argv[3:], new
"""

BUILDER_FIRST = """
from keras_stunet.datasets.pemsd7.pemsd7_dataset_builder import Builder
import tensorflow_datasets as tfds
assert tfds.builder_cls("pemsd7") is Builder
for name in sys.argv[3:]:
    tfds.builder_cls(name)
heavy()
"""


@pytest.mark.parametrize(
    "script",
    [OURS_FIRST, TFDS_FIRST, BUILDER_FIRST],
    ids=["ours first", "tfds first", "a builder first"],
)
def test_names_are_known_and_clash_with_none(script, tmp_path):
    package = Path(keras_stunet.__file__)
    command = [sys.executable, "-P", "-c", BARE + script, package, tmp_path]
    done = subprocess.run(
        [*map(str, command), *NAMES], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_module_taken_by_its_path_does_not_clash(tmp_path):
    # As `tfds build` takes it, from the folder of a data set.
    script = """
import sys
import tensorflow_datasets as tfds
sys.path.insert(0, sys.argv[3])
take = tfds.core.community.builder_cls_from_module
assert take("pemsd7.pemsd7_dataset_builder").name == "pemsd7"
"""
    package = Path(keras_stunet.__file__)
    folder = Path(keras_stunet.datasets.__file__).parent
    command = [sys.executable, "-P", "-c", BARE + script, package, tmp_path]
    done = subprocess.run(
        [*map(str, command), str(folder)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_each_folder_with_a_builder_but_moving_mnist_is_a_source():
    assert {"freeway", "pemsd7"} <= set(registration.folders())
    sources = {name.split("/")[0] for name in SOURCES}
    missing = set(registration.folders()) - sources - set(OTHER_NAMES)
    assert not missing, "name it in SOURCES of keras_stunet/data/catalog.py"
    assert sources <= set(registration.folders())


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_says_what_its_builder_stores(name, tmp_path):
    source = SOURCES[name]
    builder = source.builder(tmp_path)
    assert str(builder.version) == VERSION
    features = builder.info.features
    readings = features["values" if "values" in features else "speed"]
    assert readings.shape[:2] == (source.steps, source.sensors)
