"""Data sets of sensor graphs, imported as `keras_stunet.datasets`.

Each data set is a folder with a TensorFlow Datasets builder and a reader
that needs NumPy only. Importing this package imports neither TensorFlow nor
TensorFlow Datasets. Where it is imported, before or after TensorFlow
Datasets, `tfds.load`, `tfds.builder` and `tfds.list_builders` know the data
sets by the names of their folders, and moving-MNIST as `graph_moving_mnist`.
"""

import contextlib

if __name__ == "datasets":
    # Python started in the checkout finds this folder as `datasets`, a name
    # that belongs to another package, which TensorFlow Datasets looks for.
    raise ModuleNotFoundError(
        "This folder is no package named `datasets`: import it as "
        "`keras_stunet.datasets`.",
        name="datasets",
    )

# TensorFlow Datasets takes a class for known when it is defined, which needs
# TensorFlow Datasets: then, and not before, the builders are imported.
with contextlib.suppress(ModuleNotFoundError):  # and neither is the other
    import wrapt  # which TensorFlow Datasets requires

    wrapt.register_post_import_hook(
        "keras_stunet.datasets.registration:register", "tensorflow_datasets"
    )
