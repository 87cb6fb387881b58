"""The stretch of time that a picture of forecasts shows."""

import numpy as np

from keras_stunet.plotting import figure as shared
from keras_stunet.plotting.choices import chosen_day
from keras_stunet.plotting.choices import day_of_rows

_FEW = 4  # steps of a day, at least; else it shows nothing
_MOST = 60  # steps that are shown in its place


def stretch_of(windows, day=None):
    """The day to draw; of steps of six hours and more, the last steps.

    Args:
        windows: A `Windows`.
        day: As in `chosen_day`; the last steps end with it.

    Raises:
        ValueError: As `chosen_day`.
    """
    if windows.steps_per_day >= _FEW:
        return DayStretch(windows, chosen_day(windows, day))
    return StepStretch(
        windows, None if day is None else chosen_day(windows, day)
    )


class DayStretch:
    """One day, by its hours.

    Attributes:
        inside: `(steps,)` whether a row is shown.
        x: `(places,)` where each place is drawn.
        title: What is shown, for a heading.
        size: Number of places.
    """

    def __init__(self, windows, day):
        self._windows = windows
        self.inside = day_of_rows(windows) == day
        self.size = windows.steps_per_day
        self.x = np.arange(self.size) * 24 / self.size
        dated = isinstance(day, np.datetime64)
        self.title = str(day) if dated else f"day {day}"

    def places(self, rows):
        """The place of each row."""
        return self._windows.slots(rows)

    def starts_fan(self, place, due, every):
        """Whether a fan starts at a place; and from when on the next one may.

        Args:
            place: The place.
            due: From when on one may.
            every: Fans start at multiples of so many hours, each when the one
                before has ended.
        """
        hours = self.x[place]
        end = hours + self._windows.horizon * 24 / self.size
        return hours >= due, np.ceil(end / every - 1e-9) * every

    def draw_axis(self, axes):
        """Finish the x axis of the lowest panel."""
        shared.draw_hours(axes)


class StepStretch:
    """The last steps that windows forecast, see `DayStretch`."""

    def __init__(self, windows, day):
        rows = np.unique(windows.target_rows(np.arange(len(windows))))
        if day is not None:
            rows = rows[day_of_rows(windows)[rows] <= day]
        self._first = max(int(rows[0]), int(rows[-1]) + 1 - _MOST)
        shown = np.arange(self._first, int(rows[-1]) + 1)
        self.inside = np.zeros(len(windows.values), bool)
        self.inside[shown] = True
        self.size, self._horizon = len(shown), windows.horizon
        self.x, self._label = shown, "step"
        if windows.timestamps is not None:
            self.x = windows.timestamps[shown].astype("datetime64[ms]")
            self._label = "date"
        first, last = (str(self.x[at])[:10] for at in (0, -1))
        self.title = f"{first} to {last}"

    def places(self, rows):
        """The place of each row."""
        return np.asarray(rows) - self._first

    def starts_fan(self, place, due, every):
        """As of a day, but at any step."""
        return place >= due, place + self._horizon

    def draw_axis(self, axes):
        """Finish the x axis of the lowest panel."""
        axes.set_xlim(self.x[0], self.x[-1])
        axes.tick_params("x", rotation=30)
        axes.set_xlabel(self._label)
