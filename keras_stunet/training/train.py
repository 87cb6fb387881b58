"""From a data set's name to a trained, scored and pictured model."""

import functools

from keras_stunet.checks import check_count
from keras_stunet.data import Series
from keras_stunet.data import with_covariates
from keras_stunet.evaluation.scoring import reported_steps
from keras_stunet.training.devices.base import open_devices
from keras_stunet.training.fit import train
from keras_stunet.training.network import make_network
from keras_stunet.training.plan import make_plan
from keras_stunet.training.runs.data_notes import warn_of_training_data
from keras_stunet.training.runs.run import Run
from keras_stunet.training.runs.run_data import with_scale
from keras_stunet.training.seeds import train_seeds
from keras_stunet.training.tensorboard import tensorboard_callback
from keras_stunet.training.write_up import LAST
from keras_stunet.training.write_up import run_table
from keras_stunet.training.write_up import write_up


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
    seeds=1,
    start_from=None,
    callbacks=(),
    tensorboard=False,
    devices=1,
    steps_per_execution=1,
    resume=False,
    progress=True,
    report_steps=None,
    graph=None,
    covariates=(),
    static=None,
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
    decoder has teacher forcing as rarely as at the end of that run. On
    another network of sensors graph, scaler and profile are made anew, and so
    are the weights that know single sensors; a warning says which.

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
            one of each, see `make_windows`. By default `"all"` for data sets
            with a published protocol, and for others as `suggested_scale`
            finds.
        no_sampling: Whether a decoder is trained without teacher forcing.
        seeds: How many models to train, of seeds from `seed` on, and to keep
            as one (`keras_stunet.models.build_ensemble`).
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
        covariates: What is known in advance beside the data, as
            `with_covariates` takes it.
        static: What the sensors are, likewise.
        files: What these and a `Series` were read from, paths by what they
            hold, kept with their digests in `config.json`.
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
    check_count("seeds", seeds, 1)
    known = {"covariates": covariates, "static": static}
    if isinstance(dataset, Series):
        dataset, known = with_covariates(dataset, **known), {}
    data = {"protocol": protocol, "parts": parts, "calendar": calendar}
    data |= {"mask_channel": mask_channel, "targets": targets, "scale": scale}
    plan = make_plan(dataset, model, options, data, no_sampling, start_from)
    if tensorboard:
        callbacks = [*callbacks, tensorboard_callback(folder)]
    with open_devices(devices, plan.recipe, steps_per_execution) as devices:
        plan.check()
        if report_steps is not None:
            report_steps = reported_steps(plan.options["horizon"], report_steps)
        config = plan.config(files, unit, seeds)
        own = plan.series(config, graph, raw_dir, data_dir, progress, **known)
        with Run.open(folder, config, resume, LAST, own, devices) as run:
            if run.finished:
                return run_table(run.metrics, report_steps)
            series = run.series(raw_dir, data_dir)
            if plan.parent is not None:
                run.covariates = plan.parent.covariates
                run.static = plan.parent.static
            run.config = with_scale(series, run.config, progress)
            splits = run.windows()
            warn_of_training_data(series, splits)

            def make(recipe):
                with devices.scope():
                    return make_network(
                        plan.model,
                        plan.options,
                        recipe,
                        series,
                        splits,
                        plan.no_sampling,
                        plan.parent,
                    )

            network = make(plan.recipe)
            run.start(splits)
            several = functools.partial(train_seeds, make, seeds)
            metrics, best = (several if seeds > 1 else train)(
                network,
                splits,
                plan.recipe,
                run.folder,
                progress,
                devices=devices,
                report_steps=report_steps,
                units=run.target_units,
                callbacks=callbacks,
            )
            if not devices.writes:
                return None
            table = run_table(metrics, report_steps)
            return write_up(run, best, splits, table, progress)
