"""`keras-stunet tune`."""

from pathlib import Path

import click

from keras_stunet.checks import PRECISIONS
from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import kept_in
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras


@click.command(context_settings=CONTEXT)
@click.argument("dataset")
@click.option("--out", required=True, help="Folder of the search.")
@click.option(
    "--model",
    "systems",
    multiple=True,
    help="System to search; may be given several times.  [default: all of "
    "the space]",
)
@click.option(
    "--space",
    default="paper",
    help="What to try: 'paper', 'two_cores', or a .toml file of your own.",
)
@click.option(
    "--trials",
    "limit",
    default=24,
    help="Of each system, at most; those nearest to the published point "
    "first. May be raised later.",
)
@click.option(
    "--patience",
    type=int,
    help="Epochs without a better validation error after which a trial ends.  "
    "[default: none ends early]",
)
@click.option(
    "--objective",
    default="val_mae",
    help="What is made least: val_mae or val_loss.",
)
@click.option("--seed", default=0, help="Of each trial.")
@click.option(
    "--precision",
    type=Choice(PRECISIONS),
    default="float32",
    help="Of matrix products.",
)
@click.option(
    "--workers",
    default=1,
    help="Processes that run trials at the same time; they share the CPU.",
)
@click.option(
    "--gpus", default="", help="GPUs of the workers in turn, such as 0,1."
)
@click.option(
    "--host",
    help="This machine's address, for workers on others; anyone who reaches "
    "it can take part, and nothing is encrypted.  [default: loopback]",
)
@click.option("--port", type=int, help="Of the chief.  [default: a free one]")
@click.option(
    "--join",
    metavar="NAME",
    help="Be a worker of the search that another machine runs in --out.",
)
@click.option("--dry-run", is_flag=True, help="List the trials, run none.")
@click.option(
    "--report-only", is_flag=True, help="Run nothing; tables and figures."
)
@data_options
def tune(
    dataset, out, systems, gpus, join, report_only, raw_dir, data_dir, **options
):
    """Search hyperparameters on the validation split of DATASET.

    Of each system, the points of a grid nearest to the published one are
    trained and scored by the validation MAE over all steps; the test split is
    never looked at. The number of trials and an estimate of the time come
    first. The same command goes on with a search that was stopped, killed or
    cut off; each point is completed once.

    --out holds trials.csv, trials.md, a figure of each system, and the best
    configurations as recipe files (best/), all brought up to date after each
    trial.

    \b
    Examples:
      keras-stunet tune pemsd7/m --space two_cores --trials 12 --out runs/grid
      keras-stunet tune freeway --model gcgru --dry-run --out runs/grid
      keras-stunet tune pemsd7/m --workers 4 --gpus 0,1,2,3 --out runs/grid
      keras-stunet tune pemsd7/m --report-only --out runs/grid
    """
    with shell_errors(lambda: kept_in(out, "trial", "outcome.json")):
        start_keras()
        from keras_stunet.tuning import write_report
        from keras_stunet.tuning.grid_search import grid_search
        from keras_stunet.tuning.join import join_search

        places = {"raw_dir": raw_dir, "data_dir": data_dir, "say": click.echo}
        gpus = tuple(name for name in gpus.split(",") if name)
        if report_only:
            table = write_report(out)
        elif join is not None:
            return join_search(dataset, out, join, gpus=gpus, **places)
        else:
            table = grid_search(
                dataset, out, systems, gpus=gpus, **options, **places
            )
        if table is not None:
            click.echo(f"\n{table}\n\nWritten to {Path(out)}/.")
