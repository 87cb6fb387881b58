"""`keras-stunet backtest`."""

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import check_run
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import kept_in
from keras_stunet.cli.shell import report_option
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras


@click.command(context_settings=CONTEXT)
@click.argument("run")
@click.option(
    "--every",
    default=1,
    help="Days of the test part from training to training.",
)
@click.option("--out", required=True, help="Folder for a run of each training.")
@click.option("--quiet", is_flag=True, help="No progress bar, no table.")
@report_option
@data_options
def backtest(run, every, out, quiet, report_steps, raw_dir, data_dir):
    """Train RUN again as time goes on, and score all of it together.

    The test part of RUN, a folder of `keras-stunet train`, is cut into folds
    of so many days. For each the model is trained anew, by the options of
    RUN, on all that lies before, and scored on the fold. The table has all
    folds together, beside RUN as it was trained once. The same command goes
    on after a stop.

    \b
    Example:
      keras-stunet backtest runs/first --every 2 --out runs/backtest
    """
    with shell_errors(lambda: kept_in(out)):
        check_run(run)
        start_keras()
        from keras_stunet.training.backtest import backtest_run

        table = backtest_run(
            run,
            out,
            every,
            raw_dir=raw_dir,
            data_dir=data_dir,
            report_steps=report_steps,
            progress=not quiet,
        )
        if not quiet:
            click.echo(table)
            click.echo(f"\nA run of each training, and scores.csv: {out}/")
