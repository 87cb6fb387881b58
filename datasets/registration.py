"""Makes the data sets known to TensorFlow Datasets by their names."""

import importlib

FOLDERS = ("beijing_air", "freeway", "metr_la", "moving_mnist", "pemsd7")
"""Folders of data sets here, each with a builder."""


def register(tfds):
    """Imports all builders, which TensorFlow Datasets then knows by name.

    No TensorFlow is imported for it.

    Args:
        tfds: The module `tensorflow_datasets`.
    """
    for name in FOLDERS:
        importlib.import_module(
            f"keras_stunet.datasets.{name}.{name}_dataset_builder"
        )
