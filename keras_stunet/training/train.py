"""From a data set's name to a trained, scored and pictured model."""

import dataclasses

import numpy as np
import scipy.sparse

from keras_stunet.checks import check_choice
from keras_stunet.checks import did_you_mean
from keras_stunet.data import Series
from keras_stunet.data.catalog import load_series
from keras_stunet.data.scale import SCALES
from keras_stunet.data.splits import find_targets
from keras_stunet.evaluation.error_profile import profile_errors
from keras_stunet.evaluation.scoring import fit_naive_baselines
from keras_stunet.evaluation.scoring import reported_steps
from keras_stunet.evaluation.table import horizon_table
from keras_stunet.evaluation.table import is_by_target
from keras_stunet.files import write_rows
from keras_stunet.graph import partition
from keras_stunet.graph import symmetrise
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user
from keras_stunet.models import MODELS
from keras_stunet.models.registry import check_model
from keras_stunet.models.registry import model_options
from keras_stunet.plotting import save_run_pictures
from keras_stunet.training.devices.base import open_devices
from keras_stunet.training.fit import train
from keras_stunet.training.network import make_network
from keras_stunet.training.parent import read_parent
from keras_stunet.training.recipe import OF_READINGS
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import without_gone
from keras_stunet.training.runs.data_notes import warn_of_training_data
from keras_stunet.training.runs.digests import described_files
from keras_stunet.training.runs.folder import ERRORS
from keras_stunet.training.runs.folder import HISTORY
from keras_stunet.training.runs.folder import run_config
from keras_stunet.training.runs.run import Run
from keras_stunet.training.runs.run_data import checked_dataset
from keras_stunet.training.runs.run_data import source_name
from keras_stunet.training.runs.run_data import usual_calendar
from keras_stunet.training.runs.run_data import with_correlations
from keras_stunet.training.runs.run_data import with_defaults
from keras_stunet.training.runs.run_intervals import keep_intervals
from keras_stunet.training.tensorboard import tensorboard_callback

LAST = "training.svg"  # the last file that a run writes


def train_model(
    dataset,
    folder,
    model=None,
    *,
    raw_dir=None,
    data_dir=None,
    protocol=None,
    parts=None,
    calendar=None,
    mask_channel=None,
    targets=None,
    scale=None,
    no_sampling=False,
    start_from=None,
    callbacks=(),
    tensorboard=False,
    devices=1,
    steps_per_execution=1,
    resume=False,
    progress=True,
    report_steps=None,
    graph=None,
    files=None,
    unit=None,
    **options,
):
    """Train a model of the zoo and write its run folder.

    `dataset` is a key of `keras_stunet.data.catalog.SOURCES`, an .npz file or
    a `Series`, of which the folder keeps a copy. `protocol`, `parts`,
    `calendar` and ST-UNet's `units` are by default those of the data set's
    published protocol, and of `run_data.OWN` for data of one's own. A
    directed graph is made undirected by the maximum of both directions,
    unless the model is made for directed ones.

    All measurements of the series are inputs; `targets` are forecast. Scores,
    tables and pictures are of each target in its own unit; the epoch that
    counts is the best by the MAE of one target, or of several in standard
    units.

    The folder then holds `config.json`, `history.csv`, `model.keras` (the
    best on validation), `checkpoint.npz`, `metrics.json`, `table.md`,
    `errors.csv` (by sensor and step), `intervals.npz` and the pictures of
    `keras_stunet.plotting.save_run_pictures`. Most arguments are also options
    of `keras-stunet train`.

    With `resume` a run in the folder is gone on with after its last whole
    epoch, and one is started if there is none; a finished one is not scored
    again. Without matplotlib everything but the pictures is written, with a
    warning.

    With `start_from` the weights of a finished run are trained further, on
    its data or on others of its sensors. Model, graph, scaler and inputs are
    then its own; epochs and learning rate are those of this call, and a
    decoder has teacher forcing as rarely as at the end of that run.

    Args:
        dataset: See above; `None` for that of `start_from`.
        folder: The run folder.
        model: A key of `keras_stunet.models.MODELS`, by default `"st_unet"`
            or that of `start_from`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.
        protocol: `"days"` or `"windows"`, see `make_windows`.
        parts: Day counts or ratios of training, validation and test.
        calendar: Inputs beside the readings, see `Windows`.
        mask_channel: Whether the last inputs say which readings are present.
        targets: Names of the measurements to forecast, or `"all"`; by default
            the first.
        scale: `"all"`, one mean and deviation of all sensors, or `"sensor"`,
            one of each, see `make_windows`.
        no_sampling: Whether a decoder is trained without teacher forcing.
        start_from: Folder of a finished run, see above. `config.json` and
            rows of results name it.
        callbacks: Keras callbacks that go along with `fit`. A run that goes
            on has them anew.
        tensorboard: Whether to write losses for TensorBoard, to
            `tensorboard/` in the folder.
        devices: How many to share each batch among, or `"all"`; counted over
            all processes, where the environment names several
            (`docs/devices.md`).
        steps_per_execution: Training steps each time the program is started,
            for less waiting between short steps. On JAX windows are then
            gathered on the device.
        resume: See above.
        progress: Whether to show a progress bar.
        report_steps: Horizon steps of the table, see
            `keras_stunet.evaluation.reported_steps`.
        graph: "correlation", to join each sensor of a `Series` with those
            whose readings go with its own most in the training part, see
            `keras_stunet.graph.correlation_adjacency`. By default the graph
            of the series, whose edges may be none where the model does not
            pool.
        files: What a `Series` was read from, paths by what they hold, kept
            with their digests in `config.json`.
        unit: Unit of the readings, for pictures and forecasts; by default
            the data set's own.
        **options: Fields of `Recipe` (`epochs`, `loss`, `seed`, ...) and
            arguments of the model's builder (`head`, `units`, `K`, ...).

    Returns:
        The table of horizons, as Markdown; `None` in a process that trained
        along with the one that writes.

    Raises:
        ValueError: For options that make no sense, devices that are not
            there or processes that differ, before anything is written; or if
            the training diverges.
        ImportError: If TensorBoard is asked for and not installed.
        OSError: If the folder cannot be written or another run writes to it,
            before any data are read; or if a file cannot be written later.
    """
    data = {"protocol": protocol, "parts": parts, "calendar": calendar}
    data |= {"mask_channel": mask_channel, "targets": targets, "scale": scale}
    parent = None if start_from is None else read_parent(start_from)
    if parent is not None:
        model, options, data = parent.fill_in(model, options, data)
        dataset = parent.dataset if dataset is None else dataset
    model = "st_unet" if model is None else model
    if tensorboard:
        callbacks = [*callbacks, tensorboard_callback(folder)]
    dataset = checked_dataset(dataset)
    if parent is not None and isinstance(dataset, Series):
        dataset = parent.with_graph(dataset)
    targets = _checked_targets(data.pop("targets"), dataset)
    scale = data.pop("scale") or "all"
    check_choice("scale", scale, SCALES)
    recipe, options = _split_options(model, options)
    mask_channel = bool(data.pop("mask_channel"))
    if data["calendar"] is None and MODELS[model].takes("calendar"):
        data["calendar"] = usual_calendar(dataset)
    data = with_defaults(dataset, **data, units=options.get("units"))
    if MODELS[model].published_units:
        options["units"] = data["units"]
    with open_devices(devices, recipe, steps_per_execution) as devices:
        features = 1 + len(data["calendar"]) + mask_channel
        options = check_model(model, options, features, data["calendar"])
        _check_sampling(model, options.get("head"), no_sampling, recipe)
        if report_steps is not None:
            report_steps = reported_steps(options["horizon"], report_steps)
        own = dataset if isinstance(dataset, Series) else None
        if own is None and dataset.endswith(".npz"):
            files = {"series": dataset}
        config = run_config(
            dataset if own is None else own.name,
            data["protocol"],
            data["parts"],
            {
                "name": model,
                **options,
                "calendar": data["calendar"],
                "mask_channel": mask_channel,
                "targets": targets,
                "scale": scale,
                "no_sampling": no_sampling,
                "profile": MODELS[model].takes("profile"),
            },
            recipe,
            source_name(dataset),
            described_files(files or {}),
            unit,
            parent.identity() if parent else None,
        )
        if graph is not None:
            if own is None:
                own = load_series(dataset, raw_dir, data_dir)
            own = _with_graph(own, graph, config, progress)
        with Run.open(folder, config, resume, LAST, own, devices) as run:
            if run.finished:
                return _table(run.metrics, report_steps)
            series = run.series(raw_dir, data_dir)
            splits = run.windows()
            warn_of_training_data(series, splits)
            if parent is not None:
                parent.check_series(series, splits.train.minutes_per_step)
            with devices.scope():
                network = make_network(
                    model, options, recipe, series, splits, no_sampling, parent
                )
            run.start(splits)
            metrics, best = train(
                network,
                splits,
                recipe,
                run.folder,
                progress,
                devices=devices,
                report_steps=report_steps,
                units=run.target_units,
                callbacks=callbacks,
            )
            if not devices.writes:
                return None
            table = run.write_table(_table(metrics, report_steps))
            run.intervals = keep_intervals(run.folder, best, splits.validation)
            profile = profile_errors(best, splits.test)
            write_rows(run.folder / ERRORS, _error_rows(profile, series))
            run.draw(
                lambda: _save_pictures(
                    run, model, best, splits, options, profile
                ),
                progress,
            )
            return table


def _checked_targets(targets, dataset):
    """Targets ready for `config.json`; of a series they are looked up.

    Raises:
        ValueError: If there is no such measurement.
    """
    if targets is not None and not isinstance(targets, str):
        targets = list(targets)
    if isinstance(dataset, Series):
        find_targets(dataset, targets)
    return targets


def _error_rows(profile, series):
    """The rows of `errors.csv`; of several targets each says of which."""
    if not isinstance(profile, dict):
        return profile.rows(series.node_ids)
    return [
        {"target": target, **row}
        for target, own in profile.items()
        for row in own.rows(series.node_ids)
    ]


def _with_graph(series, graph, config, progress):
    """A series with a graph that its training part makes."""
    check_choice("graph", graph, ("correlation",))
    if config["source"] and scipy.sparse.csr_array(series.adjacency).nnz:
        raise ValueError(
            f"`graph` is {graph!r}, and {config['dataset']!r} has a graph of "
            "its own. Leave `graph` out."
        )
    series = with_correlations(series, config)
    if progress:
        edges = counted(series.adjacency.nnz // 2, "edge")
        print(f"The graph: {edges} by correlation in the training part.")
    return series


def _split_options(model, options):
    """A `Recipe` of the options that are its fields, and the others.

    Raises:
        ValueError: For an unknown model or option.
    """
    options = without_gone(options)
    fields = [field.name for field in dataclasses.fields(Recipe)]
    recipe = {key: options.pop(key) for key in fields if key in options}
    if model in MODELS:
        recipe = {**MODELS[model].recipe, **recipe}
        known = [*MODELS[model].options(), *fields]
        for option in options.keys() - known - MODELS[model].fixed.keys():
            raise ValueError(
                f"Neither model {model!r} nor the training has an option "
                f"{option!r}; expected some of {', '.join(known)}."
                f"{did_you_mean(option, known)}"
            )
    model_options(model, options)
    check_choice("loss", recipe.get("loss", Recipe.loss), OF_READINGS)
    return Recipe(**recipe), options


def _check_sampling(model, head, no_sampling, recipe):
    """Raise or warn if options of sampling are given without a decoder."""
    given = {"no_sampling": no_sampling}
    given["sampling_half"] = recipe.sampling_half != Recipe.sampling_half
    given = [name for name in given if given[name]]
    if given and not MODELS[model].takes("sampling_decay"):
        raise ValueError(
            f"Model {model!r} has no decoder and so no teacher forcing; leave "
            f"`{given[0]}` out."
        )
    if given and head == "direct":
        warn_user(
            "The direct head has no decoder and so no teacher forcing; "
            "options of sampling change nothing."
        )


def _table(metrics, wanted):
    scores = metrics["test"]
    of_one = scores
    if is_by_target(scores):
        of_one = next(iter(scores.values()))
    scored = {str(step) for step in next(iter(of_one.values()))}
    steps = wanted or metrics.get("report_steps")
    if missing := [step for step in steps or () if str(step) not in scored]:
        warn_user(
            f"The run is finished, and {listed(missing)} is no step that it "
            "was scored at. `keras-stunet evaluate RUN --report-steps ...` "
            "scores any."
        )
        steps = None
    minutes = metrics["minutes_per_step"]
    return horizon_table(scores, minutes, steps, metrics.get("units"))


def _save_pictures(run, model, best, splits, options, profile):
    series = run.series()
    undirected = symmetrise(series.adjacency, "max")
    rounds = int(np.sum(options.get("p", 0)))
    # Levels of pooling go on where the last stopped.
    labels = partition(undirected, rounds).labels if rounds else None
    save_run_pictures(
        run.folder,
        best,
        fit_naive_baselines(splits.train),
        splits,
        dataclasses.replace(series, adjacency=undirected),
        run.folder / HISTORY,
        labels=labels,
        unit=run.unit,
        units=run.target_units,
        name=MODELS[model].title,
        profile=profile,
        intervals=run.intervals,
    )
