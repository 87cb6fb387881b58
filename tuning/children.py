"""The processes of a search: started with a share of the machine, and ended."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

from keras_stunet.training.runs.environment import usable_cores

# -P: the same code as here, whatever the present folder holds.
COMMAND = (sys.executable, "-P", "-m", "keras_stunet.tuning.worker")
GRACE = 5  # seconds that an asked process has to end
CHIEF_GONE = 75  # status of a worker that lost its chief or found none


class Child:
    """A process of a search, which ends with this one.

    It is told its part through a pipe that only this process holds, by whose
    end it knows that this process is gone, however it went. Of its own
    process group, it does not get the terminal's Ctrl-C.

    Args:
        part: What `worker.take_part` takes.
        log: File that its output is appended to.
        environment: Variables that differ from those here.
        cores: CPU cores that it may run on; by default all.
        command: Words of the command.
    """

    def __init__(self, part, log, environment, cores=None, command=COMMAND):
        self.log = Path(log)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output, _on(cores):
            self.start = output.seek(0, os.SEEK_END)
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                process_group=0 if os.name == "posix" else None,
            )
        with contextlib.suppress(BrokenPipeError):  # its status says more
            self.process.stdin.write(json.dumps(part).encode() + b"\n")
            self.process.stdin.flush()

    @property
    def status(self):
        """Exit status, below 0 the signal; `None` while it runs."""
        return self.process.poll()

    def wait(self, seconds):
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


def environments(workers, gpus=(), cores=None):
    """A share of the machine for each worker.

    Args:
        workers: How many.
        gpus: Names of GPUs, as `CUDA_VISIBLE_DEVICES` takes them.
        cores: Numbers of the CPU cores; by default those of this process.

    Returns:
        For each worker its environment variables and its cores. GPUs go round
        if they are fewer; cores too.

    Example:
    >>> [share[1] for share in environments(2, cores=range(5))]
    [[0, 1, 2], [3, 4]]
    """
    if cores is None:
        cores = usable_cores()
    cores = sorted(cores)
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
