"""`keras-stunet datasets`."""

import textwrap

import click

from keras_stunet.cli.shell import CONTEXT
from keras_stunet.cli.shell import data_options
from keras_stunet.cli.shell import printing
from keras_stunet.cli.shell import shell_errors

NAME, WIDTH = 18, 80  # columns


@click.group(context_settings=CONTEXT, invoke_without_command=True)
@click.pass_context
def datasets(context):
    """List the built-in data sets, or build one.

    \b
    Examples:
      keras-stunet datasets
      keras-stunet datasets build pemsd7/m --npz pemsd7_m.npz
    """
    if context.invoked_subcommand is None:
        context.invoke(list_datasets)


@datasets.command("list", context_settings=CONTEXT)
@data_options
def list_datasets(raw_dir=None, data_dir=None):
    """List the data sets: size, where from, and whether at hand."""
    with shell_errors():
        from keras_stunet.data.catalog import SOURCES

        lines = []
        for name, source in SOURCES.items():
            # Not folded: a path is to be copied.
            place = source.place(raw_dir, data_dir) or "not yet here"
            lines.append(
                f"{name:{NAME}}{source.sensors:,} sensors, {source.steps:,} "
                f"steps; {place}"
            )
            lines += textwrap.wrap(
                f"{source.title}; {source.origin}",
                WIDTH,
                initial_indent=" " * NAME,
                subsequent_indent=" " * NAME,
            )
        with printing():
            click.echo("\n".join(lines))


@datasets.command(context_settings=CONTEXT)
@click.argument("name")
@click.option(
    "--npz",
    help="Also write the series to this file, which trains on machines "
    "without TensorFlow: keras-stunet train FILE ...",
)
@click.option("--quiet", is_flag=True, help="Say nothing.")
@data_options
def build(name, npz, quiet, raw_dir, data_dir):
    """Build the data set NAME with TensorFlow Datasets.

    Downloads what is not at hand and checks that it is what was published.
    """
    from keras_stunet.data.catalog import build_dataset

    with shell_errors("Run the same command again."):
        place = build_dataset(name, npz, raw_dir, data_dir)
        if not quiet:
            click.echo(f"Built: {place}")
            if npz is not None:
                click.echo(f"Series: {npz}")
