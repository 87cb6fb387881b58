"""Several devices under JAX: `keras.distribution.DataParallel`.

JAX compiles one program for the whole batch and cuts it up itself, so the
mean over present readings, the norm of the gradient and all draws are those
of one device.
"""

import contextlib
import os
from typing import NamedTuple

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils

from keras_stunet.data.batch_shares import BatchShares
from keras_stunet.training.devices.base import SeveralDevices
from keras_stunet.training.devices.base import check_compute_capability
from keras_stunet.training.devices.base import count_devices

ADDRESSES = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
PROCESSES = "KERAS_DISTRIBUTION_NUM_PROCESSES"
PROCESS = "KERAS_DISTRIBUTION_PROCESS_ID"
VARIABLES = "The variables KERAS_DISTRIBUTION_*"


class Cluster(NamedTuple):
    """The processes of a training, as Keras's variables describe them."""

    processes: int
    process: int


class JaxDevices(SeveralDevices):
    """A batch cut along its windows, all variables on every device."""

    def __init__(self, count):
        super().__init__(count, jax.process_count(), jax.process_index())
        # Each process hands out its own share, so Keras need not cut.
        self._distribution = keras.distribution.DataParallel(
            devices=keras.distribution.list_devices()[:count],
            auto_shard_dataset=False,
        )

    def scope(self):
        return self._distribution.scope()

    def fitting(self):
        return self.scope()

    @contextlib.contextmanager
    def alone(self):
        # Else each variable that a save makes would wait for all processes.
        keras.distribution.set_distribution(None)
        try:
            yield
        finally:
            keras.distribution.set_distribution(self._distribution)

    def batches(self, windows, batch_size, **order):
        own = self.count // self.processes
        mine = range(self.process * own, (self.process + 1) * own)
        return BatchShares(windows, batch_size, self.count, mine, **order)

    def _gather(self, row):
        return np.asarray(multihost_utils.process_allgather(row))


def read_cluster():
    """The `Cluster` that the environment describes, `None` for one process.

    Raises:
        ValueError: If the variables are incomplete or contradict each other.
    """
    names = (ADDRESSES, PROCESSES, PROCESS)
    given = {name: os.environ[name] for name in names if name in os.environ}
    if not given:
        return None
    try:
        processes, process = int(given[PROCESSES]), int(given[PROCESS])
        addresses = given[ADDRESSES].split(",")
        ports = [int(address.rpartition(":")[2]) for address in addresses]
        whole = 0 <= process < processes and all(ports)
        whole = whole and len(addresses) in (1, processes)
    except (KeyError, ValueError):
        whole = False
    if not whole:
        shown = ", ".join(f"{name}={text!r}" for name, text in given.items())
        raise ValueError(
            f"{shown} describes no processes; expected {ADDRESSES}=HOST:PORT "
            f"of process 0, {PROCESSES}=n and {PROCESS} from 0 to n - 1, all "
            "three or none."
        )
    return Cluster(processes, process) if processes > 1 else None


def check_precision(precision):
    """Raise if a device lacks a precision, as `check_compute_capability`."""
    for device in jax.local_devices():
        if device.platform == "gpu" and hasattr(device, "compute_capability"):
            capability = [int(x) for x in device.compute_capability.split(".")]
            check_compute_capability(precision, capability, device.device_kind)


def open_engine(wanted, cluster, recipe):
    """The `JaxDevices` of a training, after all processes have met.

    Raises:
        ValueError: As `count_devices` and `check_precision`.
    """
    if cluster is not None and not jax.distributed.is_initialized():
        # With a seed at hand Keras does not let the processes draw one.
        keras.utils.set_random_seed(recipe.seed)
        keras.distribution.initialize()
    there = keras.distribution.list_devices()
    kind = there[0].partition(":")[0].upper()
    processes = jax.process_count()
    count = count_devices(wanted, len(there), kind, processes, recipe)
    check_precision(recipe.precision)
    return JaxDevices(count)
