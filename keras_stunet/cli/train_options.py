"""Options of `keras-stunet train`: of the model, its inputs, the training."""

import click

from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import device_options

# Written out, so that the help needs no Keras.
MODELS = (
    "st_unet",
    "t_unet",
    "s_unet",
    "gcgru_ablation",
    "gcgru",
    "stgcn",
    "stgcn_1st",
    "dcrnn",
    "fc_lstm",
    "fnn",
    "stid",
    "graph_wavenet",
    "st_unet_plus",
)
AT_LEAST_1 = click.IntRange(1)
# Those of `st_unet` that `st_unet_plus` has not.
OF_ST_UNET = (
    *("head", "K", "p", "s", "layer_norm", "reduce", "upsampling"),
    *("propagation", "share_weights", "no_sampling", "sampling_half"),
)
CALENDARS = {
    "none": (),
    "time_of_day": ("time_of_day",),
    "day_of_week": ("day_of_week",),
    "both": ("time_of_day", "day_of_week"),
}


def model_options(command):
    """Add what a model is built with."""
    options = (
        click.option(
            "--model",
            type=Choice(tuple(MODELS)),
            help="The system to train; options that it does not have are an "
            "error.  [default: st_unet; with --values st_unet_plus, unless an "
            "option is given that st_unet has and that has not]",
        ),
        click.option(
            "--head",
            type=Choice(("seq2seq", "direct", "one_step")),
            show_default="the model's own; ST-UNet: seq2seq",
            help="'seq2seq': a decoder, step by step; 'direct': all steps at "
            "once, at about half the cost; 'one_step': STGCN's recursive "
            "roll-out.",
        ),
        click.option(
            "--history", type=AT_LEAST_1, show_default="12", help="Input steps."
        ),
        click.option(
            "--horizon",
            type=AT_LEAST_1,
            show_default="12",
            help="Steps to forecast.",
        ),
        click.option(
            "-K",
            "K",
            type=AT_LEAST_1,
            show_default="3",
            help="Chebyshev terms.",
        ),
        click.option(
            "-p",
            "p",
            type=click.IntRange(0),
            show_default="2",
            help="Rounds of pooling, to N / 2^p; 0 for none.",
        ),
        click.option(
            "-s",
            "s",
            type=AT_LEAST_1,
            show_default="2",
            help="Dilation in time; 1 for none.",
        ),
        click.option(
            "--units",
            type=AT_LEAST_1,
            show_default="64; ST-UNet on METR-LA: 96; FC-LSTM, FNN: 256",
            help="Features of each recurrence.",
        ),
        click.option(
            "--layer-norm",
            type=Choice(("joint", "channels", "none")),
            show_default="joint",
            help="Layer normalisation over nodes and channels at once, over "
            "channels, or none.",
        ),
        click.option(
            "--reduce",
            type=Choice(("mean", "max")),
            show_default="mean",
            help="What pooling takes of the nodes that it joins.",
        ),
        click.option(
            "--upsampling",
            type=Choice(("copy", "ordered", "weighted")),
            show_default="copy",
            help="Direct copy, or ordered or weighted deconvolution (Table 3).",
        ),
        click.option(
            "--propagation",
            type=Choice(("auto", "dense", "edges", "spectral")),
            show_default="auto",
            help="How a graph convolution is computed; the result is the same. "
            "'spectral', by the eigenvectors of each component of the graph, "
            "trains faster on graphs of some hundred nodes.",
        ),
        click.option(
            "--share-weights",
            is_flag=True,
            default=None,
            help="Let the decoder of ST-UNet run on its encoder's weights.",
        ),
    )
    return _with_options(command, options)


def input_options(command):
    """Add what a model takes and forecasts."""
    options = (
        click.option(
            "--calendar",
            type=Choice(tuple(CALENDARS)),
            help="Inputs beside the readings.  [default: none; METR-LA: "
            "time_of_day]",
        ),
        click.option(
            "--mask-channel",
            is_flag=True,
            help="A further input: whether each reading is present, 1 or 0.",
        ),
        click.option(
            "--targets",
            help="Measurements to forecast, a name or several with commas "
            "between, or 'all'; all measurements are inputs.  [default: the "
            "first]",
        ),
        click.option(
            "--scale",
            type=Choice(("all", "sensor")),
            help="One mean and deviation of all sensors, as in the paper, or "
            "one of each sensor.  [default: all; your data: sensor where the "
            "means of the sensors differ much]",
        ),
        click.option(
            "--non-negative",
            is_flag=True,
            default=None,
            help="Forecast nothing below 0, as of counts.",
        ),
        click.option(
            "--quantiles",
            metavar="Q,0.5,Q",
            help="Forecast these quantiles, such as 0.1,0.5,0.9, with the "
            "direct head: scores and pictures are of the median, intervals of "
            "all.",
        ),
    )
    return _with_options(command, options)


def recipe_options(command):
    """Add how a model is trained."""
    options = (
        click.option(
            "--epochs",
            type=AT_LEAST_1,
            show_default="80; ST-UNet+: 14",
            help="Passes over the training windows.",
        ),
        click.option(
            "--patience",
            type=AT_LEAST_1,
            show_default="all epochs",
            help="End after so many epochs without a better validation.",
        ),
        click.option(
            "--ema-momentum",
            type=float,
            show_default="0: none; ST-UNet+: 0.999",
            help="Of a moving average of the weights, which validation and "
            "the model that is kept have in the place of the last ones.",
        ),
        click.option(
            "--seeds",
            type=AT_LEAST_1,
            default=1,
            help="Train so many models, of seeds from --seed on, and keep "
            "them as one whose forecast is their mean (an ensemble).",
        ),
        click.option(
            "--batch-size",
            type=AT_LEAST_1,
            show_default="50; ST-UNet+: 32",
            help="Windows a training step.",
        ),
        device_options,
        click.option(
            "--loss",
            type=Choice(("l1_l2", "l2", "l1", "mae")),
            show_default="l1_l2; ST-UNet+: l1",
            help="Mean of L1 and L2 (Table 1), L2 (Table 2) or L1, in standard "
            "units; 'mae': L1 in original units.",
        ),
        click.option(
            "--no-sampling/--sampling",
            help="No teacher forcing in training, or scheduled sampling.",
        ),
        click.option(
            "--sampling-half",
            type=float,
            show_default="0.3",
            help="Share of the training after which it is fed half of the "
            "time.",
        ),
        click.option(
            "--tensorboard",
            is_flag=True,
            help="Write losses for TensorBoard, to tensorboard/ in the run "
            "folder.",
        ),
    )
    return _with_options(command, options)


def _with_options(command, options):
    # The last one that is added comes first in the help.
    for option in reversed(options):
        command = option(command)
    return command
