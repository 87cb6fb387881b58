"""Child processes that end with this one, and their share of the machine."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

GRACE = 5  # seconds that a child has to end when it is asked to


class Child:
    """A process that ends with this one.

    It reads its request, one line of JSON, from a pipe that only this process
    holds; the pipe's end tells it that this process is gone, however it went.
    It has a process group of its own, so that the terminal's Ctrl-C does not
    reach it.

    Args:
        request: A dict, ready for JSON, see `read_request`.
        command: Words of the command.
        log: File that its output is appended to; by default it writes where
            this process does.
        environment: Variables that differ from those here.
        cores: CPU cores that it may run on; by default all.
    """

    def __init__(
        self, request, command, log=None, environment=None, cores=None
    ):
        with contextlib.ExitStack() as stack:
            output = None
            if log is not None:
                self.log = Path(log)
                self.log.parent.mkdir(parents=True, exist_ok=True)
                output = stack.enter_context(self.log.open("ab"))
                self.start = output.seek(0, os.SEEK_END)
            stack.enter_context(_on(cores))
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output and subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                process_group=0 if os.name == "posix" else None,
            )
        with contextlib.suppress(BrokenPipeError):  # its status says more
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()

    @property
    def status(self):
        """Exit status, below 0 the signal; `None` while it runs."""
        return self.process.poll()

    def wait(self, seconds=None):
        """Wait for its end, no longer than this; returns the status."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.status

    def stop(self):
        """End it, and wait for its end."""
        if self.status is None:
            self.process.terminate()
            if self.wait(GRACE) is None:
                self.process.kill()
                self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def last_words(self):
        """Its last line that says `Error:`, else the end of its output."""
        said = self.log.read_bytes()[self.start :]  # before: other processes
        lines = said.decode(errors="replace").splitlines()
        errors = [line for line in lines if line.startswith("Error: ")]
        if errors:
            return errors[-1].removeprefix("Error: ")
        return " / ".join(lines[-5:]) or "It said nothing."


def run_child(request, command):
    """Run a child to its end; returns its exit status.

    Ctrl-C is passed on: the first lets the child finish its step, the second
    ends it at once.

    Raises:
        KeyboardInterrupt: After Ctrl-C, once the child has ended.
    """
    child = Child(request, command)
    try:
        return child.wait()
    except KeyboardInterrupt:
        while child.status is None:
            child.process.send_signal(signal.SIGINT)
            with contextlib.suppress(KeyboardInterrupt):  # once more
                child.wait()
        raise
    finally:
        child.stop()


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


def module_command(name):
    """Words of a command that runs a module of this package."""
    # -P: the same code as here, whatever the present folder holds.
    return (sys.executable, "-P", "-m", f"keras_stunet.{name}")


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


def usable_cores():
    """Numbers of the CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count()))


def peak_mb():
    """The most resident memory that this process held so far, in MiB.

    Returns:
        An integer, or `None` where the system does not say.
    """
    # On Linux getrusage also counts what the parent held when it started us.
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text()
        if found := re.search(r"VmHWM:\s*(\d+) kB", status):
            return round(int(found[1]) / 2**10)
    if sys.platform != "darwin":
        return None
    import resource

    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


def machine_shares(workers, gpus=(), cores=None):
    """A share of the machine for each of several processes.

    Args:
        workers: How many.
        gpus: Names of GPUs, as `CUDA_VISIBLE_DEVICES` takes them.
        cores: Numbers of the CPU cores; by default those of this process.

    Returns:
        For each its environment variables and its cores. GPUs go round if
        they are fewer; cores too.

    Example:
    >>> [share[1] for share in machine_shares(2, cores=range(5))]
    [[0, 1, 2], [3, 4]]
    """
    cores = sorted(usable_cores() if cores is None else cores)
    shares = []
    for number in range(workers):
        own = [
            core
            for place, core in enumerate(cores)
            if place * workers // len(cores) == number
        ]
        own = own or [cores[number % len(cores)]]
        variables = {}
        if workers > 1:
            # Pools that do not ask how many cores the process may use.
            variables["OMP_NUM_THREADS"] = str(len(own))
        if gpus:
            variables["CUDA_VISIBLE_DEVICES"] = str(gpus[number % len(gpus)])
        if workers > max(1, len(gpus)):
            # Several on one device: none takes all of its memory.
            variables["TF_FORCE_GPU_ALLOW_GROWTH"] = "true"
            variables["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
        shares.append((variables, own))
    return shares


def _end_with_parent():
    while os.read(0, 1):
        pass
    os._exit(1)


@contextlib.contextmanager
def _on(cores):
    # A process starts on the cores of the thread that starts it: its libraries
    # then see no others, whenever they make their pools of threads.
    if cores is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
