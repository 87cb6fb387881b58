"""The classical systems by name."""

import inspect
from collections.abc import Callable
from typing import NamedTuple

from keras_stunet.baselines.arima import ARIMA
from keras_stunet.baselines.historical_average import HistoricalAverage
from keras_stunet.baselines.linear_svr import LinearSVR
from keras_stunet.baselines.persistence import Persistence
from keras_stunet.checks import did_you_mean


class ClassicalSystem(NamedTuple):
    """A named system: `make(**options)` returns one that is not fitted."""

    title: str
    make: Callable

    def options(self):
        """Names of what may be chosen, but for the seed."""
        names = inspect.signature(self.make).parameters
        return [name for name in names if name != "seed"]


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

# Those that stand beside every model.
NAIVE = ("historical_average", "historical_average_weekly", "persistence")


def make_classical(name, **options):
    """A classical system that is not fitted.

    Args:
        name: A key of `CLASSICAL`.
        **options: Arguments of its class.

    Raises:
        ValueError: For an option that it does not have (the nearest one is
            offered), or one out of range.

    Example:
    >>> make_classical("arima", order=[1, 0, 0]).order
    (1, 0, 0)
    """
    system = CLASSICAL[name]
    known = system.options()
    for option in options:
        if option not in known:
            raise ValueError(
                f"{system.title} has no option {option!r}; expected "
                f"{'some of ' + ', '.join(known) if known else 'none'}."
                f"{did_you_mean(option, known)}"
            )
    return system.make(**options)
