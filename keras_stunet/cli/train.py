"""`keras-stunet train`."""

import shutil
import sys
from pathlib import Path

import click
from click.core import ParameterSource

from keras_stunet.cli.own_data import form_options
from keras_stunet.cli.own_data import own_data_options
from keras_stunet.cli.own_data import read_own
from keras_stunet.cli.own_data import taken_form
from keras_stunet.cli.own_data import taken_sources
from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import device_options
from keras_stunet.cli.shell import report_option
from keras_stunet.cli.shell import run_options
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras

# Written out, so that the help needs no Keras.
MODELS = (
    "st_unet",
    "t_unet",
    "s_unet",
    "gcgru_ablation",
    "gcgru",
    "stgcn",
    "stgcn_1st",
    "dcrnn",
    "fc_lstm",
    "fnn",
    "st_unet_plus",
)
CALENDARS = {
    "none": (),
    "time_of_day": ("time_of_day",),
    "day_of_week": ("day_of_week",),
    "both": ("time_of_day", "day_of_week"),
}


@click.command(context_settings=CONTEXT)
@click.argument("dataset", required=False)
@own_data_options
@form_options
@click.option(
    "--unit",
    help="Unit of the readings, such as km/h, for pictures and forecasts; of "
    "several measurements one of each, with commas between.  [default: the "
    "data set's own]",
)
@click.option(
    "--recipe",
    help="Train after a recipe: a row of the paper's tables, such as "
    "table1/pemsd7_m/stgcn, or a .toml file. What is given beside it wins.",
)
@click.option(
    "--from",
    "start_from",
    metavar="RUN",
    help="Train the weights of a finished run further, on its data or others "
    "of its sensors; the epochs and the learning rate are this command's.",
)
@run_options
@data_options
@click.option(
    "--protocol",
    type=Choice(("days", "windows")),
    help="'days': whole days, no window over midnight; 'windows': all windows "
    "in order of time.  [default: the data set's own; your data: windows]",
)
@click.option(
    "--parts",
    type=float,
    nargs=3,
    help="Training, validation and test: day counts or ratios.  [default: "
    "the data set's own; else 34 5 5 days, 6 2 2 windows]",
)
@click.option(
    "--model",
    type=Choice(tuple(MODELS)),
    default="st_unet",
    help="The system to train; options that it does not have are an error.",
)
@click.option(
    "--head",
    type=Choice(("seq2seq", "direct", "one_step")),
    show_default="the model's own; ST-UNet: seq2seq",
    help="'seq2seq': a decoder, step by step; 'direct': all steps at once, at "
    "about half the cost; 'one_step': STGCN's recursive roll-out.",
)
@click.option("--history", type=int, show_default="12", help="Input steps.")
@click.option(
    "--horizon", type=int, show_default="12", help="Steps to forecast."
)
@click.option(
    "-K", "K", type=int, show_default="3", help="Chebyshev terms, at least 1."
)
@click.option(
    "-p",
    "p",
    type=int,
    show_default="2",
    help="Rounds of pooling, to N / 2^p; 0 for none.",
)
@click.option(
    "-s",
    "s",
    type=int,
    show_default="2",
    help="Dilation in time; 1 for none.",
)
@click.option(
    "--units",
    type=int,
    show_default="64; ST-UNet on METR-LA: 96; FC-LSTM, FNN: 256",
    help="Features of each recurrence.",
)
@click.option(
    "--layer-norm",
    type=Choice(("joint", "channels", "none")),
    show_default="joint",
    help="Layer normalisation over nodes and channels at once, over channels, "
    "or none.",
)
@click.option(
    "--reduce",
    type=Choice(("mean", "max")),
    show_default="mean",
    help="What pooling takes of the nodes that it joins.",
)
@click.option(
    "--upsampling",
    type=Choice(("copy", "ordered", "weighted")),
    show_default="copy",
    help="Direct copy, or ordered or weighted deconvolution (Table 3).",
)
@click.option(
    "--propagation",
    type=Choice(("auto", "dense", "edges", "spectral")),
    show_default="auto",
    help="How a graph convolution is computed; the result is the same. "
    "'spectral', by the eigenvectors of each component of the graph, trains "
    "faster on graphs of some hundred nodes.",
)
@click.option(
    "--share-weights",
    is_flag=True,
    default=None,
    help="Let the decoder of ST-UNet run on its encoder's weights.",
)
@click.option(
    "--calendar",
    type=Choice(tuple(CALENDARS)),
    help="Inputs beside the readings.  [default: none; METR-LA: time_of_day]",
)
@click.option(
    "--mask-channel",
    is_flag=True,
    help="A further input: whether each reading is present, 1 or 0.",
)
@click.option(
    "--targets",
    help="Measurements to forecast, a name or several with commas between, or "
    "'all'; all measurements are inputs.  [default: the first]",
)
@click.option(
    "--scale",
    type=Choice(("all", "sensor")),
    default="all",
    help="One mean and deviation of all sensors, as in the paper, or one of "
    "each sensor.",
)
@click.option(
    "--non-negative",
    is_flag=True,
    default=None,
    help="Forecast nothing below 0, as of counts.",
)
@click.option(
    "--epochs",
    type=int,
    show_default="80; ST-UNet+: 14",
    help="Passes over the training windows.",
)
@click.option(
    "--patience",
    type=int,
    show_default="all epochs",
    help="End after so many epochs without a better validation.",
)
@click.option(
    "--batch-size",
    type=int,
    show_default="50; ST-UNet+: 32",
    help="Windows a training step.",
)
@device_options
@click.option(
    "--loss",
    type=Choice(("l1_l2", "l2", "l1", "mae")),
    show_default="l1_l2; ST-UNet+: l1",
    help="Mean of L1 and L2 (Table 1), L2 (Table 2) or L1, in standard units; "
    "'mae': L1 in original units.",
)
@click.option(
    "--no-sampling/--sampling",
    help="No teacher forcing in training, or scheduled sampling.",
)
@click.option(
    "--sampling-half",
    type=float,
    show_default="0.3",
    help="Share of the training after which it is fed half of the time.",
)
@click.option(
    "--tensorboard",
    is_flag=True,
    help="Write losses for TensorBoard, to tensorboard/ in the run folder.",
)
@report_option
@click.pass_context
def train(
    context,
    dataset,
    values,
    graph,
    graph_kind,
    coordinates,
    recipe,
    start_from,
    out,
    resume,
    raw_dir,
    data_dir,
    quiet,
    devices,
    steps_per_execution,
    report_steps,
    parts,
    calendar,
    targets,
    **options,
):
    """Train a model on DATASET and score it once on the test split.

    DATASET is a name from `keras-stunet datasets`, or an .npz file saved
    with keras_stunet.data.Series.save; or give a file of your own as --values,
    and say with --graph what joins its sensors. The defaults are the paper's
    for ST-UNet.

    The run folder holds the configuration, the history of losses, the best
    model on validation, a checkpoint to resume from, the scores as JSON and
    as a table, and pictures. A run that was stopped, even by a power cut,
    goes on with --resume. Ctrl-C stops it after the present step; a second
    one stops it at once.

    \b
    Examples:
      keras-stunet train freeway --head direct --epochs 10 --out runs/first
      keras-stunet train pemsd7/m --out runs/paper --resume
      keras-stunet train --recipe table1/pemsd7_m/stgcn --out runs/stgcn
      keras-stunet train --values speeds.csv --graph edges.csv --out runs/own
      keras-stunet train --values bikes.csv --graph correlation --out runs/own
    """
    values = taken_sources(values)
    sources = (dataset is not None) + (values is not None)
    form = taken_form(options)
    made = graph == "correlation" and dataset is not None  # of its readings
    of_values = (graph and not made) or graph_kind or coordinates or form
    named = recipe or start_from
    if sources > 1 or not (sources or named) or (of_values and not values):
        raise click.UsageError(
            "Give DATASET, or --values with what belongs to it (--graph and "
            "others), or a --recipe or a run (--from), which name their data. "
            "A pattern of files goes in quotes, --values 'air/*.csv'."
        )
    if recipe and start_from:
        raise click.UsageError(
            "Give --recipe or --from: a run that is trained further has its "
            "own model."
        )

    def is_given(option):
        source = context.get_parameter_source(option)
        return source is ParameterSource.COMMANDLINE

    with shell_errors(
        f"Whole epochs are kept in {Path(out)}; go on with the same command "
        "and --resume."
    ):
        options |= {
            "parts": _whole(parts),
            "calendar": None if calendar is None else CALENDARS[calendar],
            "targets": _names(targets),
        }
        options = {key: x for key, x in options.items() if x is not None}
        if start_from is not None:  # its model, not the defaults here
            options = {key: options[key] for key in options if is_given(key)}
            options["start_from"] = start_from
        if recipe is not None:
            from keras_stunet.experiments import recipe_arguments

            given = {key: options[key] for key in options if is_given(key)}
            own = values if isinstance(values, str) else values and "own"
            options = recipe_arguments(recipe, dataset or own, **given)
            dataset = options.pop("dataset")
        if values is not None:
            from keras_stunet.data import describe_series

            if start_from is not None:  # it has its own graph
                graph = graph or "none"
            model = options.get("model", "st_unet")
            unit = options.get("unit")
            dataset, graph, files = read_own(
                values, graph, graph_kind, coordinates, form, model, unit
            )
            if dataset.num_measurements > 1:  # it has them all
                options.pop("unit", None)
            options |= {"graph": graph, "files": files}
            if not quiet:
                click.echo(f"Read {describe_series(dataset)}.")
        elif dataset is not None:
            from keras_stunet.data.catalog import check_dataset

            check_dataset(dataset)
            if made:
                options["graph"] = graph
        # Not before: Keras and its backend take seconds to start.
        start_keras()
        from keras_stunet.training import train_model

        table = train_model(
            dataset,
            out,
            raw_dir=raw_dir,
            data_dir=data_dir,
            devices=devices,
            steps_per_execution=steps_per_execution,
            resume=resume,
            progress=not quiet,
            report_steps=report_steps,
            **options,
        )
    if quiet or table is None:
        return
    click.echo(table)
    # As it can be typed here, in a virtual environment that is not active too.
    program = "keras-stunet"
    if shutil.which(program) is None:
        program = sys.argv[0]
    folder = Path(out)
    click.echo(
        f"\nEverything about this run is in {folder}/: the pictures forecast, "
        "errors,\nnetwork and training, as .png and .svg, the model and its "
        "history.\n\nNext:\n"
        f"  {program} forecast {folder}   # the next steps, as csv\n"
        f"  {program} evaluate {folder} --split validation\n"
        f"  {program} datasets   # what else there is to train on"
    )


def _names(targets):
    """Names with commas between them as a list."""
    if targets is None or targets == "all":
        return targets
    return [name.strip() for name in targets.split(",")]


def _whole(parts):
    """Day counts are integers; ratios need not be."""
    if not parts:
        return None
    return tuple(int(x) if x == int(x) else x for x in parts)
