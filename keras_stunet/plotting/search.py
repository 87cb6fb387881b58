"""The error of trials against each hyperparameter."""

import json
import math

from keras_stunet.messages import with_unit
from keras_stunet.plotting import figure as shared

COLUMNS = 4
FAILED = {"marker": "x", "color": shared.VERMILION, "linestyle": "none"}
TRIAL = {"marker": "o", "color": shared.BLUE, "linestyle": "none"}
LEAST = {"color": "black", "linewidth": 0.8}


def plot_search(
    grid,
    trials,
    *,
    error="validation MAE",
    title=None,
    unit=None,
    width=2 * shared.COLUMN,
):
    """Draw the validation error of trials, a panel a hyperparameter.

    A dot is a trial, the line joins the least error of each value, a cross is
    a trial that failed. The first value of each hyperparameter, the published
    one, is marked with a star.

    Args:
        grid: `{name: values}`, the published value first.
        trials: A list of `({name: value}, error)`, `None` for the error of a
            trial that failed.
        error: What the error is.
        title: Title of the figure.
        unit: Its unit, if it has one.
        width: Width in inches; text has 8 points at any width.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: If no trial has an error.
        ImportError: If matplotlib is not installed.
    """
    errors = [found for _, found in trials if found is not None]
    if not errors:
        raise ValueError(
            "`trials` holds no error to draw; expected pairs of a point and "
            "its validation error."
        )
    columns = min(COLUMNS, len(grid))
    rows = math.ceil(len(grid) / columns)
    with shared.print_style():
        figure = shared.new_figure(width, 0.4 + 1.7 * rows)
        panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
        for axes, (name, values) in zip(
            panels.flat, grid.items(), strict=False
        ):
            _draw(axes, name, values, trials, max(errors))
        for axes in panels.flat[len(grid) :]:
            axes.set_visible(False)
        for axes in panels[:, 0]:
            axes.set_ylabel(with_unit(error, unit))
        if title:
            figure.suptitle(title, fontsize=shared.STYLE["axes.titlesize"])
    return figure


def _draw(axes, name, values, trials, top):
    order = _in_order(values)
    least = []
    for place, value in enumerate(order):
        scores = [error for point, error in trials if point[name] == value]
        done = [error for error in scores if error is not None]
        axes.plot([place] * len(done), done, **TRIAL)
        # At the top: it has no error to stand at.
        failed = len(scores) - len(done)
        axes.plot([place] * failed, [top] * failed, **FAILED)
        if done:
            least.append((place, min(done)))
    axes.plot(*zip(*least, strict=True), **LEAST)
    axes.set_xticks(
        range(len(order)),
        [_label(value) + "*" * (value == values[0]) for value in order],
    )
    axes.set_xlim(-0.5, len(order) - 0.5)
    axes.set_title(name)
    axes.grid(axis="y", color="0.9", linewidth=0.5)
    axes.set_axisbelow(True)
    shared.finish_axes(axes)


def _in_order(values):
    if all(isinstance(value, (int, float)) for value in values):
        return sorted(values)
    return list(values)


def _label(value):
    """A value under its tick.

    >>> _label(0.01), _label("copy"), _label([3, 0, 1])
    ('0.01', 'copy', '3,0,1')
    """
    if isinstance(value, float):
        return f"{value:g}"
    text = value if isinstance(value, str) else json.dumps(value)
    return text.replace(" ", "").removeprefix("[").removesuffix("]")
