"""The command `keras-stunet`: parsing only."""

import sys
from pathlib import Path

import click

CONTEXT = {"help_option_names": ["-h", "--help"], "show_default": True}


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="keras_stunet")
def main():
    """Forecast on sensor graphs with ST-UNet."""


@main.command(context_settings=CONTEXT)
@click.argument("dataset")
@click.option("--out", required=True, help="Folder that the run is written to.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out.")
@click.option("--raw-dir", help="Folder of the published raw files.")
@click.option("--data-dir", help="Folder of TensorFlow Datasets.")
@click.option(
    "--protocol",
    default="days",
    help="'days': 34/5/5 whole days, no window over midnight; 'windows': "
    "6:2:2 of all windows in order.",
)
@click.option("--head", default="seq2seq", help="'seq2seq' or 'direct'.")
@click.option("-K", "K", default=3, help="Chebyshev terms.")
@click.option("-p", "p", default=2, help="Rounds of pooling; 0 for none.")
@click.option("-s", "s", default=2, help="Dilation; 1 for none.")
@click.option("--units", default=64, help="Features of each recurrence.")
@click.option("--layer-norm", default="joint", help="joint, channels or none.")
@click.option("--reduce", default="mean", help="mean or max pooling.")
@click.option("--upsampling", default="copy", help="copy, ordered, weighted.")
@click.option(
    "--calendar",
    is_flag=True,
    help="Add time of day and day of week to the inputs.",
)
@click.option("--epochs", default=80)
@click.option("--batch-size", default=50)
@click.option("--learning-rate", default=1e-2)
@click.option(
    "--loss", default="l1_l2", help="l1_l2 (Table 1) or l2 (Table 2)."
)
@click.option("--no-sampling", is_flag=True, help="Never feed the truth.")
@click.option("--precision", default="float32", help="or mixed_bfloat16.")
@click.option("--seed", default=0)
@click.option("--quiet", is_flag=True, help="No progress bar, no table.")
def train(dataset, out, resume, raw_dir, data_dir, quiet, **options):
    """Train ST-UNet on DATASET and score it once on the test split.

    DATASET is pemsd7/m, pemsd7/l, or an .npz file saved with
    keras_stunet.data.Series.save. The defaults are the paper's.
    """
    from keras_stunet.training.st_unet_run import train_st_unet

    try:
        table = train_st_unet(
            dataset,
            out,
            raw_dir=raw_dir,
            data_dir=data_dir,
            resume=resume,
            progress=not quiet,
            **options,
        )
    except (ValueError, OSError, ImportError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    if not quiet:
        click.echo(table)
        click.echo(f"\nEverything about this run is in {Path(out)}/")
