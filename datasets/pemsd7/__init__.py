"""PeMSD7: speeds and distances of Californian freeway stations.

`load` gives a whole series from raw files or through TensorFlow Datasets;
`read_raw` reads raw files only; `Builder` (in `pemsd7_dataset_builder`) is
the TensorFlow Datasets builder. Nothing here imports TensorFlow.
"""

from keras_stunet.datasets.pemsd7.loading import load
from keras_stunet.datasets.pemsd7.reader import PeMSD7
from keras_stunet.datasets.pemsd7.reader import read_raw

__all__ = ["PeMSD7", "load", "read_raw"]
