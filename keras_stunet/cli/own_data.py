"""Files of one's own: the options that name them, and how they are read."""

import dataclasses
import re
from pathlib import Path

import click

from keras_stunet.checks import did_you_mean
from keras_stunet.cli.shell import Choice

# Graphs that are in no file, written out as the models' names are.
GRAPHS = ("none", "nearest", "correlation")
# Models that do not look at a graph, named here as nothing imports Keras yet.
WITHOUT_GRAPH = ("fc_lstm", "fnn", "stid", "st_unet_plus")
_FORM = ("start", "interval", "separator", "decimal", "date_format")
_FORM += ("missing", "measurements")
# What a value of --values and --readings may say before the file.
_NAMED = re.compile(r"(?P<name>[^=/\\]*[^=/\\\s])\s*=(?P<path>.+)")


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
            f"{', '.join(WITHOUT_GRAPH)}, which look at no graph]",
        ),
        click.option(
            "--values",
            multiple=True,
            metavar="FILE|FOLDER|NAME=FILE",
            help="Readings of your own in place of DATASET: .csv, .parquet, "
            ".npz or .npy, also in a .gz or .zip. May be given again: a folder "
            "or several files are a sensor each, or one time after the other; "
            "with names before them a measurement each.",
        ),
    ):
        command = option(command)
    return command


def form_options(command):
    """Add what a file of readings may not say itself."""
    for option in (
        click.option(
            "--measurements",
            help="Names of the measurements, with commas between: of arrays "
            "that do not say them, in their order; of other files those to "
            "take.",
        ),
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
            help="From one row to the next, such as 5min or 1month, of a file "
            "without times.",
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
    if form["measurements"] is not None:
        form["measurements"] = form["measurements"].split(",")
    return {key: x for key, x in form.items() if x not in (None, ())}


def taken_sources(values):
    """What `read_values` reads, of an option that may be given several times.

    Returns:
        A file, a list of files, or a dict of a file for each name; `None` for
        none.

    Raises:
        click.UsageError: If only some have a name, or two the same.
    """
    if not values:
        return None
    named = [_NAMED.fullmatch(one) for one in values]
    named = [
        match if match and not Path(one).exists() else None
        for match, one in zip(named, values, strict=True)
    ]
    if not any(named):
        return values[0] if len(values) == 1 else list(values)
    if not all(named):
        bare = values[named.index(None)]
        raise click.UsageError(
            f"{bare} is given without a name, others with one. Name the "
            f"measurement of each (flow={bare}), or of none."
        )
    sources = {match["name"]: match["path"] for match in named}
    if len(sources) < len(named):
        raise click.UsageError(
            "Two files are given for one measurement; expected one of each. "
            "Files of one time after the other go into a folder."
        )
    return sources


def read_own(
    values,
    graph,
    graph_kind,
    coordinates,
    form,
    model,
    unit=None,
    covariates=(),
    static=None,
):
    """Reads a series of one's own.

    Args:
        values: From `taken_sources`.
        graph: As the options.
        graph_kind: As the options.
        coordinates: As the options.
        form: From `taken_form`.
        model: The model that it is for.
        unit: Of several measurements their units, with commas between.
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
    from keras_stunet.data.readers.values.sources import source_files

    if graph is None and model not in WITHOUT_GRAPH:
        if not is_saved_series(values):
            raise click.UsageError(
                f"Model {model!r} needs a graph. Give one: --graph FILE (an "
                "edge list, a matrix or coordinates), --graph nearest with "
                "--coordinates FILE, --graph correlation, or --graph none, "
                "without any edge (ST-UNet then with -p 0). --model "
                "st_unet_plus learns its own and needs none."
            )
    if graph is not None and graph not in GRAPHS and not Path(graph).exists():
        raise FileNotFoundError(
            f"There is no file {graph} of a graph. Check the name and the "
            f"folder; or give one of {', '.join(GRAPHS)}."
            f"{did_you_mean(graph, GRAPHS)}"
        )
    if graph_kind is not None and graph in (None, *GRAPHS):
        raise click.UsageError("--graph-kind goes with --graph FILE.")
    series, form = read_series_and_form(
        values,
        None if graph in ("none", "correlation") else graph,
        graph_kind,
        coordinates=coordinates,
        **form,
    )
    if unit is not None and series.num_measurements > 1:
        series = _with_units(series, unit)
    if covariates or static:
        series = with_covariates(series, covariates, static, **form)
    files = {
        "values": source_files(values),
        "graph": graph,
        "coordinates": coordinates,
        **known_files(covariates, static),
        "form": form,
    }
    files = {key: x for key, x in files.items() if x}
    return series, "correlation" if graph == "correlation" else None, files


def known_files(covariates, static):
    """The files of covariates and of what sensors are, by what they hold."""
    files = {f"covariates_{i}": x for i, x in enumerate(covariates, 1)}
    return files if static is None else {**files, "static": static}


def _with_units(series, unit):
    units = [part.strip() for part in unit.split(",")]
    if len(units) != series.num_measurements:
        raise click.UsageError(
            f"--unit names {len(units)} units, and there are "
            f"{series.num_measurements} measurements: "
            f"{', '.join(series.measurement_names)}. Give one for each, with "
            "commas between."
        )
    return dataclasses.replace(series, units=units)
