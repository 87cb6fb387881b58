"""Pictures of forecasts."""

import numpy as np

from keras_stunet.training.scoring import predict_windows


def save_forecast_picture(path, model, windows, series, steps=(3, 12)):
    """Draw forecast against truth over the last day of the windows.

    For the sensor with the most varying readings in that day and a typical
    one: the truth, and what was forecast for each moment `step` steps before.

    Args:
        path: File to write; its ending gives the format.
        model: As in `predict_windows`.
        windows: A `Windows`.
        series: The `Series` that the windows are of.
        steps: Horizon steps to draw.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(
            "Pictures need matplotlib: `pip install keras_stunet[plot]`."
        ) from error
    matplotlib.use("agg")
    from matplotlib import pyplot

    day = windows.starts // windows.steps_per_day
    last_day = np.flatnonzero(day == day[-1])
    batches = predict_windows(model, windows, indices=last_day)
    forecast = np.concatenate([batch[0] for batch in batches])
    forecast = forecast[..., 0]  # (windows, horizon, N)
    rows = windows.target_rows(last_day)  # (windows, horizon)
    truth = series.values[rows[:, 0]]  # (windows, N)
    spread = truth.std(axis=0)
    by_spread = np.argsort(spread)
    sensors = [by_spread[-1], by_spread[len(by_spread) // 2]]
    hours = windows.slots(rows) * 24 / windows.steps_per_day
    figure, axes = pyplot.subplots(
        2, 1, figsize=(9, 6), sharex=True, layout="constrained"
    )
    colours = ("#0072B2", "#D55E00")  # Okabe-Ito: safe for colour blindness
    for sensor, axis in zip(sensors, axes, strict=True):
        axis.plot(hours[:, 0], truth[:, sensor], color="0.6", label="truth")
        for step, colour in zip(steps, colours, strict=False):
            step = min(step, windows.horizon)
            axis.plot(
                hours[:, step - 1],
                forecast[:, step - 1, sensor],
                color=colour,
                linewidth=1,
                label=f"forecast {5 * step} min before",
            )
        name = sensor if series.node_ids is None else series.node_ids[sensor]
        axis.set_title(f"sensor {name}", loc="left", fontsize=10)
        axis.set_ylabel("reading")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(loc="lower left", frameon=False, fontsize=9)
    axes[1].set_xlabel("hour of day")
    figure.savefig(path, dpi=150)
    pyplot.close(figure)
