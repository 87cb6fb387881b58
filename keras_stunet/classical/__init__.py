"""Systems without gradient descent, with one `fit` and `predict`.

`LinearSVR` needs scikit-learn and `ARIMA` statsmodels:
`pip install "keras_stunet[classical]"`.
"""

from keras_stunet.classical.arima import ARIMA
from keras_stunet.classical.historical_average import HistoricalAverage
from keras_stunet.classical.linear_svr import LinearSVR
from keras_stunet.classical.persistence import Persistence
from keras_stunet.classical.registry import CLASSICAL
from keras_stunet.classical.registry import ClassicalSystem
from keras_stunet.classical.registry import make_classical

__all__ = [
    "ARIMA",
    "CLASSICAL",
    "ClassicalSystem",
    "HistoricalAverage",
    "LinearSVR",
    "Persistence",
    "make_classical",
]
