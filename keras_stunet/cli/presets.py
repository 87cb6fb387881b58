"""`keras-stunet presets`."""

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import printing
from keras_stunet.cli.shell import shell_errors
from keras_stunet.cli.start import start_keras


@click.group(context_settings=CONTEXT, invoke_without_command=True)
@click.pass_context
def presets(context):
    """List the trained models that come with the package, or make one.

    Each name stands for a run: `keras-stunet forecast NAME --readings FILE`,
    `evaluate NAME`, `train --from NAME`.
    """
    if context.invoked_subcommand is None:
        context.invoke(list_presets)


@presets.command("list", context_settings=CONTEXT)
def list_presets():
    """List the presets: model, data, errors."""
    with shell_errors():
        start_keras()
        from keras_stunet.models.presets import preset_names
        from keras_stunet.models.presets import read_metadata

        rows = [("name", "model", "data", "weights", "MAE")]
        for name in preset_names():
            metadata = read_metadata(name)
            scores = metadata["metrics"]["test"]["model"].items()
            errors = [row["mae"] for step, row in scores if step != "all"]
            shown = " / ".join(f"{error:.3f}" for error in errors)
            weights = f"{metadata['parameters']:,}"
            data = metadata["run"]["dataset"]
            rows.append((name, metadata["title"], data, weights, shown))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        with printing():
            for row in rows:
                cells = zip(row, widths, strict=True)
                line = "  ".join(text.ljust(width) for text, width in cells)
                click.echo(line.rstrip())


@presets.command(context_settings=CONTEXT)
@click.argument("run")
@click.argument("folder")
@click.option("--licence", help="Of the weights, which is that of the data.")
@data_options
def save(run, folder, licence, raw_dir, data_dir):
    """Write the best model of RUN as a preset to FOLDER, with its card."""
    with shell_errors():
        start_keras()
        from keras_stunet.training.runs.run_preset import preset_of_run

        preset_of_run(run, folder, licence, raw_dir, data_dir)
        click.echo(f"Written: {folder}")
