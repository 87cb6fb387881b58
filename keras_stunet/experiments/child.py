"""A run as a child process, which never outlives the queue."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

# -P: the same code as here, whatever the present folder holds.
COMMAND = (sys.executable, "-P", "-m", "keras_stunet.experiments.one_run")


def run_child(arguments, command=COMMAND):
    """Run a process to its end.

    It is told its arguments through a pipe that only this process holds, by
    whose end it knows that this process is gone, however it went. It has a
    process group of its own, so that Ctrl-C reaches it once, from here: the
    first lets it finish its step, the second ends it at once.

    Args:
        arguments: A dict, ready for JSON.
        command: Words of the command.

    Returns:
        Its exit status; below 0 the signal that ended it.

    Raises:
        KeyboardInterrupt: After Ctrl-C, once the process has ended.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        process_group=0 if os.name == "posix" else None,
    )
    try:
        with contextlib.suppress(BrokenPipeError):  # its status says more
            process.stdin.write(json.dumps(arguments).encode() + b"\n")
            process.stdin.flush()
        return process.wait()
    except KeyboardInterrupt:
        _stop(process)
        raise
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


def read_request():
    """What the parent of this process asks for; it ends with the parent.

    Returns:
        What came as one line of JSON on standard input, or `None` if the
        parent was gone before all of it came.
    """
    # Not through sys.stdin: a thread that reads it stops Python from ending.
    with open(0, "rb", buffering=0, closefd=False) as file:
        line = file.readline()
    if not line.endswith(b"\n"):
        return None
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return json.loads(line)


def describe_status(status):
    """Status of a row, and why, for a process that left no reason.

    >>> describe_status(3)
    ('failed', 'The process ended with status 3 and without scores.')
    """
    if status >= 0:
        return "failed", (
            f"The process ended with status {status} and without scores."
        )
    name = signal.Signals(-status).name
    if name == "SIGKILL":
        return "out of memory", (
            "The process was killed (SIGKILL), as the system does when memory "
            "runs out."
        )
    return "failed", f"The process was ended by {name}."


def _end_with_parent():
    while os.read(0, 1):
        pass
    os._exit(1)


def _stop(process):
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(KeyboardInterrupt):  # once more
            process.wait()
