"""The builders of the data sets, and their names in TensorFlow Datasets."""

import importlib
import pathlib


def folders():
    """Names of the folders here that have a builder, in order."""
    here = pathlib.Path(__file__).parent
    builders = here.glob("*/*_dataset_builder.py")
    return sorted(path.parent.name for path in builders)


def builder_class(folder):
    """The builder of a data set, whose module is named after its folder.

    Args:
        folder: One of `folders()`.

    Raises:
        ImportError: If TensorFlow Datasets is not installed.
    """
    return _builder_module(folder).Builder


def register(tfds):
    """Imports all builders, which TensorFlow Datasets then knows by name.

    No TensorFlow is imported for it.

    Args:
        tfds: The module `tensorflow_datasets`.
    """
    for folder in folders():
        _builder_module(folder)  # which may be half imported, if it led here


def _builder_module(folder):
    place = f"keras_stunet.datasets.{folder}.{folder}_dataset_builder"
    return importlib.import_module(place)
