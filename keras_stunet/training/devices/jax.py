"""Several devices under JAX, and several steps a call on one.

With `keras.distribution.DataParallel` JAX compiles one program for the whole
batch and cuts it up itself, so the
mean over present readings, the norm of the gradient and all draws are those
of one device.
"""

import contextlib
import os

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils

from keras_stunet.data.batch_shares import BatchShares
from keras_stunet.data.device_batches import DeviceBatches
from keras_stunet.training.devices.base import Cluster
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.devices.base import SeveralDevices
from keras_stunet.training.devices.base import check_compute_capability
from keras_stunet.training.devices.base import count_devices

ADDRESSES = "KERAS_DISTRIBUTION_JOB_ADDRESSES"
PROCESSES = "KERAS_DISTRIBUTION_NUM_PROCESSES"
PROCESS = "KERAS_DISTRIBUTION_PROCESS_ID"
VARIABLES = "The variables KERAS_DISTRIBUTION_*"


class JaxSteps(OneDevice):
    """One device that takes several steps in one call of a compiled program.

    Keras's own `steps_per_execution` calls the program once a step on JAX. Here
    an item of the data is a group of batches, and the program a scan over them.
    Callbacks see groups.
    """

    def batches(self, windows, batch_size, **order):
        return DeviceBatches(windows, batch_size, self.steps, **order)

    def fit(self, model, batches, **arguments):
        for name in ("train_step", "test_step"):
            # Attributes of this one model; Keras keeps what it has compiled.
            step = getattr(model, name)
            setattr(model, name, over_group(step, batches.batch_size))
        model.fit(batches, shuffle=False, verbose=0, **arguments)


def over_group(step, batch_size):
    """Take a step on each batch of a group, or on data of one batch.

    Args:
        step: A step of Keras on JAX, `(state, data) -> (logs, state)`.
        batch_size: Rows of a batch.

    Returns:
        Such a step on a group of batches joined along their rows; its logs
        are those of the last batch.
    """

    def steps(state, data):
        size = keras.tree.flatten(data)[0].shape[0]
        if size <= batch_size:
            return step(state, data)

        def cut(x):
            return x.reshape(-1, batch_size, *x.shape[1:])

        def one(state, batch):
            logs, state = step(state, batch)
            return state, logs

        state, logs = jax.lax.scan(one, state, jax.tree.map(cut, data))
        return jax.tree.map(lambda log: log[-1], logs), state

    return steps


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


def one_device(steps):
    """One device, which takes so many steps a call of its program."""
    return JaxSteps(steps) if steps > 1 else OneDevice()


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
        # With a seed set Keras does not let the processes draw one.
        keras.utils.set_random_seed(recipe.seed)
        keras.distribution.initialize()
    there = keras.distribution.list_devices()
    kind = there[0].partition(":")[0].upper()
    processes = jax.process_count()
    count = count_devices(wanted, len(there), kind, processes, recipe)
    check_precision(recipe.precision)
    return JaxDevices(count)
