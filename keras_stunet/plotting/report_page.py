"""One HTML page on a run: where it errs, and truth beside forecast."""

import html

from keras_stunet.messages import install_hint
from keras_stunet.plotting.report_charts import lay_out


def report_page(report):
    """The page, as HTML that needs nothing from the network.

    A map of the sensors by their error (by number where they have no
    coordinates), errors by step and by hour of the day, the history of the
    training, and the readings of any sensor and day beside forecasts: a click
    on the map chooses the sensor.

    Args:
        report: A `RunReport`.

    Returns:
        The text of the page.

    Raises:
        ImportError: If bokeh is not installed.
    """
    try:
        from bokeh.embed import components
        from bokeh.resources import Resources
    except ImportError as error:
        raise ImportError(
            f"A report needs bokeh. {install_hint('report')}"
        ) from error
    resources = Resources(
        mode="inline", components=["bokeh", "bokeh-widgets"], minified=True
    )
    script, place = components(lay_out(report))
    facts = "\n".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(value))}</td>"
        "</tr>"
        for name, value in report.facts.items()
    )
    return _PAGE.format(
        title=html.escape(report.title),
        resources=resources.render(),
        script=script,
        place=place,
        facts=facts,
        table=_table(report.scores),
    )


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="icon" href="data:,">
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em; color: #222 }}
table {{ border-collapse: collapse; margin: 1em 2em 1em 0; float: left }}
th, td {{ padding: .15em .8em; text-align: left; border-top: 1px solid #ddd }}
.charts {{ clear: both }}
</style>
{resources}
</head><body>
<h1>{title}</h1>
{table}
<table>
{facts}
</table>
<div class="charts"><p>Click a sensor on the map to see its readings.</p>
{place}</div>
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
