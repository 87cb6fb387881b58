"""`keras-stunet moving-mnist` and `keras-stunet moving-mnist-figure`."""

from pathlib import Path

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import kept_in
from keras_stunet.cli.shell import run_options
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras


@click.command("moving-mnist", context_settings=CONTEXT)
@click.option(
    "--model",
    type=Choice(("st_unet", "gcgru")),
    default="st_unet",
    help="'gcgru' is ST-UNet without pooling and dilation.",
)
@click.option(
    "--size",
    type=click.Choice(("16", "32", "64")),
    default="16",
    help="Pixels of a side; the paper has 32.",
)
@click.option(
    "--sequences",
    default=1000,
    help="Training sequences, at most 10000; of validation and test "
    "sequences there are 2 and 3 tenths of it.",
)
@click.option("--units", default=32, help="Features of each recurrence.")
@click.option("-K", "K", default=3, help="Chebyshev terms, at least 1.")
@click.option(
    "--epochs", default=30, help="Passes over the training sequences."
)
@click.option("--batch-size", default=20, help="Sequences a training step.")
@run_options
@data_options
def moving_mnist(out, size, quiet, **options):
    """Forecast moving digits: the paper's section 4.1.

    Trains ST-UNet, or GCGRU, to go on with ten frames of two bouncing digits,
    a pixel a node, and scores it once on the test split beside a copy of the
    last frame. The defaults are small, for a CPU.

    The run folder holds what 'keras-stunet train' writes, and a figure and an
    animation of a test sequence.

    \b
    Examples:
      keras-stunet moving-mnist --out runs/digits
      keras-stunet moving-mnist --model gcgru --out runs/digits_gcgru
      keras-stunet moving-mnist-figure runs/digits runs/digits_gcgru --out both
    """
    with shell_errors(lambda: kept_in(out, resume=True)):
        start_keras()
        from keras_stunet.moving_mnist.train import train_moving_mnist

        given = {key: x for key, x in options.items() if x is not None}
        table = train_moving_mnist(
            out, size=int(size), progress=not quiet, **given
        )
    if not quiet:
        click.echo(table)
        click.echo(
            f"\nEverything about this run is in {Path(out)}/: the pictures "
            "frames and training,\nas .png and .svg, frames.gif, the model "
            "and its history."
        )


@click.command("moving-mnist-figure", context_settings=CONTEXT)
@click.argument("runs", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    help="Where to write, without an ending: .png, .svg and .gif are added.",
)
@click.option(
    "--sequence", default=0, help="Number of the test sequence, 0 to 2999."
)
@data_options
def moving_mnist_figure(runs, out, **options):
    """Draw a test sequence as RUNS forecast it, like the paper's Figure 2.

    RUNS are folders of 'keras-stunet moving-mnist', of one size.

    \b
    Example:
      keras-stunet moving-mnist-figure runs/digits runs/digits_gcgru --out both
    """
    with shell_errors():
        start_keras()
        from keras_stunet.moving_mnist.pictures import compare_moving_mnist

        for path in compare_moving_mnist(runs, out, **options):
            click.echo(path)
