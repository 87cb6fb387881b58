"""Data sets of sensor graphs, imported as `keras_stunet.datasets`.

Each data set is a folder with a TensorFlow Datasets builder and a reader
that needs NumPy only. Importing this package imports neither TensorFlow nor
TensorFlow Datasets.
"""

if __name__ == "datasets":
    # Python started in the checkout finds this folder as `datasets`, a name
    # that belongs to another package, which TensorFlow Datasets looks for.
    raise ModuleNotFoundError(
        "This folder is no package named `datasets`: import it as "
        "`keras_stunet.datasets`.",
        name="datasets",
    )
