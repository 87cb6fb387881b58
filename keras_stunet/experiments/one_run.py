"""One run in a process of its own.

`python -m keras_stunet.experiments.one_run` reads one line of JSON from
standard input, the arguments of `train_model` or `train_classical`. The input
stays open for as long as the process that wrote it lives; at its end this one
ends too, at once, as after a power cut: an orphan would hold the run folder.
"""

import contextlib
import sys
from pathlib import Path

from keras_stunet.experiments.classical_run import train_classical
from keras_stunet.experiments.outcome import BUSY
from keras_stunet.experiments.outcome import FAILURE
from keras_stunet.experiments.outcome import INTERRUPTED
from keras_stunet.experiments.outcome import UNAVAILABLE
from keras_stunet.experiments.outcome import note_failure
from keras_stunet.experiments.outcome import note_peak
from keras_stunet.experiments.outcome import status_of
from keras_stunet.memory import keep_memory
from keras_stunet.processes import read_request
from keras_stunet.training.runs.environment import describe_environment
from keras_stunet.training.train import train_model


def main():
    """Run what standard input asks for."""
    keep_memory()
    request = read_request()
    return 1 if request is None else run(request)


def run(arguments, train=None):
    """Train, and note in the run folder what went wrong, and peak memory.

    Args:
        arguments: As `train` takes them, and `folder`. Those with `system`
            are for `train_classical`, the others for `train_model`.
        train: Stands in for these two in tests.

    Returns:
        The exit status: 0, 1 after a failure that is noted in
        `failure.json`, 69 if a package is missing, 75 if the folder is in
        use, 130 after Ctrl-C.
    """
    folder = Path(arguments["folder"])
    (folder / FAILURE).unlink(missing_ok=True)
    if train is None:
        train = train_classical if "system" in arguments else train_model
    try:
        train(**arguments)
        status = 0
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BlockingIOError as error:
        print(error, file=sys.stderr)
        return BUSY
    except ImportError as error:
        print(f"Error: {error}", file=sys.stderr)
        return UNAVAILABLE
    except Exception as error:  # whatever it is, the queue goes on
        print(f"Error: {error}", file=sys.stderr)
        known = {}
        with contextlib.suppress(Exception):
            found = describe_environment()
            known = {key: found[key] for key in ("commit", "backend", "device")}
        kind = type(error).__name__
        note_failure(folder, status_of(error), f"{kind}: {error}", **known)
        status = 1
    note_peak(folder)
    return status


if __name__ == "__main__":
    sys.exit(main())
