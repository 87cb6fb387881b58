"""`keras-stunet evaluate`."""

import click
from click.core import ParameterSource

from keras_stunet.cli.own_data import covariates_option
from keras_stunet.cli.own_data import form_options
from keras_stunet.cli.own_data import taken_form
from keras_stunet.cli.own_data import taken_sources
from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import check_run
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import level_option
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
@click.option(
    "--readings",
    multiple=True,
    metavar="FILE|FOLDER|NAME=FILE",
    help="Score on these later readings in place of a split, in files as "
    "`keras-stunet train --values` takes them.",
)
@form_options
@covariates_option
@level_option
@report_option
@data_options
def evaluate(
    run,
    split,
    readings,
    covariates,
    level,
    report_steps,
    raw_dir,
    data_dir,
    **form,
):
    """Score the best model of RUN, a folder of `keras-stunet train`.

    Prints which windows these are, and MAE, RMSE and MAPE at steps 3, 6 and 12
    (15, 30 and 60 minutes of 5-minute readings), at the last step and over
    all, in the units of the data, beside historical averages and persistence.

    \b
    Example:
      keras-stunet evaluate runs/first --split validation
      keras-stunet evaluate runs/first --level 0.8
      keras-stunet evaluate runs/first --readings next_month.csv
    """
    source = click.get_current_context().get_parameter_source("split")
    if readings and source is ParameterSource.COMMANDLINE:
        raise click.UsageError("Give --split or --readings.")
    form, readings = taken_form(form), taken_sources(readings)
    if form and readings is None:
        name = next(iter(form)).replace("_", "-")
        raise click.UsageError(f"--{name} is given without --readings.")
    if covariates and not readings:
        raise click.UsageError("--covariates goes with --readings.")
    with shell_errors():
        check_run(run)
        start_keras()
        from keras_stunet import training
        from keras_stunet.evaluation.table import scored_windows
        from keras_stunet.training.callbacks import CleanInterrupts
        from keras_stunet.training.runs import later
        from keras_stunet.training.runs.readings import form_of
        from keras_stunet.training.runs.readings import read_known
        from keras_stunet.training.runs.run_intervals import evaluate_intervals

        with CleanInterrupts() as interrupts:
            loaded = training.load_run(run)
            interrupts.check()
        places = raw_dir, data_dir
        if readings:
            form = {**form_of(loaded), **form}
            frame = later.read_later(readings, **form)
            known = read_known(loaded, covariates)
            windows = later.later_windows(loaded, frame, known)
            scores = later.score_later(loaded, windows, *places, report_steps)
        else:
            scores = training.evaluate_run(loaded, split, *places, report_steps)
            windows = getattr(loaded.windows(*places), split)
        table = training.horizon_table(
            scores, loaded.minutes_per_step, units=loaded.target_units
        )
        if level is not None:
            table += "\n\n" + training.intervals_table(
                evaluate_intervals(
                    loaded, windows, level, report_steps, *places
                ),
                loaded.minutes_per_step,
                level,
                loaded.target_units,
            )
        of = scored_windows("Readings" if readings else split.title(), windows)
        with printing():
            click.echo(f"{of}\n\n{table}")
