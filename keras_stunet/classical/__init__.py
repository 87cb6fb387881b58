"""Baselines without gradient descent, with one `fit` and `predict`."""

from keras_stunet.classical.historical_average import HistoricalAverage
from keras_stunet.classical.persistence import Persistence

__all__ = ["HistoricalAverage", "Persistence"]
