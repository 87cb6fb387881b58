"""`keras-stunet report`."""

from pathlib import Path

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import check_run
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras

PAGE = "report.html"


@click.command(context_settings=CONTEXT)
@click.argument("run")
@click.option(
    "--out", show_default="RUN/report.html", help="File that is written."
)
@data_options
def report(run, out, raw_dir, data_dir):
    """Write one HTML page on RUN: errors, and any sensor's forecasts.

    A map of the sensors by their error, errors by step and hour of the day,
    the training, and readings beside forecasts of any sensor and test day.
    The page needs nothing from the network.

    \b
    Example:
      keras-stunet report runs/first
    """
    out = Path(run) / PAGE if out is None else Path(out)
    with shell_errors():
        check_run(run)
        start_keras()
        from keras_stunet.training.callbacks import CleanInterrupts
        from keras_stunet.training.runs.load import load_run
        from keras_stunet.training.runs.report import check_page
        from keras_stunet.training.runs.report import write_report

        check_page(out)
        with CleanInterrupts() as interrupts:
            loaded = load_run(run)
            interrupts.check()
            write_report(loaded, out, raw_dir, data_dir)
        click.echo(f"Written: {out}, to be opened in a browser")
