"""From a run to a preset, with its card."""

from pathlib import Path

import scipy.sparse

import keras_stunet
from keras_stunet.evaluation.table import is_by_target
from keras_stunet.files import atomic_write
from keras_stunet.files import write_text
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS
from keras_stunet.models.presets import save_preset
from keras_stunet.steps import describe_ahead
from keras_stunet.steps import describe_step
from keras_stunet.training.fit import count_trained
from keras_stunet.training.runs.folder import GRAPH
from keras_stunet.training.runs.folder import SERIES
from keras_stunet.training.runs.folder import read_metrics
from keras_stunet.training.runs.load import load_run
from keras_stunet.training.runs.run import KNOWN
from keras_stunet.training.runs.run_intervals import INTERVALS
from keras_stunet.training.runs.run_intervals import intervals_of

CARD = "README.md"


def preset_of_run(
    run_folder, folder, licence=None, raw_dir=None, data_dir=None
):
    """Write the best model of a finished run as a preset, with its card.

    Its intervals come along, made of the run's data where the run has none,
    and a graph of its own, such as one of correlations.

    Args:
        run_folder: A run folder of `keras-stunet train`.
        folder: Where to write the preset; it need not exist.
        licence: Of the weights, which is that of the data.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Returns:
        The metadata, a dict.

    Raises:
        FileNotFoundError: If there is no run in the folder.
        ValueError: If the run is not finished, or `folder` holds a preset.
        OSError: If a file cannot be written.
    """
    run, metrics = load_run(run_folder), read_metrics(run_folder)
    if metrics is None:
        raise ValueError(
            f"The run in {run_folder} has no scores yet; finish it with "
            "--resume."
        )
    sensors = {name: getattr(run, name) for name in KNOWN}
    metadata = {
        "keras_stunet": keras_stunet.__version__,
        "title": MODELS[run.config["model"]["name"]].title,
        "licence": licence,
        "parameters": count_trained(run.model),
        "run": run.config,
        "sensors": sensors,
        "metrics": metrics,
    }
    try:
        intervals = intervals_of(run, raw_dir, data_dir)
    except (FileNotFoundError, ValueError) as error:
        warn_user(f"The preset has no intervals. {error}")
        intervals = None
    save_preset(run.model, folder, metadata)
    if intervals is not None:
        intervals.save(Path(folder) / INTERVALS)
    if run.config["source"] and (run.folder / SERIES).exists():
        graph = run.series().adjacency
        with atomic_write(Path(folder) / GRAPH) as temporary:
            scipy.sparse.save_npz(temporary, scipy.sparse.csr_array(graph))
    write_text(Path(folder) / CARD, preset_card(Path(folder).name, metadata))
    return metadata


def preset_card(name, metadata):
    """The card of a preset, Markdown, from its metadata alone."""
    run, metrics = metadata["run"], metadata["metrics"]
    recipe, environment = run["recipe"], metrics["environment"]
    sensors = metadata["sensors"]
    lines = [
        f"# {name}",
        "",
        f"{metadata['title']}, trained on `{run['dataset']}`: "
        f"{len(sensors['sensors'])} sensors, steps of "
        f"{describe_step(sensors['minutes_per_step'])}, "
        f"{run['model']['history']} steps in and {run['model']['horizon']} "
        f"out.{_forecast_from(sensors)}",
    ]
    for target, unit, scores in preset_scores(metadata):
        head = " ".join(filter(None, (target, unit)))
        lines += [
            "",
            f"| {head or 'in the unit of the data'} | MAE | RMSE | MAPE % |",
            "| --- | --- | --- | --- |",
        ]
        for step, errors in scores.items():
            ahead = f"{step} steps"
            if str(step).isdecimal():
                ahead = describe_ahead(int(step), sensors["minutes_per_step"])
            cells = (errors[key] for key in ("mae", "rmse", "mape"))
            cells = ("-" if x is None else f"{x:.3f}" for x in cells)
            lines.append(f"| {ahead} | {' | '.join(cells)} |")
    parts = run["parts"]
    parts = "" if parts is None else f" {':'.join(map(str, parts))}"
    lines += [
        "",
        f"On the test windows, protocol `{run['protocol']}`{parts}, scored "
        f"once on the epoch that was best on validation "
        f"({metrics['best']['epoch']} of {metrics['epochs']}; MAE "
        f"{metrics['best']['val_mae']:.3f} there).",
        "",
        f"- weights: {metadata['parameters']:,} trained",
        f"- training: {metrics['seconds']:,.0f} s, {recipe['precision']}, "
        f"seed {recipe['seed']}, {environment['device']}",
        f"- made with: commit {environment['commit']}, "
        f"{environment['backend']}, Keras {environment['keras']}",
        f"- licence: {metadata['licence'] or 'that of the data'}",
        "",
        "```sh",
        f"keras-stunet forecast {name} --readings FILE",
        f"keras-stunet evaluate {name}",
        "```",
    ]
    return "\n".join(lines)


def preset_scores(metadata):
    """The errors on the test windows that a preset was made with.

    Args:
        metadata: Of a preset that was made from a run.

    Returns:
        `[(target, unit, {step: errors})]`; the target is `None` where there
        is one measurement, the unit `None` where unknown.
    """
    sensors, scores = metadata["sensors"], metadata["metrics"]["test"]
    targets = sensors["targets"] or [None]
    if not is_by_target(scores):
        scores = {targets[0]: scores}
    units = {targets[0]: sensors["unit"]}
    if sensors["units"]:
        units |= zip(sensors["measurements"], sensors["units"], strict=True)
    return [
        (target, units.get(target) or None, scores[target]["model"])
        for target in targets
    ]


def _forecast_from(sensors):
    # Which of several measurements are forecast.
    if sensors["targets"] is None:
        return ""
    targets, all_of_them = (
        ", ".join(sensors[key]) for key in ("targets", "measurements")
    )
    return f" It forecasts {targets} from {all_of_them}."
