"""Forecasts as readings come in, row by row."""

import collections
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from keras_stunet.checks import did_you_mean
from keras_stunet.files import atomic_write
from keras_stunet.messages import warn_user
from keras_stunet.training.runs.forecast import forecast_next
from keras_stunet.training.runs.load import load_run
from keras_stunet.training.runs.run import Run
from keras_stunet.training.runs.run_clock import clock_zone
from keras_stunet.training.runs.run_clock import on_earth

# Rows are kept for twice the history, and for an hour that clocks repeat.
_HISTORIES = 2
_REPEATED = 3 * 60  # minutes


class Stream:
    """The last readings of all sensors, and what follows from them.

    `forecast()` is `forecast_next` of the rows that were pushed: late rows
    are put in order, equal ones merged, gaps filled, clocks that go back are
    noticed, as there.

    Args:
        run: A `Run`, a run folder or a preset.

    Example:
        stream = Stream("st_unet_pemsd7_m")
        stream.push("2024-03-01 08:05", {"400001": 61.2, "400017": None})
        stream.forecast()  # as soon as there are `history` rows
    """

    def __init__(self, run):
        self.run = run if isinstance(run, Run) else load_run(run)
        self._places = {name: i for i, name in enumerate(self.run.sensors)}
        history = self.run.config["model"]["history"]
        minutes = self.run.minutes_per_step
        count = _HISTORIES * history + math.ceil(_REPEATED / minutes)
        self._rows = collections.deque(maxlen=count)
        self._zone = None
        if self.run.utc_offset is not None:
            self._zone = clock_zone(self.run.utc_offset)
        self._warned = False

    def __len__(self):
        """Rows that are kept."""
        return len(self._rows)

    def push(self, time, row):
        """Take the readings of one time.

        Args:
            time: A timestamp, or text that is one, with an offset from UTC
                where the training data had one.
            row: Readings by the names of sensors, a dict or a `pandas.Series`
                that may lack some; or `(N,)` in the order of `run.sensors`.
                NaN and `None` are missing readings.

        Raises:
            ValueError: If the time is none or its time zone does not fit, a
                sensor is unknown, or a reading is no finite number. Nothing
                is kept then.
        """
        self._rows.append((self._on_clock(time), self._values(row)))

    def forecast(self, level=None, covariates=None):
        """The next steps, as `forecast_next` returns them.

        Args:
            level: As there.
            covariates: As there.

        Raises:
            ValueError: As `forecast_next`, such as for too few rows.
        """
        if not self._rows:
            raise ValueError("No row was pushed yet; push the last readings.")
        times, values = zip(*self._rows, strict=True)
        frame = pd.DataFrame(
            np.stack(values), pd.DatetimeIndex(times), self.run.sensors
        )
        frame = on_earth(frame, self.run.utc_offset)
        return forecast_next(
            self.run, frame, level=level, covariates=covariates
        )

    def save(self, path):
        """Write the rows that are kept to an `.npz` file, atomically.

        Raises:
            ValueError: If the name does not end in .npz.
            OSError: If the file cannot be written.
        """
        path = Path(path)
        if path.suffix != ".npz":
            raise ValueError(f"{path} must end in .npz; give another name.")
        times = [time.isoformat() for time, _ in self._rows]
        values = [values for _, values in self._rows]
        with atomic_write(path) as temporary:
            np.savez(
                temporary,
                times=np.array(times, dtype=str),
                values=np.reshape(values, (len(times), len(self._places))),
                sensors=np.array(self.run.sensors, dtype=str),
            )

    def restore(self, path):
        """Take the rows of a file of `save` in the place of those kept.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is damaged or of other sensors.
        """
        try:
            with np.load(path, allow_pickle=False) as saved:
                times = [pd.Timestamp(str(time)) for time in saved["times"]]
                values, sensors = saved["values"], saved["sensors"]
        except FileNotFoundError:
            raise
        except Exception as error:  # by where it is damaged: a dozen kinds
            raise ValueError(
                f"{path} is no whole file of `Stream.save` ({error})."
            ) from error
        if sensors.tolist() != self.run.sensors:
            raise ValueError(
                f"{path} holds rows of {len(sensors)} other sensors; expected "
                f"the {len(self.run.sensors)} of the run, in their order."
            )
        self._rows.clear()
        self._rows.extend(zip(times, values, strict=True))

    def _on_clock(self, time):
        try:
            time = pd.Timestamp(time)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"{time!r} is no time; expected such as 2024-03-01 08:05."
            ) from error
        if time is pd.NaT:
            raise ValueError("The time of the row is missing.")
        if time.tz is None:
            if self._zone is not None and not self._warned:
                self._warned = True
                warn_user(
                    "The times of the readings have no UTC offset; taken as "
                    f"{self._zone}, the clock of the training data."
                )
            return time
        if self._zone is None:
            raise ValueError(
                f"{time} has a time zone, and the training data had none; "
                "give local times on their clock."
            )
        return time.tz_convert(self._zone).tz_localize(None)

    def _values(self, row):
        if isinstance(row, (Mapping, pd.Series)):
            values = np.full(len(self._places), np.nan)
            for name, reading in row.items():
                place = self._places.get(str(name))
                if place is None:
                    raise ValueError(
                        f"No sensor of the model is named {str(name)!r}."
                        f"{did_you_mean(str(name), self.run.sensors)}"
                    )
                values[place] = self._number(name, reading)
            return values
        try:
            values = np.ma.array(row, dtype=float).filled(np.nan)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"The row holds {row!r:.60}; expected numbers."
            ) from error
        if values.shape != (len(self._places),):
            raise ValueError(
                f"The row has shape {values.shape}; expected "
                f"({len(self._places)},), a reading for each sensor in the "
                "order of `run.sensors`, or a dict by their names."
            )
        if np.isinf(values).any():
            name = self.run.sensors[int(np.argmax(np.isinf(values)))]
            self._number(name, math.inf)
        return values

    @staticmethod
    def _number(name, reading):
        if reading is None:
            return math.nan
        try:
            number = float(reading)
        except (TypeError, ValueError, OverflowError):
            number = math.inf
        if math.isinf(number):
            raise ValueError(
                f"The reading of sensor {str(name)!r} is {reading!r:.40}; "
                "expected a finite number, or None where it is missing."
            )
        return number
