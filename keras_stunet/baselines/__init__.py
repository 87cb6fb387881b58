"""Systems without gradient descent, with one `fit` and `predict`.

`LinearSVR` needs scikit-learn and `ARIMA` statsmodels:
`pip install ".[classical]"` in the checkout.
"""

from keras_stunet.baselines.arima import ARIMA
from keras_stunet.baselines.historical_average import HistoricalAverage
from keras_stunet.baselines.linear_svr import LinearSVR
from keras_stunet.baselines.persistence import Persistence
from keras_stunet.baselines.registry import CLASSICAL
from keras_stunet.baselines.registry import ClassicalSystem
from keras_stunet.baselines.registry import make_classical

__all__ = [
    "ARIMA",
    "CLASSICAL",
    "ClassicalSystem",
    "HistoricalAverage",
    "LinearSVR",
    "Persistence",
    "make_classical",
]
