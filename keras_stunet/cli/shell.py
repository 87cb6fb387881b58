"""What the commands share: errors as a shell expects them, and options."""

import contextlib
import os
import sys
import warnings
from pathlib import Path

import click

from keras_stunet.checks import PRECISIONS
from keras_stunet.checks import did_you_mean
from keras_stunet.messages import no_backend

CONTEXT = {"help_option_names": ["-h", "--help"], "show_default": True}
FAILED = 1
PRESETS = Path(__file__).parents[1] / "presets"
INTERRUPTED = 130  # the shell's code for a program ended by Ctrl-C


class Choice(click.Choice):
    """`click.Choice` that offers the nearest choice."""

    def get_invalid_choice_message(self, value, ctx):
        """The message, with the nearest choice."""
        message = super().get_invalid_choice_message(value, ctx)
        return message + did_you_mean(value, self.choices)


@contextlib.contextmanager
def shell_errors(interrupted="Nothing was written."):
    """Turn errors into a line on standard error and an exit code.

    Args:
        interrupted: What to say after Ctrl-C, or a function that returns it.
    """
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            yield
    except KeyboardInterrupt:
        _end_interrupted(interrupted)
    except BrokenPipeError:
        _end_unread(FAILED)
    except Exception as error:
        if _was_interrupted(error):
            _end_interrupted(interrupted)
        if not isinstance(error, (ValueError, OSError, ImportError)):
            raise
        missing = isinstance(error, ModuleNotFoundError) and no_backend(error)
        notes = getattr(error, "__notes__", [])
        click.echo(" ".join([f"Error: {missing or error}", *notes]), err=True)
        sys.exit(FAILED)


@contextlib.contextmanager
def printing():
    """Print what a command is for, and end well where its reader leaves.

    `head`, say, has seen enough after a line.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _end_unread(0)


def kept_in(out, what="epoch", file="checkpoint.npz", resume=False):
    """What to say after Ctrl-C in a command that goes on where it stopped.

    Args:
        out: Folder of the run, or of several runs.
        what: What is kept whole.
        file: Name of the file that is there after the first one.
        resume: Whether the command then takes `--resume`.
    """
    again = "with the same command" + (" and --resume" if resume else "")
    deep = (f"{folders}{file}" for folders in ("", "*/", "*/*/"))
    if any(path for one in deep for path in Path(out).glob(one)):
        return f"Whole {what}s are kept in {Path(out)}; go on {again}."
    return f"No {what} was finished; begin again {again}."


def _end_interrupted(what):
    what = what() if callable(what) else what
    click.echo(f"Interrupted. {what}", err=True)
    sys.exit(INTERRUPTED)


def _end_unread(code):
    # Python would try to write the rest as it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _was_interrupted(error):
    # Some libraries make another error of Ctrl-C while they are imported.
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__cause__ or error.__context__
    return False


def check_run(run):
    """Raise where there can be no run, before a backend is started.

    Args:
        run: A run folder or a preset, as the commands are given it.

    Raises:
        FileNotFoundError: If it is neither.
    """
    if (Path(run) / "config.json").is_file():
        return
    presets = sorted(path.parent.name for path in PRESETS.glob("*/config.json"))
    if run not in presets:
        raise FileNotFoundError(
            f"There is no config.json in {run}; expected the folder of a run "
            "with at least one finished epoch. Give the --out folder of "
            f"`keras-stunet train`, or a preset: {', '.join(presets)}."
            f"{did_you_mean(run, presets)}"
        )


def run_options(command):
    """Add what every command that trains takes."""
    return _added(
        command,
        click.option(
            "--quiet", is_flag=True, help="No progress bar, no table."
        ),
        click.option("--seed", default=0, help="Of weights, order, sampling."),
        click.option(
            "--precision",
            type=Choice(PRECISIONS),
            default="float32",
            help="Of matrix products; states and forecasts stay in float32.",
        ),
        click.option(
            "--learning-rate",
            type=float,
            show_default="0.01; ST-UNet+: 0.002",
            help="Adam's at the start; times 0.7 after each tenth of the "
            "epochs, of ST-UNet+ the same to the end.",
        ),
        click.option(
            "--resume",
            is_flag=True,
            help="Go on with the run in --out after its last whole epoch; "
            "starts one if there is none.",
        ),
        click.option(
            "--out", required=True, help="Folder that the run is written to."
        ),
    )


def data_options(command):
    """Add `--raw-dir` and `--data-dir` to a command."""
    return _added(
        command,
        click.option("--data-dir", help="Folder of TensorFlow Datasets."),
        click.option(
            "--raw-dir",
            help="Folder of published raw files; by default what "
            "KERAS_STUNET_RAW_DIR names, else they are downloaded.",
        ),
    )


def report_option(command):
    """Add `--report-steps` to a command."""

    def numbers(context, option, value):
        if value is None:
            return None
        steps = value.replace(",", " ").split()
        if not steps or not all(step.isdecimal() for step in steps):
            raise click.BadParameter(f"{value!r}; expected such as 1,3,12.")
        return [int(step) for step in steps]

    return _added(
        command,
        click.option(
            "--report-steps",
            metavar="1,3,12",
            callback=numbers,
            help="Horizon steps of the table; the last one and the mean of "
            "all come besides.  [default: 3,6,12]",
        ),
    )


def level_option(command):
    """Add `--level` to a command."""
    return _added(
        command,
        click.option(
            "--level",
            type=click.FloatRange(0, 1, min_open=True, max_open=True),
            metavar="0.8",
            help="Share of the readings that lower and upper bounds are to "
            "hold, on average; see docs/intervals.md.",
        ),
    )


def device_options(command):
    """Add `--devices` and `--steps-per-execution` to a command."""
    return _added(
        command,
        click.option(
            "--steps-per-execution",
            default=1,
            help="Training steps each time the program is started; 20 or so "
            "spare a GPU the waiting between short steps.",
        ),
        click.option(
            "--devices",
            default="1",
            callback=lambda context, option, value: (
                int(value) if value.isdecimal() else value
            ),
            help="Share each batch among so many devices, or 'all'; TensorFlow "
            "makes them of a CPU's cores where there is no GPU. See "
            "docs/devices.md.",
        ),
    )


def _added(command, *options):
    for option in options:
        command = option(command)
    return command


def _show_warning(message, category, filename, lineno, file=None, line=None):
    # Ours as a line to read; those of libraries are for developers.
    if category is UserWarning or _is_ours(filename):
        click.echo(f"Note: {message}", err=True)


def _is_ours(filename):
    # A path says nothing: `.venv` may lie in a checkout of our name.
    return any(
        name.split(".")[0] == "keras_stunet"
        and getattr(module, "__file__", None) == filename
        for name, module in sys.modules.copy().items()
    )
