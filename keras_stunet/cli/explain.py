"""`keras-stunet explain`."""

from pathlib import Path

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import check_run
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras


@click.command(context_settings=CONTEXT)
@click.argument("run")
@click.option(
    "--windows", default=100, help="Windows of validation to look at."
)
@click.option("--seed", default=0, help="Of the windows and permutations.")
@click.option(
    "--out", show_default="RUN/explain", help="Folder that it is written to."
)
@click.option("--quiet", is_flag=True, help="No progress bar, no summary.")
@data_options
def explain(run, windows, seed, out, quiet, raw_dir, data_dir):
    """Find what the forecasts of RUN rest on: inputs, steps, sensors.

    Each input in turn is taken from another window; how much the error rises
    then says how much the forecast rests on it. On validation, never on the
    test. A report that is written afterwards has it, too.

    \b
    Example:
      keras-stunet explain runs/first
    """
    with shell_errors():
        check_run(run)
        start_keras()
        from keras_stunet.training.callbacks import CleanInterrupts
        from keras_stunet.training.callbacks import new_bar
        from keras_stunet.training.runs.explain import FOLDER
        from keras_stunet.training.runs.explain import explain_run
        from keras_stunet.training.runs.load import load_run

        out = Path(run) / FOLDER if out is None else Path(out)
        loaded = load_run(run)
        with (
            CleanInterrupts() as interrupts,
            new_bar(disable=quiet, transient=True) as bar,
        ):
            task = bar.add_task("permuting")

            def progress(done, total):
                interrupts.check()
                bar.update(task, completed=done, total=total)

            found = explain_run(
                loaded, out, windows, seed, raw_dir, data_dir, progress
            )
        if quiet:
            return
        unit = loaded.unit or ""
        click.echo("edges between sensors: rise of the MAE of one by the other")
        for hops, (pairs, rise) in found.by_hops().items():
            click.echo(f"  {hops:g}: {rise:.4f} {unit} ({pairs:,} pairs)")
        click.echo(
            f"without all others: {found.others.mean():.4f} {unit}, a mean "
            f"over sensors\n\nWritten: inputs.csv, sensors.csv, hops.csv and "
            f"importance.png in {out}/"
        )
