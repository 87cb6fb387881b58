"""Simulated freeway traffic: made anywhere, without a download.

`simulate` gives plain arrays; `Builder` (in `freeway_dataset_builder`) is the
TensorFlow Datasets builder of the same; `traffic` holds the model of kinematic
waves. Nothing here imports TensorFlow.
"""

from keras_stunet.datasets.freeway.simulation import SimulatedFreeway
from keras_stunet.datasets.freeway.simulation import simulate

__all__ = ["SimulatedFreeway", "simulate"]
