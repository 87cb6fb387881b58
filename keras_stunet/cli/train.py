"""`keras-stunet train`."""

import shutil
import sys
from pathlib import Path

import click
from click.core import ParameterSource

from keras_stunet.cli.own_data import WITHOUT_GRAPH
from keras_stunet.cli.own_data import form_options
from keras_stunet.cli.own_data import known_files
from keras_stunet.cli.own_data import own_data_options
from keras_stunet.cli.own_data import read_own
from keras_stunet.cli.own_data import taken_form
from keras_stunet.cli.own_data import taken_sources
from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import check_run
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import kept_in
from keras_stunet.cli.shell import report_option
from keras_stunet.cli.shell import run_options
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras
from keras_stunet.cli.train_options import CALENDARS
from keras_stunet.cli.train_options import OF_ST_UNET
from keras_stunet.cli.train_options import input_options
from keras_stunet.cli.train_options import model_options
from keras_stunet.cli.train_options import recipe_options


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
    help="Train the weights of a finished run or a preset further, on its data "
    "or others; of other sensors, those weights that know none. The epochs and "
    "the learning rate are this command's.",
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
@model_options
@input_options
@recipe_options
@report_option
@click.pass_context
def train(
    context,
    dataset,
    values,
    graph,
    graph_kind,
    coordinates,
    covariates,
    static,
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
    quantiles,
    **options,
):
    """Train a model on DATASET and score it once on the test split.

    DATASET is a name from `keras-stunet datasets`, or an .npz file saved
    with keras_stunet.data.Series.save; or give a file of your own as --values,
    and say with --graph what joins its sensors, where the model looks at a
    graph. For a data set the defaults are the paper's for ST-UNet; for files
    of your own they are ST-UNet+'s, which needs no graph.

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
      keras-stunet train --values speeds.csv --out runs/own
      keras-stunet train --values bikes.csv --graph edges.csv --model st_unet
                   --out runs/paper
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

    with shell_errors(lambda: kept_in(out, resume=True)):
        options |= {
            "parts": _whole(parts),
            "calendar": None if calendar is None else CALENDARS[calendar],
            "targets": _names(targets),
            "quantiles": _numbers(quantiles),
        }
        options = {key: x for key, x in options.items() if x is not None}
        if start_from is not None:  # its model, not the defaults here
            check_run(start_from)
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
            if start_from is None and "model" not in options:
                options["model"] = "st_unet_plus"
                if any(is_given(option) for option in OF_ST_UNET):
                    options["model"] = "st_unet"
            model = options.get("model")
            unused = graph not in (None, "none") and model in WITHOUT_GRAPH
            unit = options.get("unit")
            dataset, graph, files = read_own(
                *(values, graph, graph_kind, coordinates, form, model, unit),
                *(covariates, static),
            )
            if dataset.num_measurements > 1:  # it has them all
                options.pop("unit", None)
            options |= {"graph": graph, "files": files}
            if not quiet:
                click.echo(f"Read {describe_series(dataset)}.")
            if unused and not quiet:
                click.echo(
                    f"The model, {model}, does not look at the graph; "
                    "--model st_unet goes by it."
                )
        else:
            if dataset is not None:
                from keras_stunet.data.catalog import check_dataset

                check_dataset(dataset)
            if made:
                options["graph"] = graph
            if covariates or static:
                options |= {"covariates": covariates, "static": static}
                options["files"] = known_files(covariates, static)
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
        if Path(program).name == "__main__.py":
            program = "python -m keras_stunet"
    from keras_stunet.data.catalog import SOURCES

    folder = Path(out)
    click.echo(
        f"\nEverything about this run is in {folder}/: the pictures forecast, "
        "errors,\nnetwork and training, as .png and .svg, the model and its "
        "history.\n\nNext:\n"
        f"  {program} forecast {folder}   # the next steps, as csv\n"
        f"  {program} evaluate {folder} --split validation"
    )
    if isinstance(dataset, str) and dataset in SOURCES:
        click.echo(f"  {program} datasets   # what else there is to train on")


def _names(targets):
    """Names with commas between them as a list."""
    if targets is None or targets == "all":
        return targets
    return [name.strip() for name in targets.split(",")]


def _numbers(quantiles):
    """Numbers with commas between them as a tuple."""
    if quantiles is None:
        return None
    try:
        return tuple(float(q) for q in quantiles.split(","))
    except ValueError as error:
        raise ValueError(
            f"--quantiles is {quantiles!r}; expected numbers with commas "
            "between, such as 0.1,0.5,0.9."
        ) from error


def _whole(parts):
    """Day counts are integers; ratios need not be."""
    if not parts:
        return None
    return tuple(int(x) if x == int(x) else x for x in parts)
