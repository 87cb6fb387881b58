"""`keras-stunet evaluate`."""

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import shell_errors


@click.command(context_settings=CONTEXT)
@click.argument("run")
@click.option(
    "--split",
    type=Choice(("test", "validation", "train")),
    default="test",
    help="Which windows to score. Choose between models on 'validation'.",
)
@data_options
def evaluate(run, split, raw_dir, data_dir):
    r"""Score the best model of RUN, a folder of `keras-stunet train`.

    Prints MAE, RMSE and MAPE at 15, 30 and 60 minutes (steps 3, 6 and 12) in
    the units of the data, beside historical average and persistence.

    \b
    Example:
      keras-stunet evaluate runs/first --split validation
    """
    from keras_stunet.training.evaluation import evaluate_run
    from keras_stunet.training.finished import load_run
    from keras_stunet.training.report import horizon_table

    with shell_errors():
        scores = evaluate_run(run, split, raw_dir, data_dir)
        minutes = load_run(run).minutes_per_step
        click.echo(horizon_table(scores, minutes))
