"""Intervals around the forecasts of a model, and their file."""

import dataclasses
import math
from pathlib import Path

import numpy as np

from keras_stunet.files import atomic_write
from keras_stunet.quantiles import median_of
from keras_stunet.quantiles import quantile_at

LEVELS = np.arange(1, 100) / 100


@dataclasses.dataclass(frozen=True, eq=False)
class Intervals:
    """How far bounds lie from the forecasts of one model.

    Attributes:
        radius: `(99, horizon, N, D)` in the units of the data, by `LEVELS`:
            from the forecast, or outwards from its quantiles; infinity where
            there were too few errors for a level.
        by_sensor: Whether sensors have a radius of their own.
        errors: Number of errors, over all sensors, of the step with fewest.
        quantiles: The quantiles that the model forecasts, or `None`.
    """

    radius: np.ndarray
    by_sensor: bool
    errors: int
    quantiles: list[float] | None = None

    def bounds(self, forecast, level):
        """Lower and upper bounds of forecasts, `(..., horizon, N, D)`.

        Args:
            forecast: `(..., horizon, N, D)` in the units of the data; of a
                model with Q quantiles all of them, `(..., horizon, N, D Q)`.
            level: Share of the readings to hold, from 0.01 to 0.99; in
                between the next hundredth.

        Raises:
            ValueError: If the level is out of range, or there were too few
                errors for it.
        """
        self.check_reach(level)
        radius = self._radius(level)
        if self.quantiles is None:
            return forecast - radius, forecast + radius
        middle = median_of(forecast, self.quantiles)
        low, high = span(forecast, self.quantiles, LEVELS[_place(level)])
        return np.minimum(low - radius, middle), np.maximum(
            high + radius, middle
        )

    def reach(self, level):
        """Whether there were errors enough for a level."""
        return bool(np.isfinite(self._radius(level)).all())

    def check_reach(self, level):
        """Raise unless there were errors enough for a level.

        Raises:
            ValueError: If not.
        """
        if not self.reach(level):
            raise ValueError(
                f"An interval of level {level:g} needs more errors than the "
                f"{self.errors} of validation. Ask for a lower level, or give "
                "validation more windows (`parts`)."
            )

    def _radius(self, level):
        check_level(level)
        return self.radius[_place(level)]

    def save(self, path):
        """Write them to an `.npz` file, atomically."""
        of_model = {}
        if self.quantiles is not None:
            of_model["quantiles"] = np.array(self.quantiles)
        with atomic_write(Path(path)) as temporary:
            np.savez_compressed(
                temporary,
                radius=self.radius.astype(np.float32),
                by_sensor=self.by_sensor,
                errors=self.errors,
                **of_model,
            )

    @classmethod
    def load(cls, path):
        """Read a file of `save`.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as saved:
                return cls(
                    saved["radius"].astype(np.float64),
                    bool(saved["by_sensor"]),
                    int(saved["errors"]),
                    saved["quantiles"].tolist()
                    if "quantiles" in saved
                    else None,
                )
        except FileNotFoundError:
            raise
        except Exception as error:  # by where it is damaged: a dozen kinds
            raise ValueError(
                f"{path} is no whole file of intervals ({error}). Delete it: "
                "it is made anew from the data of the run."
            ) from error


def span(forecast, quantiles, level):
    """The quantiles of a forecast that a share `level` is to lie between.

    Args:
        forecast: `(..., D Q)`.
        quantiles: The Q quantiles.
        level: A share, below 1.

    Returns:
        Those of `(1 - level) / 2` and `(1 + level) / 2`, `(..., D)` each.
    """
    tail = (1 - level) / 2
    return (
        quantile_at(forecast, quantiles, tail),
        quantile_at(forecast, quantiles, 1 - tail),
    )


def check_level(level):
    """Raise unless a level is a share from 0.01 to 0.99.

    Raises:
        ValueError: If not.
    """
    number = isinstance(level, (int, float)) and not isinstance(level, bool)
    if not number or not 0.01 <= level <= 0.99:
        raise ValueError(
            f"`level` is {level!r}; expected a share of the readings from "
            "0.01 to 0.99, such as 0.8."
        )


def _place(level):
    # Of the next hundredth among `LEVELS`.
    return math.ceil(level * 100 - 1e-9) - 1
