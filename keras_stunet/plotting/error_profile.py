"""Errors by horizon and by time of day."""

import numpy as np

from keras_stunet.messages import with_unit
from keras_stunet.plotting import figure as shared
from keras_stunet.steps import unit_ahead

MARKERS = ("o", "s", "^", "D")


def plot_error_profile(profiles, *, unit=None, width=shared.COLUMN):
    """Draw the MAE of some models by horizon and by time of day.

    The upper panel has one point a horizon step, over all times of day; the
    lower one a line over the time of day of the target, over all steps. Times
    whose mix of steps is not that of the others are left out
    (`ErrorProfile.comparable_slots`). Of steps of a day and more there is no
    lower panel.

    Args:
        profiles: Up to four, `{name: ErrorProfile}`, of the same windows.
        unit: Unit of the readings, e.g. `"mph"`.
        width: Width in inches; text has 8 points at any width.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: If there are no profiles, more than four, or of different
            windows.
        ImportError: If matplotlib is not installed.
    """
    _check(profiles)
    first = next(iter(profiles.values()))
    per_day = first.steps_per_day
    timed = per_day > 1
    of, each = unit_ahead(first.minutes_per_step)  # as in tables
    if of not in ("h", "min"):
        of += "s"
    with shared.print_style():
        figure = shared.new_figure(width, 4.1 if timed else 2.4)
        panels = figure.subplots(1 + timed, 1, squeeze=False).ravel()
        by_step = panels[0]
        for (name, profile), line, marker in zip(
            profiles.items(), shared.LINES, MARKERS, strict=False
        ):
            steps = np.arange(1, len(profile.by_step) + 1)
            by_step.plot(
                steps * each,
                profile.by_step,
                marker=marker,
                label=name,
                **line,
            )
            if timed:
                panels[1].plot(
                    np.arange(per_day) * 24 / per_day,
                    np.where(profile.comparable_slots, profile.by_slot, np.nan),
                    **line,
                )
        by_step.set_xlabel(f"horizon ({of})")
        by_step.set_xlim(left=0)
        by_step.set_title("by horizon")
        if timed:
            panels[1].set_title("by time of day of the target, all horizons")
            shared.draw_hours(panels[1])
        for axes in panels:
            axes.set_ylim(bottom=0)
            axes.set_ylabel(with_unit("MAE", unit))
            axes.grid(axis="y", color="0.9", linewidth=0.5)
            axes.set_axisbelow(True)
            shared.finish_axes(axes)
        shared.draw_legend(figure, *by_step.get_legend_handles_labels())
    return figure


def _check(profiles):
    most = len(shared.LINES)
    if not 1 <= len(profiles) <= most:
        raise ValueError(
            f"`profiles` holds {len(profiles)} profiles; expected 1 to {most}, "
            "as {name: ErrorProfile}. Draw more in several pictures."
        )
    shapes = {
        name: (len(profile.by_step), profile.steps_per_day)
        for name, profile in profiles.items()
    }
    if len(set(shapes.values())) > 1:
        raise ValueError(
            f"The profiles have (horizon, steps per day) {shapes}; expected "
            "the same for all. Profile all models on the same windows."
        )
