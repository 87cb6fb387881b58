"""The charts of the page on a run, by bokeh: map, day, errors, training."""

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
const half = sensors.data.half_width[at];
const value = (name, t) => {
  const x = d[name][t * n + at];
  return x == -32768 ? NaN : x * scale + offset;
};
for (let t = from; t < to; t++) {
  times.push(d_times.data.time[t]);
  truth.push(value('truth', t));
  short.push(value('short', t));
  const far = value('long', t);
  long.push(far); low.push(far - half); high.push(far + half);
}
shown.data = {time: times, truth: truth, short: short, long: long,
              low: low, high: high};
plot.title.text = sensors.data.name[at] + ', ' + days.data.name[day.value];
"""


def lay_out(report):
    """The charts of a `RunReport` in two rows; a click chooses the sensor."""
    from bokeh.layouts import column
    from bokeh.layouts import row

    sensors = _sensor_source(report)
    return column(
        row(_map(report, sensors), _day(report, sensors)),
        row(_by_step(report), _by_hour(report), _history(report)),
    )


def _figure(title, x, y, width=WIDTH // 4 * 3, height=300, **options):
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


def _sensor_source(report):
    from bokeh.models import ColumnDataSource

    y, x = report.places.T
    return ColumnDataSource(
        {
            "x": x,
            "y": y,
            "name": report.sensors,
            "mae": report.mae_by_sensor,
            "half_width": report.half_width,
        }
    )


def _map(report, sensors):
    from bokeh.models import ColorBar
    from bokeh.models import HoverTool
    from bokeh.models import TapTool
    from bokeh.transform import linear_cmap

    where = ("longitude", "latitude")
    if not report.located:
        where = ("number of the sensor", "")
    plot = _figure("MAE by sensor", *where, width=WIDTH, height=420)
    finite = report.mae_by_sensor[np.isfinite(report.mae_by_sensor)]
    low, high = (finite.min(), finite.max()) if finite.size else (0, 1)
    colour = linear_cmap("mae", "Viridis256", low, high, nan_color="grey")
    plot.scatter(
        "x", "y", size=10, color=colour, source=sensors, line_color="white"
    )
    shown = [("sensor", "@name"), ("MAE", "@mae{0.000}")]
    plot.add_tools(HoverTool(tooltips=shown), TapTool())
    plot.add_layout(ColorBar(color_mapper=colour["transform"]), "right")
    return plot


def _day(report, sensors):
    from bokeh.layouts import column
    from bokeh.models import ColumnDataSource
    from bokeh.models import CustomJS
    from bokeh.models import Select

    first = report.first_sensor
    unit = with_unit("reading", report.unit)
    plot = _figure(
        "", "time", unit, width=WIDTH + 200, height=380, x_axis_type="datetime"
    )
    empty = {name: [] for name in ("time", "truth", "short", "long")}
    shown = ColumnDataSource(empty | {"low": [], "high": []})
    if np.isfinite(report.half_width).any():
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
    name, first, last = report.days[0]
    half = report.half_width[at]
    far = report.long[first:last, at]
    shown.data = {
        "time": report.times[first:last],
        "truth": report.truth[first:last, at],
        "short": report.short[first:last, at],
        "long": far,
        "low": far - half,
        "high": far + half,
    }
    plot.title.text = f"{report.sensors[at]}, {name}"


def _packed(report):
    # Two bytes a reading: a part in 64,000 of the range.
    arrays = {
        name: getattr(report, name) for name in ("truth", "short", "long")
    }
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


def _by_step(report):
    minutes = np.arange(1, len(report.mae_by_step) + 1)
    plot = _figure("MAE by horizon", "step", with_unit("MAE", report.unit))
    plot.line(minutes, report.mae_by_step, color=BLUE)
    plot.scatter(minutes, report.mae_by_step, color=BLUE, size=6)
    plot.y_range.start = 0
    return plot


def _by_hour(report):
    count = len(report.mae_by_slot)
    hours = np.arange(count) * 24 / count
    plot = _figure(
        "MAE by time of day", "hour of day", with_unit("MAE", report.unit)
    )
    plot.line(hours, report.mae_by_slot, color=BLUE)
    plot.y_range.start = 0
    return plot


def _history(report):
    plot = _figure("training", "epoch", with_unit("MAE", report.unit))
    epochs = [int(row["epoch"]) for row in report.history]
    for name, colour, label in (
        ("mae", BLUE, "training"),
        ("val_mae", VERMILION, "validation"),
    ):
        if report.history and name in report.history[0]:
            errors = [float(row[name]) for row in report.history]
            plot.line(epochs, errors, color=colour, legend_label=label)
            plot.scatter(epochs, errors, color=colour, size=5)
    return plot
