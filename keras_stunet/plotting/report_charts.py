"""The charts of a page on a run, by bokeh."""

import numpy as np

from keras_stunet.messages import with_unit
from keras_stunet.plotting.figure import BLUE
from keras_stunet.plotting.figure import VERMILION

WIDTH = 560
_STEPS = 32_000  # a reading takes two bytes of the page

# Shows the sensor that was clicked, on the day that is chosen.
_SHOW = """
const d = readings.data, n = sensors.get_length();
const chosen = sensors.selected.indices;
const at = chosen.length ? chosen[0] : first;
const from = days.data.first[day.value], to = days.data.last[day.value];
const times = [], truth = [], short = [], long = [], low = [], high = [];
const value = (name, t) => {
  const x = d[name][t * n + at];
  return x == -32768 ? NaN : x * scale + offset;
};
for (let t = from; t < to; t++) {
  times.push(d_times.data.time[t]);
  truth.push(value('truth', t));
  short.push(value('short', t));
  long.push(value('long', t));
  low.push(value('low', t));
  high.push(value('high', t));
}
shown.data = {time: times, truth: truth, short: short, long: long,
              low: low, high: high};
plot.title.text = sensors.data.name[at] + ', ' + days.data.name[day.value];
"""


def new_figure(title, x, y, width=WIDTH // 4 * 3, height=300, **options):
    """An empty chart, with its title and the names of its axes."""
    from bokeh.plotting import figure

    plot = figure(
        title=title,
        width=width,
        height=height,
        x_axis_label=x,
        y_axis_label=y,
        tools="pan,wheel_zoom,box_zoom,reset,save",
        **options,
    )
    plot.toolbar.logo = None
    return plot


def sensor_source(report):
    """The sensors, as a source that charts share."""
    from bokeh.models import ColumnDataSource

    y, x = report.places.T
    columns = {
        "x": x,
        "y": y,
        "name": report.sensors,
        "mae": report.mae_by_sensor,
    }
    if report.explanation is not None:
        columns["others"] = np.array(
            [
                float(row["mae_rise_without_others"])
                for row in report.explanation["sensors"]
            ]
        )
    return ColumnDataSource(columns)


def map_chart(report, sensors, column="mae", title="MAE by sensor"):
    """The sensors at their places, coloured by a column of theirs."""
    from bokeh.models import ColorBar
    from bokeh.models import HoverTool
    from bokeh.models import TapTool
    from bokeh.transform import linear_cmap

    where = ("longitude", "latitude")
    if not report.located:
        where = ("number of the sensor", "")
    plot = new_figure(
        with_unit(title, report.unit), *where, width=WIDTH, height=420
    )
    values = np.asarray(sensors.data[column])
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0, 1)
    colour = linear_cmap(column, "Viridis256", low, high, nan_color="grey")
    plot.scatter(
        "x", "y", size=10, color=colour, source=sensors, line_color="white"
    )
    shown = [("sensor", "@name"), (title, f"@{column}{{0.000}}")]
    plot.add_tools(HoverTool(tooltips=shown), TapTool())
    plot.add_layout(ColorBar(color_mapper=colour["transform"]), "right")
    return plot


def day_chart(report, sensors):
    """Readings beside forecasts of a sensor and a day."""
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource
    from bokeh.models import CustomJS
    from bokeh.models import Select

    first = report.first_sensor
    unit = with_unit(report.target or "reading", report.unit)
    plot = new_figure(
        "", "time", unit, width=WIDTH + 200, height=380, x_axis_type="datetime"
    )
    empty = {name: [] for name in ("time", "truth", "short", "long")}
    shown = ColumnDataSource(empty | {"low": [], "high": []})
    if np.isfinite(report.low).any():
        plot.varea(
            "time",
            "low",
            "high",
            source=shown,
            alpha=0.2,
            color=VERMILION,
            legend_label=f"{report.level:.0%} interval of the latter",
        )
    lines = (
        ("truth", "black", "reading"),
        ("short", BLUE, f"forecast {report.ahead[0]} ahead"),
        ("long", VERMILION, f"forecast {report.ahead[1]} ahead"),
    )
    for name, colour, label in lines:
        plot.line("time", name, source=shown, color=colour, legend_label=label)
    plot.legend.location = "bottom_left"
    plot.legend.click_policy = "hide"
    packed, scale, offset = _packed(report)
    days = ColumnDataSource(
        {
            "name": [name for name, _, _ in report.days],
            "first": [first_row for _, first_row, _ in report.days],
            "last": [last_row for _, _, last_row in report.days],
        }
    )
    options = [(str(i), name) for i, (name, _, _) in enumerate(report.days)]
    select = Select(title="day", options=options, value="0", width=200)
    show = CustomJS(
        args={
            "readings": ColumnDataSource(packed),
            "d_times": ColumnDataSource({"time": report.times}),
            "sensors": sensors,
            "days": days,
            "day": select,
            "shown": shown,
            "plot": plot,
            "first": first,
            "scale": scale,
            "offset": offset,
        },
        code=_SHOW,
    )
    select.js_on_change("value", show)
    sensors.selected.js_on_change("indices", show)

    _fill(report, shown, plot, first)
    return column(select, plot)


def _fill(report, shown, plot, at):
    # What is seen before the first click.
    day, first, last = report.days[0]
    names = ("truth", "short", "long", "low", "high")
    shown.data = {
        name: getattr(report, name)[first:last, at] for name in names
    } | {"time": report.times[first:last]}
    plot.title.text = f"{report.sensors[at]}, {day}"


def _packed(report):
    # Two bytes a reading: a part in 64,000 of the range.
    names = ("truth", "short", "long", "low", "high")
    arrays = {name: getattr(report, name) for name in names}
    every = np.concatenate([array.ravel() for array in arrays.values()])
    every = every[np.isfinite(every)]
    low, high = (every.min(), every.max()) if every.size else (0.0, 1.0)
    scale = max(float(high - low), 1e-9) / (2 * _STEPS)
    offset = float(low + high) / 2
    packed = {}
    for name, array in arrays.items():
        steps = np.round((array - offset) / scale)
        steps = np.where(np.isfinite(steps), steps, -32_768)
        packed[name] = steps.astype(np.int16).ravel()
    return packed, scale, offset


def step_chart(report):
    """The error by step of the horizon."""
    steps = np.arange(1, len(report.mae_by_step) + 1)
    ahead = f"steps of {report.step}"
    plot = new_figure("MAE by horizon", ahead, with_unit("MAE", report.unit))
    plot.line(steps, report.mae_by_step, color=BLUE)
    plot.scatter(steps, report.mae_by_step, color=BLUE, size=6)
    plot.y_range.start = 0
    return plot


def hour_chart(report):
    """The error by time of day; none of steps of days."""
    count = len(report.mae_by_slot)
    if count == 1:  # steps of days
        return None
    hours = np.arange(count) * 24 / count
    plot = new_figure(
        "MAE by time of day",
        "hour of day",
        with_unit("MAE", report.unit),
        x_range=(0, 24),
    )
    plot.xaxis.ticker = list(range(0, 25, 4))
    plot.line(hours, report.mae_by_slot, color=BLUE)
    plot.y_range.start = 0
    return plot


def history_chart(report):
    """The errors of the training by epoch; none where none are known."""
    if not report.history:
        return None
    # The MAE of several targets is one, in standard units.
    unit = report.unit if report.target is None else "standard units"
    plot = new_figure("training", "epoch", with_unit("MAE", unit))
    epochs = [int(row["epoch"]) for row in report.history]
    for name, colour, label in (
        ("mae", BLUE, "training"),
        ("val_mae", VERMILION, "validation"),
    ):
        if name in report.history[0]:
            errors = [float(row[name]) for row in report.history]
            plot.line(epochs, errors, color=colour, legend_label=label)
            plot.scatter(epochs, errors, color=colour, size=5)
    return plot
