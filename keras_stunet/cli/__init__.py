"""The command `keras-stunet`: parsing only."""

import os

import click

# TensorFlow's start-up notes, unless the user asked for them.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from keras_stunet.cli.datasets import datasets  # noqa: E402
from keras_stunet.cli.evaluate import evaluate  # noqa: E402
from keras_stunet.cli.forecast import forecast  # noqa: E402
from keras_stunet.cli.moving_mnist import moving_mnist  # noqa: E402
from keras_stunet.cli.moving_mnist import moving_mnist_figure  # noqa: E402
from keras_stunet.cli.reproduce import reproduce  # noqa: E402
from keras_stunet.cli.shell import CONTEXT  # noqa: E402
from keras_stunet.cli.train import train  # noqa: E402
from keras_stunet.cli.tune import tune  # noqa: E402
from keras_stunet.memory import keep_memory  # noqa: E402


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="keras_stunet")
def main():
    """Forecast on sensor graphs with ST-UNet.

    \b
    A first look, in minutes and without a download:
      keras-stunet train freeway --head direct --epochs 10 --out runs/first
      keras-stunet forecast runs/first

    The Keras backend is the one that KERAS_BACKEND names (tensorflow or jax),
    by default TensorFlow: KERAS_BACKEND=jax keras-stunet train ...

    Every command ends with 0 when all went well, 1 after an error, 2 for an
    option that there is not and 130 after Ctrl-C.
    """
    keep_memory()


for command in (train, evaluate, forecast, datasets):
    main.add_command(command)
for command in (moving_mnist, moving_mnist_figure):
    main.add_command(command)
main.add_command(reproduce)
main.add_command(tune)
