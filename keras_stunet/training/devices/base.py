"""Where a training runs: on one device, on several, in several processes."""

import contextlib
import hashlib
import importlib
import json
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from keras_stunet.checks import check_count
from keras_stunet.data import make_batches
from keras_stunet.data.batch_shares import BatchShares
from keras_stunet.locks import run_lock

ENGINES = {
    "jax": "keras_stunet.training.devices.jax",
    "tensorflow": "keras_stunet.training.devices.tensorflow",
}
LEFT = np.zeros(32, np.int32)  # in the place of a check sum


class Cluster(NamedTuple):
    """The processes of a training, as the environment describes them."""

    processes: int
    process: int


class OneDevice:
    """The device that the backend takes by itself, and what a training asks.

    Args:
        steps: Training steps each time the program is started.

    Attributes:
        count: Devices in all processes.
        writes: Whether this process writes the run folder.
    """

    count = 1
    writes = True

    def __init__(self, steps=1):
        self.steps = steps

    def scope(self):
        """Context to build and compile a model in, and to load its state."""
        return contextlib.nullcontext()

    def fitting(self):
        """Context to `fit` in."""
        return contextlib.nullcontext()

    def alone(self):
        """Context, within `fitting`, of what one process does for itself."""
        return contextlib.nullcontext()

    def lock(self, folder):
        """Context that holds a run folder for the process that writes it."""
        if self.writes:
            return run_lock(folder)
        return contextlib.nullcontext(Path(folder))

    def batches(self, windows, batch_size, **order):
        """What `fit` takes of `Windows`: batches, or this process's share."""
        return make_batches(windows, batch_size, **order)

    def fit(self, model, batches, **arguments):
        """`model.fit` of what `batches` made, with its arguments."""
        model.steps_per_execution = self.steps
        model.fit(batches, shuffle=False, verbose=0, **arguments)

    def adapt(self, optimizer, loss):
        """Optimizer and loss that see the whole batch, not one's share."""
        return optimizer, loss

    def agree(self, what, value, last=False):
        """Wait for all processes; raise unless all have the same value.

        Args:
            what: Name of the value, for the message.
            value: Anything that JSON can hold.
            last: Whether the processes meet in `fit` alone from now on.

        Raises:
            ValueError: If they differ, or another process was stopped by an
                error.
        """


class SeveralDevices(OneDevice):
    """What both engines share; each adds `scope` and `_gather`.

    Args:
        count: Devices in all processes.
        processes: Number of processes.
        process: Number of this one, from 0; that one writes the run folder.
    """

    def __init__(self, count, processes, process):
        super().__init__()
        self.count = count
        self.processes = processes
        self.process = process
        self.writes = process == 0
        self._met = True

    def batches(self, windows, batch_size, **order):
        return BatchShares(windows, batch_size, self.count, **order)

    def agree(self, what, value, last=False):
        if self.processes == 1:
            return
        text = json.dumps(value, sort_keys=True, default=str)
        own = np.frombuffer(hashlib.sha256(text.encode()).digest(), np.uint8)
        rows = self._gather(own.astype(np.int32))
        left = (rows == LEFT).all(axis=-1).any()
        differ = (rows != rows[0]).any()
        self._met = not (left or differ or last)
        if left:
            raise ValueError(
                "Another process of this training was stopped by an error; "
                "its own output says by which. Fix it and start all again."
            )
        if differ:
            raise ValueError(
                f"The {self.processes} processes of this training differ in "
                f"their {what}. Start all with the same command, version and "
                "data, and with --out on a file system that all of them share."
            )

    def leave(self):
        """Tell the processes that wait in `agree` not to wait any more."""
        if self.processes > 1 and self._met:
            self._gather(LEFT)


@contextlib.contextmanager
def open_devices(devices, recipe, steps=1):
    """Find the devices of a training and let all its processes meet.

    Args:
        devices: How many to share each batch among, counted over all
            processes, or `"all"`.
        recipe: The `Recipe`.
        steps: Training steps each time the program is started.

    Yields:
        What to train with, a `OneDevice`.

    Raises:
        ValueError: If there are fewer devices, the batch does not divide by
            them, they lack the precision, the backend cannot, `steps` is
            wrong, or the variables that describe the processes are.
    """
    if devices != "all" and (type(devices) is not int or devices < 1):
        raise ValueError(
            f"`devices` is {devices!r}; expected a whole number above 0, or "
            "'all'."
        )
    check_count("steps_per_execution", steps, 1)
    backend = keras.backend.backend()
    if backend not in ENGINES:
        asked = {"devices": devices, "steps_per_execution": steps}
        for name in [name for name in asked if asked[name] != 1]:
            raise ValueError(
                f"`{name}` is {asked[name]!r} on backend {backend!r}, which "
                "trains on one device here, one step at a time; leave it "
                "out, or set KERAS_BACKEND to jax or tensorflow."
            )
        yield OneDevice()
        return
    engine = importlib.import_module(ENGINES[backend])
    cluster = engine.read_cluster()
    if devices == 1:
        if cluster is not None:
            raise ValueError(
                f"{engine.VARIABLES} name {cluster.processes} processes, but "
                "`devices` is 1: each would train for itself. Give "
                "`--devices all`, or unset what names them."
            )
        engine.check_precision(recipe.precision)
        yield engine.one_device(steps)
        return
    opened = engine.open_engine(devices, cluster, recipe)
    try:
        if opened.count > 1 and steps > 1:
            raise ValueError(
                f"`steps_per_execution` is {steps} on {opened.count} devices; "
                "expected 1 there. Leave it out, or train on one device."
            )
        yield opened if opened.count > 1 else engine.one_device(steps)
    except Exception:
        opened.leave()
        raise


def count_devices(wanted, there, kind, processes, recipe):
    """The number of devices to take.

    Args:
        wanted: A number or `"all"`.
        there: How many there are, in all processes.
        kind: What they are, `"CPU"` or `"GPU"`.
        processes: Number of processes.
        recipe: The `Recipe`.

    Raises:
        ValueError: If there are fewer, if several processes are to leave some
            of theirs out, or if the batch does not divide.
    """
    count = there if wanted == "all" else wanted
    found = f"{there} {kind} device{'s' * (there > 1)}"
    if count > there:
        raise ValueError(
            f"`devices` is {count}; {keras.backend.backend()} sees {found} "
            f"here. Give `--devices {there}` or `--devices all`."
        )
    if processes > 1 and count != there:
        raise ValueError(
            f"`devices` is {count}; the {processes} processes have {found}, "
            "and none may stay without work. Give `--devices all`, and hide "
            "devices from a process (CUDA_VISIBLE_DEVICES) to use fewer."
        )
    if recipe.batch_size % count:
        down = recipe.batch_size // count * count
        raise ValueError(
            f"`batch_size` is {recipe.batch_size}, which does not divide by "
            f"{count} devices; expected a multiple, such as "
            f"{down or count} or {down + count}. It is the batch of all "
            "devices together."
        )
    return count


def check_compute_capability(precision, capability, name):
    """Raise if a GPU lacks the units of a precision.

    Args:
        precision: Of the `Recipe`.
        capability: Its CUDA compute capability, `(major, minor)`.
        name: Its name.

    Raises:
        ValueError: If it does: float16 needs 7.0, bfloat16 8.0.
    """
    needed = {"mixed_float16": 7, "mixed_bfloat16": 8}.get(precision, 0)
    if capability[0] < needed:
        raise ValueError(
            f"`precision` is {precision!r}, which needs a GPU of compute "
            f"capability {needed}.0; {name} has {capability[0]}."
            f"{capability[1]}. Train in float32."
        )
