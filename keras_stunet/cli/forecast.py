"""`keras-stunet forecast`."""

import sys

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import printing
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras
from keras_stunet.messages import with_unit


@click.command(context_settings=CONTEXT)
@click.argument("run")
@click.option(
    "--readings",
    help="Last readings, .csv or .parquet: timestamps in the first column and "
    "a column for each sensor. By default the last of the run's data set.",
)
@click.option(
    "--out",
    help="File for the forecast, .csv or .parquet. By default it is printed "
    "as csv.",
)
@click.option("--quiet", is_flag=True, help="Do not say what was written.")
@data_options
def forecast(run, readings, out, quiet, raw_dir, data_dir):
    """Forecast the next steps with the best model of RUN.

    RUN is a folder of `keras-stunet train`. The forecast has a row for each
    step ahead (an hour of five minutes, unless trained otherwise), with a
    timestamp and a column for each sensor, in the units of the readings; of
    several targets a row for each step and sensor, and a column for each
    target.

    \b
    Examples:
      keras-stunet forecast runs/first
      keras-stunet forecast runs/first --readings now.csv --out next_hour.csv
    """
    with shell_errors():
        start_keras()
        from keras_stunet.training.callbacks import CleanInterrupts
        from keras_stunet.training.runs import forecast as forecasting
        from keras_stunet.training.runs import readings as last
        from keras_stunet.training.runs.run import load_run

        if out is not None:
            forecasting.check_target(out)
        with CleanInterrupts() as interrupts:
            loaded = load_run(run)
            if readings is None:
                frame = last.last_readings(loaded, raw_dir, data_dir)
            else:
                frame = last.read_readings(readings)
            result = forecasting.forecast_next(loaded, frame)
            interrupts.check()
        if out is None:
            with printing():
                table = forecasting.as_table(result)
                table.to_csv(sys.stdout, float_format="%.3f")
            return
        forecasting.write_forecast(out, result)
        if not quiet:
            units = loaded.unit or "original units"
            if result.columns.nlevels > 1:
                units = ", ".join(
                    with_unit(target, loaded.target_units.get(target))
                    for target in loaded.targets
                )
            click.echo(
                f"{len(result)} steps from {result.index[0]} to "
                f"{result.index[-1]}, {len(loaded.sensors)} sensors, in "
                f"{units}: {out}"
            )
