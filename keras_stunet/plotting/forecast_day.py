"""Forecasts and readings of one day."""

import numpy as np

from keras_stunet.checks import check_choice
from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.messages import with_unit
from keras_stunet.plotting import figure as shared
from keras_stunet.plotting.choices import sensor_numbers
from keras_stunet.plotting.stretches import stretch_of
from keras_stunet.quantiles import median_of
from keras_stunet.steps import describe_ahead


def plot_forecast_day(
    model,
    windows,
    *,
    node_ids=None,
    sensors=None,
    day=None,
    steps=None,
    fan_every=3,
    unit=None,
    width=shared.COLUMN,
    target=None,
    intervals=None,
    level=0.8,
):
    """Draw forecasts and readings of one day, one panel a sensor.

    Each panel shows the readings, what was forecast for each moment `steps`
    before it, and some whole forecasts ("fans"): thin lines from the dot
    where one was made to the end of its horizon. Missing readings are gaps.
    Of steps of six hours and more the last 60 are drawn in place of a day.

    Args:
        model: As in `predict_windows`.
        windows: A `Windows`.
        node_ids: Names of the sensors, by default their numbers.
        sensors: Names or numbers of the sensors to draw. By default the one
            that varies most on that day, and the median one.
        day: A date; or the number of a day for windows without timestamps.
            By default the last of the days with the most targets.
        steps: Up to three horizon steps, counted from 1; by default 3 and
            12, cut to the horizon.
        fan_every: Hours between two fans, which begin at least a horizon
            apart; or `None` for no fans.
        unit: Unit of the readings, e.g. `"mph"`.
        width: Width in inches; text has 8 points at any width.
        target: Name of the target to draw, by default the first.
        intervals: `Intervals` to draw around the forecasts of the last of
            the steps, or `None`.
        level: Of these.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: For an unknown sensor, day or target, or a step outside
            the horizon.
        ImportError: If matplotlib is not installed.
    """
    stretch = stretch_of(windows, day)
    steps = _checked_steps(steps, windows.horizon)
    if fan_every is not None and not fan_every > 0:
        raise ValueError(
            f"`fan_every` is {fan_every!r}; expected hours above 0. For no "
            "fans give None."
        )
    names = windows.target_names
    at = names.index(check_choice("target", target or names[0], names))
    readings = _by_place(windows, stretch, at)  # (places, N)
    if sensors is None:
        sensors = _typical_sensors(readings)
    sensors = sensor_numbers(sensors, windows.num_nodes, node_ids)
    with shared.print_style():
        forecasts, fans = _forecasts(
            *(model, windows, stretch, steps, fan_every, sensors, at),
            *(intervals, level),
        )
        figure = shared.new_figure(width, 0.75 + 1.5 * len(sensors))
        panels = figure.subplots(
            len(sensors), 1, sharex=True, squeeze=False
        ).ravel()
        minutes = windows.minutes_per_step
        whole = describe_ahead(windows.horizon, minutes)
        ahead = f"next {whole} from the dot"
        for place, (sensor, axes) in enumerate(
            zip(sensors, panels, strict=True)
        ):
            axes.plot(
                stretch.x,
                readings[:, sensor],
                color="0.65",
                lw=2.2,
                label="truth",
            )
            for step, line in zip(steps, shared.LINES, strict=False):
                axes.plot(
                    stretch.x,
                    forecasts[step][:, place],
                    label=f"forecast {describe_ahead(step, minutes)} before",
                    **line,
                )
            if "low" in forecasts:
                axes.fill_between(
                    stretch.x,
                    forecasts["low"][:, place],
                    forecasts["high"][:, place],
                    color=shared.VERMILION if len(steps) > 1 else shared.BLUE,
                    alpha=0.18,
                    lw=0,
                    label=f"its {100 * level:g} % interval",
                    zorder=1,
                )
            for number, (places, fan) in enumerate(fans):
                axes.plot(
                    stretch.x[places],
                    fan[:, place],
                    color="black",
                    lw=0.7,
                    marker="o",
                    markersize=2.5,
                    markevery=[0],
                    label="_fan" if number else ahead,
                )
            name = sensor if node_ids is None else node_ids[sensor]
            title = f"sensor {name}"
            axes.set_title(f"{title}, {stretch.title}" if not place else title)
            axes.set_ylabel(with_unit(target or "reading", unit))
            shared.finish_axes(axes)
        stretch.draw_axis(panels[-1])
        shared.draw_legend(figure, *panels[0].get_legend_handles_labels())
    return figure


def _forecasts(
    model, windows, stretch, steps, fan_every, sensors, at, intervals, level
):
    # {step: (places, S)}, NaN where no window forecasts; bounds of the last
    # of the steps as "low" and "high"; and the fans.
    rows = windows.target_rows(np.arange(len(windows)))  # (W, horizon)
    wanted = stretch.inside[rows[:, [step - 1 for step in steps]]].any(axis=1)
    chosen = np.flatnonzero(wanted)
    batches = predict_windows(model, windows, indices=chosen, whole=True)
    made = np.concatenate([batch[0] for batch in batches])
    forecast = median_of(made, getattr(model, "quantiles", None))
    forecast = forecast[:, :, sensors, at]  # (chosen, horizon, S)
    wanted = [(step, step, forecast) for step in steps]
    if intervals is not None and intervals.reach(level):
        bounds = intervals.bounds(made.astype(float), level)
        wanted += [
            (name, steps[-1], bound[:, :, sensors, at])
            for name, bound in zip(("low", "high"), bounds, strict=True)
        ]
    rows = rows[chosen]
    lines = {}
    for name, step, values in wanted:
        target = rows[:, step - 1]
        line = np.full((stretch.size, len(sensors)), np.nan)
        inside = stretch.inside[target]
        line[stretch.places(target[inside])] = values[inside, step - 1]
        lines[name] = line
    fans = []
    due = 0.0  # from where on the next fan may start
    for window, index in enumerate(chosen if fan_every else ()):
        origin = windows.input_rows([index])[0, -1]
        whole = np.append(origin, rows[window])
        if not stretch.inside[whole].all():
            continue
        places = stretch.places(whole)
        starts, next_due = stretch.starts_fan(places[0], due, fan_every)
        if not starts:
            continue
        start = _readings(windows, [origin], at)[:, sensors]
        fans.append((places, np.vstack([start, forecast[window]])))
        due = next_due
    return lines, fans


def _readings(windows, rows, at):
    # (rows, N) readings of a target, NaN where there is none.
    readings = windows.targets_of(windows.values[rows])[..., at].astype(float)
    if windows.mask is not None:
        present = windows.targets_of(windows.mask[rows])[..., at]
        readings[~present] = np.nan
    return readings


def _by_place(windows, stretch, at):
    # Readings at their places, NaN where there is none.
    rows = np.flatnonzero(stretch.inside)
    table = np.full((stretch.size, windows.num_nodes), np.nan)
    table[stretch.places(rows)] = _readings(windows, rows, at)
    return table


def _typical_sensors(readings):
    # The one that varies most, and the median one.
    present = ~np.isnan(readings)
    filled = np.where(present, readings, 0.0)
    count = np.maximum(present.sum(axis=0), 1)
    mean = filled.sum(axis=0) / count
    spread = (np.where(present, readings - mean, 0.0) ** 2).sum(axis=0) / count
    order = np.argsort(spread, kind="stable")
    return list(dict.fromkeys([order[-1], order[len(order) // 2]]))


def _checked_steps(steps, horizon):
    if steps is None:
        return sorted({min(step, horizon) for step in (3, 12)})
    steps = [steps] if isinstance(steps, (int, np.integer)) else list(steps)
    if not 1 <= len(steps) <= 3 or any(
        isinstance(step, bool)
        or not isinstance(step, (int, np.integer))
        or not 1 <= step <= horizon
        for step in steps
    ):
        raise ValueError(
            f"`steps` is {steps}; expected one to three horizon steps from 1 "
            f"to {horizon}."
        )
    return sorted({int(step) for step in steps})
