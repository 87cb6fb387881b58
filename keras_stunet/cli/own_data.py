"""Files of one's own: the options that name them, and how they are read."""

from pathlib import Path

import click

from keras_stunet.checks import did_you_mean
from keras_stunet.cli.shell import Choice

# Graphs that are in no file, written out as the models' names are.
GRAPHS = ("none", "nearest", "correlation")
# Models that do not look at a graph.
WITHOUT_GRAPH = ("fc_lstm", "fnn", "st_unet_plus")
_FORM = (
    *("start", "interval", "separator", "decimal", "date_format", "missing"),
)


covariates_option = click.option(
    "--covariates",
    multiple=True,
    help="What is known in advance, as holidays or a weather forecast: a file "
    "with a column of times, perhaps one called sensor, and others of numbers "
    "or text. May be given again.",
)


def own_data_options(command):
    """Add what says where readings and graph of one's own are."""
    for option in (
        click.option(
            "--static",
            help="What your sensors are, as lanes or altitude: a file with a "
            "column sensor and others of numbers or text.",
        ),
        covariates_option,
        click.option(
            "--coordinates",
            help="Places of your sensors, a file with the headings "
            "sensor,latitude,longitude: for --graph nearest, and for pictures.",
        ),
        click.option(
            "--graph-kind",
            type=Choice(("weights", "distances")),
            help="What the numbers of --graph are, where its heading does not "
            "say.",
        ),
        click.option(
            "--graph",
            metavar="FILE|none|nearest|correlation",
            help="The graph of your sensors. A file: edge list, matrix or "
            "coordinates. 'none': no edges. 'nearest': each with the 8 nearest "
            "of --coordinates. 'correlation': each with the 8 whose readings "
            "go with its own most, in the training part.  [default: none for "
            "fnn, fc_lstm and st_unet_plus, which look at no graph]",
        ),
        click.option(
            "--values",
            help="Readings of your own in place of DATASET: .csv, .parquet, "
            ".npz or .npy, also in a .gz or .zip.",
        ),
    ):
        command = option(command)
    return command


def form_options(command):
    """Add what a file of readings may not say itself."""
    for option in (
        click.option(
            "--missing",
            type=float,
            multiple=True,
            help="A number that stands for a missing reading, such as -1; may "
            "be given several times.",
        ),
        click.option(
            "--date-format",
            metavar="day-first|month-first|FORMAT",
            help="Order of dates such as 03/04/2024, or a format such as "
            "'%d.%m.%y %H:%M'.  [default: year first, or what the file shows]",
        ),
        click.option(
            "--decimal",
            type=click.Choice((".", ",")),
            help="Decimal mark of a csv.  [default: a point]",
        ),
        click.option(
            "--separator",
            help="Between the cells of a csv, such as ';' or tab.  [default: "
            "the comma, or what the first line has in its place]",
        ),
        click.option(
            "--interval",
            help="From one row to the next, such as 5min, of a file without "
            "times.",
        ),
        click.option(
            "--start",
            help="Time of the first row of a file without times, such as "
            "'2024-03-01 00:00'.",
        ),
    ):
        command = option(command)
    return command


def taken_form(options):
    """Takes the options of `form_options` that were given out of a dict."""
    form = {key: options.pop(key) for key in _FORM}
    return {key: x for key, x in form.items() if x not in (None, ())}


def read_own(
    values,
    graph,
    graph_kind,
    coordinates,
    form,
    model,
    covariates=(),
    static=None,
):
    """Reads a series of one's own.

    Args:
        values: As the options.
        graph: As the options.
        graph_kind: As the options.
        coordinates: As the options.
        form: From `taken_form`.
        model: The model that it is for.
        covariates: As the options.
        static: As the options.

    Returns:
        The `Series`, and two arguments of `train_model`: `graph`, and
        `files`.

    Raises:
        click.UsageError: If the model needs a graph and none is given.
        OSError: As `read_series`.
        ValueError: As `read_series`.
    """
    from keras_stunet.data.readers.covariates import with_covariates
    from keras_stunet.data.readers.series_files import is_saved_series
    from keras_stunet.data.readers.series_files import read_series_and_form

    if graph is None and model not in WITHOUT_GRAPH:
        if not is_saved_series(values):
            raise click.UsageError(
                f"Model {model!r} needs a graph. Give one: --graph FILE (an "
                "edge list, a matrix or coordinates), --graph nearest with "
                "--coordinates FILE, --graph correlation, or --graph none, "
                "without any edge (ST-UNet then with -p 0)."
            )
    if graph is not None and graph not in GRAPHS and not Path(graph).exists():
        raise FileNotFoundError(
            f"There is no file {graph} of a graph. Check the name and the "
            f"folder; or give one of {', '.join(GRAPHS)}."
            f"{did_you_mean(graph, GRAPHS)}"
        )
    series, form = read_series_and_form(
        values,
        None if graph in ("none", "correlation") else graph,
        graph_kind,
        coordinates=coordinates,
        **form,
    )
    if covariates or static:
        series = with_covariates(series, covariates, static, **form)
    files = {"values": values, "graph": graph, "coordinates": coordinates}
    files["static"] = static
    files |= {f"covariates_{i}": x for i, x in enumerate(covariates, 1)}
    files["form"] = form
    files = {key: x for key, x in files.items() if x}
    return series, "correlation" if graph == "correlation" else None, files
