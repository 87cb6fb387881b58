"""The command `keras-stunet`: parsing only."""

import difflib
import os
import sys
from pathlib import Path

import click

# TensorFlow's start-up notes, unless the user asked for them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

CONTEXT = {"help_option_names": ["-h", "--help"], "show_default": True}
INTERRUPTED = 130  # the shell's code for a program ended by Ctrl-C


class Choice(click.Choice):
    """`click.Choice` that offers the nearest choice."""

    def get_invalid_choice_message(self, value, ctx):
        """The message, with the nearest choice."""
        message = super().get_invalid_choice_message(value, ctx)
        near = difflib.get_close_matches(str(value), self.choices, n=1)
        return f"{message} Did you mean {near[0]!r}?" if near else message


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="keras_stunet")
def main():
    """Forecast on sensor graphs with ST-UNet.

    The Keras backend is the one that KERAS_BACKEND names (tensorflow, jax or
    torch), by default TensorFlow: KERAS_BACKEND=jax keras-stunet train ...
    """


@main.command(context_settings=CONTEXT)
@click.argument("dataset")
@click.option("--out", required=True, help="Folder that the run is written to.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the run in --out after its last whole epoch; starts one "
    "if there is none.",
)
@click.option(
    "--raw-dir",
    help="Folder of the published raw files; by default what "
    "KERAS_STUNET_RAW_DIR names, else they are downloaded.",
)
@click.option("--data-dir", help="Folder of TensorFlow Datasets.")
@click.option(
    "--protocol",
    type=Choice(("days", "windows")),
    default="days",
    help="'days': 34/5/5 whole days, no window over midnight; 'windows': "
    "6:2:2 of all windows in order.",
)
@click.option(
    "--head",
    type=Choice(("seq2seq", "direct")),
    default="seq2seq",
    help="'seq2seq': the paper's decoder, step by step; 'direct': all steps "
    "at once, at about half the cost.",
)
@click.option("--history", default=12, help="Input steps of a window.")
@click.option("--horizon", default=12, help="Steps to forecast.")
@click.option("-K", "K", default=3, help="Chebyshev terms, at least 1.")
@click.option(
    "-p", "p", default=2, help="Rounds of pooling, to N / 2^p; 0 for none."
)
@click.option("-s", "s", default=2, help="Dilation in time; 1 for none.")
@click.option("--units", default=64, help="Features of each recurrence.")
@click.option(
    "--layer-norm",
    type=Choice(("joint", "channels", "none")),
    default="joint",
    help="Layer normalisation over nodes and channels at once, over channels, "
    "or none.",
)
@click.option(
    "--reduce",
    type=Choice(("mean", "max")),
    default="mean",
    help="What pooling takes of the nodes that it joins.",
)
@click.option(
    "--upsampling",
    type=Choice(("copy", "ordered", "weighted")),
    default="copy",
    help="Direct copy, or ordered or weighted deconvolution (Table 3).",
)
@click.option(
    "--calendar",
    is_flag=True,
    help="Add time of day and day of week to the inputs.",
)
@click.option("--epochs", default=80, help="Passes over the training windows.")
@click.option("--batch-size", default=50, help="Windows a training step.")
@click.option(
    "--learning-rate",
    default=1e-2,
    help="Adam's at the start; times 0.7 after each tenth of the epochs.",
)
@click.option(
    "--loss",
    type=Choice(("l1_l2", "l2")),
    default="l1_l2",
    help="Mean of L1 and L2 (Table 1) or L2 (Table 2).",
)
@click.option(
    "--no-sampling",
    is_flag=True,
    help="Never feed the truth to the decoder in training.",
)
@click.option(
    "--precision",
    type=Choice(("float32", "mixed_bfloat16", "mixed_float16")),
    default="float32",
    help="Of matrix products; the scaler and the states stay in float32.",
)
@click.option("--seed", default=0, help="Of weights, order and sampling.")
@click.option("--quiet", is_flag=True, help="No progress bar, no table.")
def train(dataset, out, resume, raw_dir, data_dir, quiet, **options):
    """Train ST-UNet on DATASET and score it once on the test split.

    DATASET is pemsd7/m, pemsd7/l, or an .npz file saved with
    keras_stunet.data.Series.save. The defaults are the paper's.

    The run folder holds the configuration, the history of losses, the best
    model on validation, a checkpoint to resume from, the scores as JSON and
    as a table, and a picture of forecast against truth.

    Ends with 0 when all is done, 1 after an error, 2 for a wrong option and
    130 after Ctrl-C.
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
    except KeyboardInterrupt:
        click.echo(
            f"Interrupted. Whole epochs are kept in {Path(out)}; go on with "
            "the same command and --resume.",
            err=True,
        )
        sys.exit(INTERRUPTED)
    except (ValueError, OSError, ImportError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    if not quiet:
        click.echo(table)
        click.echo(f"\nEverything about this run is in {Path(out)}/")
