"""The classical systems by name."""

from collections.abc import Callable
from typing import NamedTuple

from keras_stunet.classical.arima import ARIMA
from keras_stunet.classical.historical_average import HistoricalAverage
from keras_stunet.classical.linear_svr import LinearSVR
from keras_stunet.classical.persistence import Persistence


class ClassicalSystem(NamedTuple):
    """A named system: `make()` returns one that is not fitted."""

    title: str
    make: Callable


CLASSICAL = {
    "historical_average": ClassicalSystem(
        "historical average", HistoricalAverage
    ),
    "historical_average_weekly": ClassicalSystem(
        "historical average, weekday and time",
        lambda: HistoricalAverage(weekly=True),
    ),
    "persistence": ClassicalSystem("persistence", Persistence),
    "linear_svr": ClassicalSystem("LSVR", LinearSVR),
    "arima": ClassicalSystem("ARIMA", ARIMA),
}
