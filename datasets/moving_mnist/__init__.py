"""Moving-MNIST: two handwritten digits that bounce inside a square.

`load` gives frames from raw MNIST files or through TensorFlow Datasets;
`read_official` reads the published test file; `Builder` (in
`moving_mnist_dataset_builder`) is the TensorFlow Datasets builder; `motion`
holds the rule of motion. Nothing here imports TensorFlow.
"""

from keras_stunet.datasets.moving_mnist.loading import load
from keras_stunet.datasets.moving_mnist.official import read_official

__all__ = ["load", "read_official"]
