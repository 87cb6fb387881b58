"""`keras-stunet reproduce`."""

import sys
from pathlib import Path

import click

from keras_stunet.checks import PRECISIONS
from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import FAILED
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import device_options
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras


@click.command(context_settings=CONTEXT)
@click.argument("table")
@click.option(
    "--dataset", help="One data set of the table.  [default: all of them]"
)
@click.option(
    "--only",
    multiple=True,
    help="Name of a config, such as st_unet; may be given several times.  "
    "[default: all of them]",
)
@click.option(
    "--seeds", type=int, help="At most so many seeds.  [default: all]"
)
@click.option(
    "--budget",
    default="full",
    help="How much training: 'full', or a named cut such as 'direct20'. "
    "Another name lists them.",
)
@click.option(
    "--out", default="runs/reproduce", help="Folder of runs and tables."
)
@click.option(
    "--results", default="results/reproduce.csv", help="File of the rows."
)
@click.option(
    "--npz",
    multiple=True,
    help="A saved series in place of the data set that it is named after.",
)
@click.option(
    "--precision",
    type=Choice(PRECISIONS),
    default="float32",
    help="Of matrix products; each has runs, rows and pages of its own.",
)
@device_options
@click.option("--retry", is_flag=True, help="Run again what failed.")
@click.option(
    "--report-only", is_flag=True, help="Run nothing; print and draw."
)
@data_options
def reproduce(
    table,
    dataset,
    only,
    seeds,
    budget,
    out,
    results,
    precision,
    report_only,
    devices,
    steps_per_execution,
    **options,
):
    """Run what TABLE of the paper asks for, and compare.

    TABLE is table1 to table4, or the .toml file of a recipe of your own, as
    `keras-stunet tune` writes one. Each run is a process of its own; a finished
    one is not made again, one that was stopped goes on, and one that diverges
    or runs out of memory gets a row that says so. Start the same command as
    often as needed. Ctrl-C stops after the present step; a second one stops
    at once.

    In --out are the run folders, and for each data set, budget and precision
    a table (.md) and a figure (.png, .svg) of the paper's scores beside ours.

    \b
    Examples:
      keras-stunet reproduce table1 --dataset pemsd7/m --budget direct20
      keras-stunet reproduce table2 --only gcgru --only st_unet --seeds 1
      keras-stunet reproduce table1 --budget tiny   # seconds: does it run?
      keras-stunet reproduce table1 --report-only
    """
    with shell_errors(
        "Finished runs and epochs are kept; go on with the same command."
    ):
        start_keras()
        from keras_stunet import experiments

        jobs = experiments.make_jobs(
            table, budget, dataset, only, seeds, precision
        )
        datasets = list(dict.fromkeys(job.dataset for job in jobs))
        states = {}
        if report_only and not Path(results).exists():
            click.echo(f"Note: {results} is not there: no rows.", err=True)
        if not report_only:
            cut = experiments.BUDGETS[budget].title
            click.echo(f"{table}, budget {budget} ({cut}), {len(jobs)} runs:")
            states = experiments.run_queue(
                jobs,
                out,
                results,
                devices=devices,
                steps_per_execution=steps_per_execution,
                say=click.echo,
                **options,
            )
        texts = experiments.write_report(
            table, datasets, budget, results, out, precision, states
        )
        if report_only:
            for each in datasets:
                click.echo(
                    experiments.overview(
                        table, each, budget, results, precision
                    )
                )
        for path, text in texts.items():
            click.echo(f"\n{text}\n\nWritten: {path}")
        undone = [state for state in states.values() if state != "done"]
        if undone:
            again = " What failed runs again with --retry."
            failed = set(undone) & set(experiments.rows.FAILED)
            click.echo(
                f"Error: {len(undone)} of {len(jobs)} runs have no scores, "
                f"see above.{again if failed else ''}",
                err=True,
            )
            sys.exit(FAILED)
