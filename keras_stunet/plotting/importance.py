"""What a forecast rests on: by input step, and by distance in the graph."""

import numpy as np

from keras_stunet.messages import with_unit
from keras_stunet.plotting import figure as shared


def plot_importance(importance, features, *, unit=None, width=shared.COLUMN):
    """Draw an `Importance`.

    The upper panel has a line for each feature over the steps before the
    forecast, of many for those that matter most; the lower one the mean rise
    of a sensor's error by the history of another sensor, by the edges between
    them.

    Args:
        importance: An `Importance`.
        features: Names of the input features.
        unit: Unit of the readings, e.g. `"mph"`.
        width: Width in inches.

    Returns:
        The matplotlib figure.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    with shared.print_style():
        figure = shared.new_figure(width, 4.1)
        by_step, by_hops = figure.subplots(2, 1)
        history = len(importance.inputs)
        steps = np.arange(history) - history + 1
        most = np.argsort(-importance.inputs.max(axis=0), kind="stable")
        shown = sorted(most[: len(shared.LINES)])
        for place, line in zip(shown, shared.LINES, strict=False):
            rise, name = importance.inputs[:, place], features[place]
            by_step.plot(steps, rise, marker="o", label=name, **line)
        by_step.set_title("by input step")
        by_step.set_xlabel("steps before the forecast")
        if len(features) > 1:
            by_step.legend(loc="upper left")
        found = {
            hops: mean
            for hops, (_, mean) in importance.by_hops().items()
            if np.isfinite(hops)
        }
        places = np.arange(len(found))
        by_hops.bar(places, list(found.values()), color=shared.BLUE, width=0.7)
        by_hops.set_xticks(places, [f"{hops:g}" for hops in found])
        by_hops.set_title("by another sensor so many edges away (0: itself)")
        by_hops.set_xlabel("edges")
        for axes in (by_step, by_hops):
            axes.set_ylabel(with_unit("rise of MAE", unit))
            axes.grid(axis="y", color="0.9", linewidth=0.5)
            axes.set_axisbelow(True)
            shared.finish_axes(axes)
    return figure
