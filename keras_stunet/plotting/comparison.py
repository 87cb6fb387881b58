"""Published scores and ours, system by system."""

import numpy as np

from keras_stunet.messages import with_unit
from keras_stunet.plotting import figure as shared

NAMES = {"mae": "MAE", "mape": "MAPE", "rmse": "RMSE"}
STYLES = {
    "paper": {"marker": "o", "color": shared.VERMILION, "mfc": "white"},
    "ours": {"marker": "o", "color": shared.BLUE},
}


def plot_comparison(
    systems,
    metrics=tuple(NAMES),
    *,
    title=None,
    unit=None,
    width=2 * shared.COLUMN,
):
    """Draw published scores beside ours, a panel a metric and horizon.

    Args:
        systems: `{title: {"paper": scores, "ours": scores}}`, with scores
            `{(metric, minutes): (mean, sd, ...)}`, `sd` a number or `None`; a
            bar of one `sd` is drawn to both sides. What is missing is left
            out. The first system is at the top.
        metrics: Which of `"mae"`, `"mape"` and `"rmse"`, a row of panels each.
        title: Title of the figure.
        unit: Unit of the readings, e.g. `"mph"`.
        width: Width in inches; text has 8 points at any width.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: If there are no systems or none of the metrics is scored.
        ImportError: If matplotlib is not installed.
    """
    minutes = sorted(
        {
            place[1]
            for kinds in systems.values()
            for scores in kinds.values()
            for place in scores
            if place[0] in metrics
        }
    )
    if not minutes:
        raise ValueError(
            f"`systems` holds no score of {', '.join(metrics)}; expected "
            '{title: {"paper": {("mae", 15): (mean, sd)}, "ours": ...}}.'
        )
    with shared.print_style():
        height = 0.5 + len(metrics) * (0.55 + 0.17 * len(systems))
        figure = shared.new_figure(width, height)
        panels = figure.subplots(
            len(metrics), len(minutes), sharey=True, squeeze=False
        )
        for row, metric in zip(panels, metrics, strict=True):
            for axes, horizon in zip(row, minutes, strict=True):
                for kind in STYLES:
                    _draw(axes, systems, kind, (metric, horizon))
                axes.set_title(f"{horizon} min")
                what = "%" if metric == "mape" else unit
                axes.set_xlabel(with_unit(NAMES[metric], what))
                axes.grid(axis="y", color="0.9", linewidth=0.5)
                axes.set_axisbelow(True)
                shared.finish_axes(axes)
        panels[0, 0].set_yticks(range(len(systems)), systems)
        panels[0, 0].set_ylim(len(systems) - 0.5, -0.5)
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        if title:
            figure.suptitle(title, fontsize=shared.STYLE["axes.titlesize"])
    return figure


def _draw(axes, systems, kind, place):
    # Ours a little below, so that equal scores hide neither.
    shift = {"paper": -0.12, "ours": 0.12}[kind]
    points = [
        (score[0], number + shift, score[1] or 0)
        for number, kinds in enumerate(systems.values())
        if (score := kinds.get(kind, {}).get(place)) is not None
    ]
    means, heights, deviations = np.reshape(points, (-1, 3)).T
    axes.errorbar(
        means,
        heights,
        xerr=deviations,
        linestyle="none",
        elinewidth=0.8,
        label=kind,
        **STYLES[kind],
    )
