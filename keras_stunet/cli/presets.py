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
    """List the presets: model, data, mean error up to the horizon."""
    with shell_errors():
        start_keras()
        from keras_stunet.models.presets import preset_names
        from keras_stunet.models.presets import read_metadata
        from keras_stunet.steps import describe_ahead
        from keras_stunet.training.runs.run_preset import preset_scores

        rows = [("name", "model", "data", "ahead", "MAE")]
        for name in preset_names():
            metadata = read_metadata(name)
            run, minutes = metadata["run"], metadata["sensors"]
            ahead = describe_ahead(
                run["model"]["horizon"], minutes["minutes_per_step"]
            )
            _, unit, scores = preset_scores(metadata)[0]
            error = f"{scores['all']['mae']:.3f} {unit or ''}"
            title = metadata["title"]
            rows.append((name, title, run["dataset"], f"to {ahead}", error))
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
