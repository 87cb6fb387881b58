"""Pictures of forecasts."""

import numpy as np

from keras_stunet.training.scoring import predict_windows

COLOURS = ("#0072B2", "#D55E00")  # Okabe-Ito: safe for colour blindness


def save_forecast_picture(path, model, windows, node_ids=None, steps=(3, 12)):
    """Draw forecast against truth over the last whole day of the windows.

    For the sensor with the most varying readings in that day and a typical
    one: the truth, and what was forecast for each moment `step` steps before.
    Missing readings are gaps.

    Args:
        path: File to write; its ending gives the format.
        model: As in `predict_windows`.
        windows: A `Windows`.
        node_ids: Names of the sensors, by default their numbers.
        steps: Up to two horizon steps to draw, cut to the horizon.

    Returns:
        The matplotlib figure.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "the picture, which needs matplotlib: `pip install "
            "keras_stunet[plot]`."
        ) from error

    chosen = _last_full_day(windows)
    batches = predict_windows(model, windows, indices=chosen)
    forecast = np.concatenate([batch[0] for batch in batches])
    rows = windows.target_rows(chosen)  # (windows, horizon)
    truth = windows.values[rows[:, 0]].astype(float)  # (windows, N)
    if windows.mask is not None:
        truth[~windows.mask[rows[:, 0]]] = np.nan
    per_day = windows.steps_per_day
    hours = windows.slots(rows[:1, 0]) + rows - rows[0, 0]
    hours = hours * 24 / per_day  # above 24 past midnight
    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.subplots(2, 1, sharex=True)
    for sensor, axis in zip(_sensors(truth), axes, strict=True):
        axis.plot(hours[:, 0], truth[:, sensor], color="0.6", label="truth")
        drawn = sorted({min(step, windows.horizon) for step in steps})
        for step, colour in zip(drawn, COLOURS, strict=False):
            axis.plot(
                hours[:, step - 1],
                forecast[:, step - 1, sensor, 0],
                color=colour,
                linewidth=1,
                label=f"forecast {step * 24 * 60 / per_day:g} min before",
            )
        name = sensor if node_ids is None else node_ids[sensor]
        axis.set_title(f"sensor {name}", loc="left", fontsize=10)
        axis.set_ylabel("reading")
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(loc="lower left", frameon=False, fontsize=9)
    axes[1].set_xlabel("hour of day")
    figure.savefig(path, dpi=150)
    return figure


def _last_full_day(windows):
    # Indices of the windows of one day: of the fullest days, the last.
    rows = windows.target_rows(np.arange(len(windows)))[:, 0]
    if windows.timestamps is None:
        day = rows // windows.steps_per_day
    else:
        day = windows.timestamps[rows].astype("datetime64[D]")
    days, counts = np.unique(day, return_counts=True)
    return np.flatnonzero(day == days[counts == counts.max()][-1])


def _sensors(truth):
    # The one that varies most, and the median one.
    present = ~np.isnan(truth)
    filled = np.where(present, truth, 0.0)
    count = np.maximum(present.sum(axis=0), 1)
    mean = filled.sum(axis=0) / count
    spread = (np.where(present, truth - mean, 0.0) ** 2).sum(axis=0) / count
    order = np.argsort(spread, kind="stable")
    return order[-1], order[len(order) // 2]
