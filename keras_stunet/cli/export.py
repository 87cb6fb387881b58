"""`keras-stunet export`."""

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import Choice
from keras_stunet.cli.shell import check_run
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras


@click.command(context_settings=CONTEXT)
@click.argument("run")
@click.option(
    "--format",
    "format_",
    type=Choice(("saved_model", "onnx", "litert")),
    default="saved_model",
    help="A folder of TensorFlow, an .onnx file (extra onnx), or a .tflite "
    "file.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    show_default="any",
    help="Fixed number of windows of a call.",
)
@click.option("--out", required=True, help="File, or folder, to write.")
def export(run, format_, batch_size, out):
    """Write the best model of RUN for programs without Keras.

    It computes in float32, in the units of the data: the scaler and the graph
    are inside. OUT.json says what goes in: the sensors in their order, the
    input features, what stands for a missing reading.

    \b
    Example:
      keras-stunet export runs/first --format onnx --out first.onnx
    """
    with shell_errors():
        check_run(run)
        start_keras()
        from keras_stunet.training.runs.export import check_target
        from keras_stunet.training.runs.export import export_run
        from keras_stunet.training.runs.load import load_run

        check_target(out, format_)
        export_run(load_run(run), out, format_, batch_size)
        click.echo(f"Written: {out}, and what it takes: {out}.json")
