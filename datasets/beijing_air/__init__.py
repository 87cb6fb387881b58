"""Beijing's air: eleven measurements of twelve stations, hour by hour.

`load` gives the whole series from raw files or through TensorFlow Datasets;
`read_raw` reads raw files only; `Builder` (in `beijing_air_dataset_builder`)
is the TensorFlow Datasets builder. Nothing here imports TensorFlow.
"""

from keras_stunet.datasets.beijing_air.loading import load
from keras_stunet.datasets.beijing_air.reader import BeijingAir
from keras_stunet.datasets.beijing_air.reader import read_raw

__all__ = ["BeijingAir", "load", "read_raw"]
