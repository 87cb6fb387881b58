"""Loss and validation error by epoch."""

import csv
import os
from pathlib import Path

import numpy as np

from keras_stunet.checks import check_choice
from keras_stunet.messages import with_unit
from keras_stunet.plotting import figure as shared

MARKED = 20  # more markers than this would run together
RATES = ("learning_rate", "lr")  # as Keras names them


def plot_training_curves(
    history, *, unit=None, width=shared.COLUMN, monitor="val_mae"
):
    """Draw loss and MAE by epoch, and mark the best epoch.

    The best epoch is the first with the least `monitor`: the one whose model
    is kept. A panel with the learning rate is added if the history has
    it.

    Args:
        history: Path of a `history.csv`; its rows as dicts; or the
            `{name: values}` of a `keras.callbacks.History`. Needs `loss` and
            `val_mae`; `val_loss`, `mae` and `learning_rate` are drawn if
            there.
        unit: Unit of the readings, e.g. `"mph"`.
        width: Width in inches; text has 8 points at any width.
        monitor: `"val_mae"` or `"val_loss"`.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: If the history is empty or lacks `loss` or `val_mae`, or
            there is no such `monitor`.
        ImportError: If matplotlib is not installed.
    """
    check_choice("monitor", monitor, ("val_mae", "val_loss"))
    columns = _columns(history)
    epochs = columns["epoch"]
    rate = next((name for name in RATES if name in columns), None)
    with shared.print_style():
        from matplotlib.ticker import MaxNLocator

        rows = 2 if rate is None else 3
        figure = shared.new_figure(width, 0.4 + 1.5 * rows)
        panels = figure.subplots(rows, 1, sharex=True)
        loss, mae = panels[:2]
        training, validation = shared.LINES[1], shared.LINES[0]
        for axes, name in ((loss, "loss"), (mae, "mae")):
            if name in columns:
                axes.plot(epochs, columns[name], label="training", **training)
            if f"val_{name}" in columns:
                axes.plot(
                    epochs,
                    columns[f"val_{name}"],
                    marker="o" if len(epochs) <= MARKED else None,
                    markersize=2.5,
                    label="validation",
                    **validation,
                )
            axes.set_ylim(bottom=0)
        loss.set_ylabel("loss")
        mae.set_ylabel(with_unit("MAE", unit))
        panel, what = (mae, "MAE") if monitor == "val_mae" else (loss, "loss")
        _mark_best(panel, epochs, columns[monitor], what)
        if rate:
            panels[2].plot(epochs, columns[rate], color="black")
            panels[2].set_yscale("log")
            panels[2].set_ylabel("learning rate")
        panels[-1].set_xlabel("epoch")
        panels[-1].xaxis.set_major_locator(
            MaxNLocator(integer=True, min_n_ticks=1)
        )
        for axes in panels:
            shared.finish_axes(axes)
        shared.draw_legend(figure, *loss.get_legend_handles_labels())
    return figure


def _mark_best(axes, epochs, values, what):
    if np.isnan(values).all():
        return
    best = int(np.nanargmin(values))
    axes.plot(
        epochs[best],
        values[best],
        marker="*",
        markersize=9,
        color="black",
        linestyle="none",
        zorder=4,
        label="_best",
    )
    axes.set_title(
        f"star: best epoch {epochs[best]:g}, {what} {values[best]:.3f}"
    )


def _columns(history):
    if isinstance(history, (str, os.PathLike)):
        with Path(history).open(newline="") as file:
            history = list(csv.DictReader(file))
    if not hasattr(history, "keys"):
        names = history[0] if history else ()
        history = {name: [row[name] for row in history] for name in names}
    columns = {
        name: np.asarray(values, dtype=float)
        for name, values in history.items()
    }
    missing = [
        name for name in ("loss", "val_mae") if not len(columns.get(name, ()))
    ]
    if missing:
        raise ValueError(
            f"The history has {sorted(columns)} and lacks "
            f"{' and '.join(missing)}; expected one value an epoch. Train "
            "with validation data and the metric `MaskedMAE`."
        )
    columns.setdefault("epoch", np.arange(1.0, len(columns["loss"]) + 1))
    return columns
