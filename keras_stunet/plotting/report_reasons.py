"""What the forecasts of a run rest on, as charts of its page, by bokeh."""

from keras_stunet.messages import with_unit
from keras_stunet.plotting.figure import BLUE
from keras_stunet.plotting.report_charts import map_chart
from keras_stunet.plotting.report_charts import new_figure

MOST_FEATURES = 8  # lines that can be told apart


def explanation_charts(report, sensors):
    """Three charts of what `explain_run` found.

    How much the error rises when an input is taken from another window: by
    feature and step; by the edges between two sensors; and on the map, of
    each sensor when all others are.

    Args:
        report: A `RunReport` with an explanation.
        sensors: From `sensor_source`.
    """
    return [
        input_chart(report),
        hop_chart(report),
        map_chart(report, sensors, "others", "rise of MAE without the others"),
    ]


def input_chart(report):
    """A line for each feature; of many, for those that matter most."""
    from bokeh.palettes import Category10

    lines = {}
    for row in report.explanation["inputs"]:
        steps, rises = lines.setdefault(row["feature"], ([], []))
        steps.append(int(row["step"]))
        rises.append(float(row["mae_rise"]))
    most = sorted(lines, key=lambda name: -max(lines[name][1]))
    plot = new_figure(
        "what forecasts rest on: inputs",
        "steps before the forecast",
        with_unit("rise of MAE", report.unit),
    )
    for name, colour in zip(most[:MOST_FEATURES], Category10[10], strict=False):
        plot.line(*lines[name], color=colour, legend_label=name)
        plot.scatter(*lines[name], color=colour, size=5, legend_label=name)
    plot.legend.location = "top_left"
    return plot


def hop_chart(report):
    """A bar for each number of edges to another sensor.

    That of a sensor itself would dwarf the others; it is in the title.
    """
    rises = {
        float(row["edges"]): float(row["mae_rise"])
        for row in report.explanation["hops"]
    }
    itself = rises.pop(0.0)
    rises.pop(float("inf"), None)
    plot = new_figure(
        f"another sensor, so many edges away (itself: {itself:.3f})",
        "edges",
        with_unit("rise of MAE", report.unit),
    )
    plot.vbar(list(rises), top=list(rises.values()), width=0.7, color=BLUE)
    return plot
