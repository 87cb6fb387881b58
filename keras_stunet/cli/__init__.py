"""The command `keras-stunet`: parsing only."""

import click

from keras_stunet.cli.backtest import backtest
from keras_stunet.cli.datasets import datasets
from keras_stunet.cli.evaluate import evaluate
from keras_stunet.cli.explain import explain
from keras_stunet.cli.export import export
from keras_stunet.cli.forecast import forecast
from keras_stunet.cli.moving_mnist import moving_mnist
from keras_stunet.cli.moving_mnist import moving_mnist_figure
from keras_stunet.cli.presets import presets
from keras_stunet.cli.report import report
from keras_stunet.cli.reproduce import reproduce
from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.train import train
from keras_stunet.cli.tune import tune
from keras_stunet.memory import keep_memory


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


for command in (train, evaluate, forecast, backtest, explain):
    main.add_command(command)
for command in (report, export, presets, datasets):
    main.add_command(command)
for command in (moving_mnist, moving_mnist_figure):
    main.add_command(command)
main.add_command(reproduce)
main.add_command(tune)
