"""METR-LA: speeds at loop detectors on the highways of Los Angeles.

`load` gives a whole series from raw files or through TensorFlow Datasets;
`read_raw` reads raw files only; `Builder` (in `metr_la_dataset_builder`) is
the TensorFlow Datasets builder. Nothing here imports TensorFlow.
"""

from keras_stunet.datasets.metr_la.loading import load
from keras_stunet.datasets.metr_la.reader import MetrLA
from keras_stunet.datasets.metr_la.reader import read_raw

__all__ = ["MetrLA", "load", "read_raw"]
