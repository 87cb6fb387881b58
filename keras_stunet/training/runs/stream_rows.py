"""A row of readings as it comes in, by name or by place."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.messages import listed


class RowReader:
    """Puts rows into the order of a run's sensors and measurements.

    Args:
        run: A `Run`.
    """

    def __init__(self, run):
        self._sensors = run.sensors
        self._measurements = run.measurements or ["reading"]
        self._several = run.targets is not None
        self.shape = (len(run.sensors),)
        if self._several:
            self.shape += (len(run.measurements),)
        self._places = {}
        for d, measurement in enumerate(self._measurements):
            for n, sensor in enumerate(run.sensors):
                place = (n, d) if self._several else n
                self._places[measurement, sensor] = place
                if not self._several:
                    self._places[sensor] = place

    def read(self, row):
        """The readings of one time, NaN where one is missing.

        Args:
            row: As in `Stream.push`.

        Returns:
            An array `(N,)`; of D measurements `(N, D)`.

        Raises:
            ValueError: As there.
        """
        if isinstance(row, (Mapping, pd.Series, pd.DataFrame)):
            return self._by_name(row)
        try:
            values = np.ma.array(row, dtype=float).filled(np.nan)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"The row holds {row!r:.60}; expected numbers."
            ) from error
        if values.shape != self.shape:
            what, order = "sensor", "`run.sensors`"
            if self._several:
                what += " and measurement"
                order += " and `run.measurements`"
            raise ValueError(
                f"The row has shape {values.shape}; expected {self.shape}, a "
                f"reading for each {what} in the order of {order}, or a dict "
                "by their names."
            )
        if np.isinf(values).any():
            at = np.argwhere(np.isinf(values))[0]
            name = self._sensors[at[0]]
            if self._several:
                name = (self._measurements[at[1]], name)
            _number(name, math.inf)
        return values

    def _by_name(self, row):
        values, seen = np.full(self.shape, np.nan), set()
        for name, reading in _entries(row):
            place = self._places.get(name)
            if place is None:
                self._raise_unknown(name)
            if place in seen:
                raise ValueError(
                    f"The row has two readings of {_say(name)}; expected one."
                )
            seen.add(place)
            values[place] = _number(name, reading)
        return values

    def _raise_unknown(self, name):
        names = self._measurements
        if isinstance(name, tuple) and name[0] not in names:
            raise ValueError(
                f"No measurement of the model is named {name[0]!r}; expected "
                f"{listed(names)}.{did_you_mean(name[0], names)}"
            )
        if self._several and name in self._sensors:
            raise ValueError(
                f"The reading of sensor {name!r} is one number, and the model "
                f"was trained on {listed(names)}. Give each: "
                f"{{{names[0]!r}: {{{name!r}: ...}}, ...}}."
            )
        if self._several and name in names:
            raise ValueError(
                f"{name!r} has one number; expected one by sensor, "
                f"{{{name!r}: {{{self._sensors[0]!r}: ...}}}}."
            )
        sensor = name[-1] if isinstance(name, tuple) else name
        raise ValueError(
            f"No sensor of the model is named {sensor!r}."
            f"{did_you_mean(sensor, self._sensors)}"
        )


def _entries(row):
    # Names, of sensors or of measurement and sensor, and their readings.
    for name, reading in row.items():
        if isinstance(reading, (Mapping, pd.Series)):
            for sensor, one in reading.items():
                yield (str(name), str(sensor)), one
        elif isinstance(name, tuple) and len(name) == 2:
            yield (str(name[0]), str(name[1])), reading
        else:
            yield str(name), reading


def _number(name, reading):
    if reading is None:
        return math.nan
    try:
        number = float(reading)
    except (TypeError, ValueError, OverflowError):
        number = math.inf
    if math.isinf(number):
        raise ValueError(
            f"The reading of {_say(name)} is {reading!r:.40}; expected a "
            "finite number, or None where it is missing."
        )
    return number


def _say(name):
    if isinstance(name, tuple):
        return f"{name[0]} of sensor {name[1]!r}"
    return f"sensor {name!r}"
