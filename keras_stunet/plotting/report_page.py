"""One HTML page on a run: where it errs, and truth beside forecast."""

import html

from keras_stunet.messages import install_hint
from keras_stunet.messages import with_unit
from keras_stunet.plotting.report_charts import day_chart
from keras_stunet.plotting.report_charts import history_chart
from keras_stunet.plotting.report_charts import hour_chart
from keras_stunet.plotting.report_charts import map_chart
from keras_stunet.plotting.report_charts import sensor_source
from keras_stunet.plotting.report_charts import step_chart
from keras_stunet.plotting.report_reasons import explanation_charts


def report_page(reports):
    """The page, as HTML that needs nothing from the network.

    A map of the sensors by their error (by number where they have no
    coordinates), errors by step and by hour of the day, the history of the
    training, and the readings of any sensor and day beside forecasts: a click
    on the map chooses the sensor. Several targets stand below each other. What
    the forecasts rest on comes last, where that was looked into.

    Args:
        reports: A `RunReport` of each target.

    Returns:
        The text of the page.

    Raises:
        ImportError: If bokeh is not installed.
    """
    try:
        from bokeh.embed import components
        from bokeh.layouts import column
        from bokeh.layouts import row
        from bokeh.resources import Resources
    except ImportError as error:
        raise ImportError(
            f"A report needs bokeh. {install_hint('report')}"
        ) from error
    layouts = []
    for report in reports:
        sensors = sensor_source(report)
        charts = [step_chart(report), hour_chart(report), history_chart(report)]
        rows = [
            row(map_chart(report, sensors), day_chart(report, sensors)),
            row(*filter(None, charts)),
        ]
        if report.explanation is not None:
            rows.append(row(*explanation_charts(report, sensors)))
        layouts.append(column(*rows))
    resources = Resources(
        mode="inline", components=["bokeh", "bokeh-widgets"], minified=True
    )
    script, places = components(layouts)
    first = reports[0]
    facts = "\n".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(str(value))}</dd>"
        "</div>"
        for name, value in first.facts.items()
    )
    sections = "\n".join(
        _section(report, place, "" if number else f"<dl>\n{facts}\n</dl>")
        for number, (report, place) in enumerate(
            zip(reports, places, strict=True)
        )
    )
    return _PAGE.format(
        title=html.escape(first.title),
        resources=resources.render(),
        script=script,
        sections=sections,
    )


def _section(report, place, facts):
    head = ""
    if report.target is not None:
        name = html.escape(with_unit(report.target, report.unit))
        head = f"<h2>{name}</h2>\n"
    return (
        f"{head}{_table(report.scores)}\n{facts}\n"
        '<div class="charts"><p>Click a sensor on the map to see its readings.'
        f"</p>\n{place}</div>"
    )


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em; color: #222 }}
table {{ border-collapse: collapse; margin: 1em 0 }}
th, td {{ padding: .15em .8em; text-align: left; border-top: 1px solid #ddd }}
dl {{ columns: 17em; max-width: 80em; margin: 1em .8em }}
dl div {{ display: flex; break-inside: avoid }}
dt {{ flex: 0 0 6em; color: #666 }}
dd {{ margin: 0 }}
</style>
{resources}
</head><body>
<h1>{title}</h1>
{sections}
{script}
</body></html>
"""


def _table(scores):
    rows = [
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
        for row in scores[1:]
    ]
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in scores[0])
    return f"<table><tr>{head}</tr>\n" + "\n".join(rows) + "\n</table>"
