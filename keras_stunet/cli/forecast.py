"""`keras-stunet forecast`."""

import sys

import click

from keras_stunet.cli.own_data import covariates_option
from keras_stunet.cli.own_data import form_options
from keras_stunet.cli.own_data import taken_form
from keras_stunet.cli.own_data import taken_sources
from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import check_run
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import level_option
from keras_stunet.cli.shell import printing
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras
from keras_stunet.messages import counted
from keras_stunet.messages import with_unit
from keras_stunet.steps import describe_step


@click.command(context_settings=CONTEXT)
@click.argument("run")
@click.option(
    "--readings",
    multiple=True,
    metavar="FILE|FOLDER|NAME=FILE",
    help="Last readings, in files as `keras-stunet train --values` takes them. "
    "By default the last of the run's data set.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Take it as an error if the readings lack a sensor.",
)
@form_options
@click.option(
    "--rolling",
    is_flag=True,
    help="Forecast from each row of --readings, not from the last one only.",
)
@click.option(
    "--every",
    type=int,
    show_default="1",
    help="With --rolling: from each so-manieth row.",
)
@covariates_option
@level_option
@click.option(
    "--out",
    help="File for the forecast, .csv or .parquet. By default it is printed "
    "as csv.",
)
@click.option("--quiet", is_flag=True, help="Do not say what was written.")
@data_options
def forecast(
    run,
    readings,
    strict,
    rolling,
    every,
    covariates,
    level,
    out,
    quiet,
    raw_dir,
    data_dir,
    **form,
):
    """Forecast the next steps with the best model of RUN.

    RUN is a folder of `keras-stunet train`. The forecast has a row for each
    step ahead (an hour of five minutes, unless trained otherwise), with a
    timestamp and a column for each sensor, in the units of the readings; of
    several targets a row for each step and sensor, and a column for each
    target. Sensors that the readings lack count as missing. How the training's
    file was written (--separator, --missing and others) holds here, too. With
    --rolling there are so many rows for each origin, the time of the last
    reading that a forecast knows. With --level there is a row for each step
    and sensor, and columns for the forecast and its bounds. A model
    that was trained with covariates takes them, also of the steps ahead, from
    --covariates and where that has none from the training's data.

    \b
    Examples:
      keras-stunet forecast runs/first
      keras-stunet forecast runs/first --readings now.csv --out next_hour.csv
      keras-stunet forecast runs/first --level 0.8
      keras-stunet forecast runs/first --readings may.csv --rolling --every 12
    """
    form, readings = taken_form(form), taken_sources(readings)
    if readings is None and (form or rolling):
        name = next(iter(form), "rolling").replace("_", "-")
        raise click.UsageError(f"--{name} is given without --readings.")
    if every is not None and not rolling:
        raise click.UsageError("--every goes with --rolling.")
    with shell_errors():
        check_run(run)
        start_keras()
        from keras_stunet.training.callbacks import CleanInterrupts
        from keras_stunet.training.runs import forecast as forecasting
        from keras_stunet.training.runs import later
        from keras_stunet.training.runs import readings as last
        from keras_stunet.training.runs.load import load_run

        if out is not None:
            forecasting.check_target(out)
        with CleanInterrupts() as interrupts:
            loaded = load_run(run)
            if readings is None:
                frame = last.last_readings(loaded, raw_dir, data_dir)
            else:
                form = {**last.form_of(loaded), **form}
                frame = last.read_readings(readings, **form)
            known = last.read_known(loaded, covariates)
            if rolling:
                result = later.forecast_rolling(
                    loaded, frame, every or 1, strict, level, known
                )
            else:
                result = forecasting.forecast_next(
                    loaded, frame, strict, level, known
                )
            interrupts.check()
        if out is None:
            with printing():
                table = forecasting.as_table(result)
                table.to_csv(sys.stdout, float_format="%.3f")
            return
        forecasting.write_forecast(out, result)
        if not quiet:
            units = loaded.unit or "original units"
            if loaded.targets is not None:
                units = ", ".join(
                    with_unit(target, loaded.target_units.get(target))
                    for target in loaded.targets
                )
            times = result.index.get_level_values("timestamp")
            click.echo(
                f"{counted(len(result), 'step')} of "
                f"{describe_step(loaded.minutes_per_step)}, from {times[0]} to "
                f"{times[-1]}, {len(loaded.sensors)} sensors, in "
                f"{units}: {out}"
            )
