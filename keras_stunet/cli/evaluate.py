"""`keras-stunet evaluate`."""

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import printing
from keras_stunet.cli.shell import report_option
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras


@click.command(context_settings=CONTEXT)
@click.argument("run")
@click.option(
    "--split",
    type=Choice(("test", "validation", "train")),
    default="test",
    help="Which windows to score. Choose between models on 'validation'.",
)
@report_option
@data_options
def evaluate(run, split, report_steps, raw_dir, data_dir):
    """Score the best model of RUN, a folder of `keras-stunet train`.

    Prints MAE, RMSE and MAPE at steps 3, 6 and 12 (15, 30 and 60 minutes of
    5-minute readings), at the last step and over all, in the units of the
    data, beside historical averages and persistence.

    \b
    Example:
      keras-stunet evaluate runs/first --split validation
    """
    with shell_errors():
        start_keras()
        from keras_stunet import training
        from keras_stunet.training.callbacks import CleanInterrupts

        with CleanInterrupts() as interrupts:
            loaded = training.load_run(run)
            interrupts.check()
        scores = training.evaluate_run(
            loaded, split, raw_dir, data_dir, report_steps
        )
        table = training.horizon_table(
            scores, loaded.minutes_per_step, units=loaded.target_units
        )
        with printing():
            click.echo(table)
