"""All pictures of a run."""

from pathlib import Path

from keras_stunet.evaluation.error_profile import profile_errors
from keras_stunet.plotting.error_profile import plot_error_profile
from keras_stunet.plotting.figure import print_style
from keras_stunet.plotting.figure import save_figure
from keras_stunet.plotting.forecast_day import plot_forecast_day
from keras_stunet.plotting.network import plot_network
from keras_stunet.plotting.training_curves import plot_training_curves


def save_run_pictures(
    folder,
    model,
    baselines,
    splits,
    series,
    history,
    *,
    labels=None,
    unit=None,
    name="model",
    profile=None,
    units=None,
    intervals=None,
):
    """Draw what a run came to, on its test windows.

    Writes `forecast`, `errors`, `network` and `training`, each as `.png` and
    `.svg`, in this order: with `training.svg` there, all are. Of several
    targets the first three are drawn for each, as `forecast_1`, `forecast_2`
    and so on, in the order of the targets. The model forecasts the test
    windows once for the errors, batch by batch, and those of one day once
    more.

    Args:
        folder: Folder to write to.
        model: As in `predict_windows`.
        baselines: `{name: fitted baseline}`, at most three.
        splits: `Splits` of `series`.
        series: The `Series`.
        history: As in `plot_training_curves`.
        labels: `(N,)` super node of each sensor, or `None`.
        unit: Unit of the readings, e.g. `"mph"`.
        name: What to call the model in legends.
        profile: The model's errors on the test windows, as `profile_errors`
            gives them, where they are known.
        units: Units of several targets by name.
        intervals: `Intervals` of the model to draw, or `None`.

    Returns:
        The paths written.

    Raises:
        ImportError: If matplotlib is not installed, before anything is
            computed.
        OSError: If the folder cannot be written.
    """
    with print_style():
        pass
    profiles = {name: profile or profile_errors(model, splits.test)}
    for key, baseline in baselines.items():
        profiles[key] = profile_errors(baseline, splits.test)
    figures = {}
    targets = splits.test.target_names
    for number, target in enumerate(targets, start=1):
        of_one, end, scored = profiles, "", unit
        if len(targets) > 1:
            of_one = {key: own[target] for key, own in profiles.items()}
            unit, end = (units or {}).get(target), f"_{number}"
            scored = f"{target}, {unit}" if unit else target
        figures[f"forecast{end}"] = plot_forecast_day(
            model,
            splits.test,
            node_ids=series.node_ids,
            unit=unit,
            target=target if end else None,
            intervals=intervals,
        )
        figures[f"errors{end}"] = plot_error_profile(of_one, unit=scored)
        figures[f"network{end}"] = plot_network(
            series.adjacency,
            of_one[name].by_node,
            coordinates=series.coordinates,
            labels=labels,
            node_ids=series.node_ids,
            unit=scored,
        )
    if len(targets) > 1:
        unit = "standard deviations"
    figures["training"] = plot_training_curves(history, unit=unit)
    return [
        path
        for stem, figure in figures.items()
        for path in save_figure(figure, Path(folder) / stem)
    ]
