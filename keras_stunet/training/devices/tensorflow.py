"""Several devices under TensorFlow: `tf.distribute`, made exact.

Each replica computes the loss of its share, and Keras sums their gradients.
Two things then differ from one device, and are put right here: a mean over a
replica's own present readings is not the mean over all of the batch, and Keras
clips the gradient before the sum.
"""

import json
import os

import keras
import tensorflow as tf
from keras import ops

from keras_stunet.processes import usable_cores
from keras_stunet.training.devices.base import Cluster
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.devices.base import SeveralDevices
from keras_stunet.training.devices.base import check_compute_capability
from keras_stunet.training.devices.base import count_devices
from keras_stunet.training.devices.tensorflow_fit import fit_together

VARIABLES = "The workers in TF_CONFIG"
EXAMPLE = (
    '{"cluster": {"worker": ["HOST:PORT", "HOST:PORT"]}, '
    '"task": {"type": "worker", "index": 0}}'
)

one_device = OneDevice  # takes several steps a call as Keras does


@keras.saving.register_keras_serializable(package="keras_stunet")
class BatchMean(keras.losses.Loss):
    """A loss whose mean is over the present readings of all replicas.

    With `S_r` the sum over the present entries of replica r and `W_r` their
    number, Keras's value is `S_r / (W_r R)`; this one is `S_r / sum of W`,
    which the R replicas sum to the loss of the whole batch.

    Args:
        loss: A loss of `keras_stunet.losses`.
        name: Name of the loss.
    """

    def __init__(self, loss, name="batch_mean"):
        super().__init__(name=name, reduction=loss.reduction)
        self.loss = loss

    def __call__(self, y_true, y_pred, sample_weight):
        """The loss of this replica; `sample_weight` is its mask."""
        value = self.loss(y_true, y_pred, sample_weight)
        replicas = tf.distribute.get_replica_context()
        if replicas is None:  # Keras builds the model by a symbolic call
            return value
        own = ops.sum(ops.cast(sample_weight, value.dtype))
        everywhere = replicas.all_reduce(tf.distribute.ReduceOp.SUM, own)
        share = replicas.num_replicas_in_sync * own
        return value * ops.divide_no_nan(share, everywhere)

    def get_config(self):
        """Return the arguments of the constructor."""
        loss = keras.saving.serialize_keras_object(self.loss)
        return {"loss": loss, "name": self.name}

    @classmethod
    def from_config(cls, config):
        """Make the loss again."""
        loss = keras.saving.deserialize_keras_object(config["loss"])
        return cls(loss, config["name"])


class _MeanFirst:
    """Averages the gradient over the replicas before it is clipped.

    Each of R replicas then holds `G / R`, which is clipped to `clipnorm / R`
    (see `TensorFlowDevices.adapt`), and Keras sums R times the same.
    """

    def apply(self, grads, trainable_variables=None):
        replicas = tf.distribute.get_replica_context()
        grads = replicas.all_reduce(tf.distribute.ReduceOp.MEAN, grads)
        return super().apply(grads, trainable_variables)


@keras.saving.register_keras_serializable(package="keras_stunet")
class ReplicaAdam(_MeanFirst, keras.optimizers.Adam):
    """Adam that clips the gradient of the whole batch."""


@keras.saving.register_keras_serializable(package="keras_stunet")
class ReplicaRMSprop(_MeanFirst, keras.optimizers.RMSprop):
    """RMSprop that clips the gradient of the whole batch."""


REPLICA_OPTIMIZERS = {
    keras.optimizers.Adam: ReplicaAdam,
    keras.optimizers.RMSprop: ReplicaRMSprop,
}


class TensorFlowDevices(SeveralDevices):
    """A replica of the model on each device, kept the same."""

    def __init__(self, strategy, count, cluster):
        super().__init__(count, *(cluster or (1, 0)))
        self._strategy = strategy

    def scope(self):
        return self._strategy.scope()

    def fit(self, model, batches, **arguments):
        fit_together(self._strategy, model, batches, **arguments)

    def adapt(self, optimizer, loss):
        config = optimizer.get_config()
        if config["global_clipnorm"] is not None:
            config["global_clipnorm"] /= self.count
        optimizer = REPLICA_OPTIMIZERS[type(optimizer)].from_config(config)
        return optimizer, BatchMean(loss)

    def _gather(self, row):
        with self.scope():
            rows = self._strategy.run(lambda: tf.constant(row[None]))
            return self._strategy.gather(rows, axis=0).numpy()


def read_cluster():
    """The `Cluster` that `TF_CONFIG` describes, `None` for one process.

    Raises:
        ValueError: If it is malformed.
    """
    text = os.environ.get("TF_CONFIG")
    if not text:
        return None
    try:
        config = json.loads(text)
        jobs, task = config["cluster"], config["task"]
        tasks = [
            (job, index, int(address.rpartition(":")[2]) > 0)
            for job in sorted(jobs)  # the chief before the workers
            for index, address in enumerate(jobs[job])
        ]
        process = tasks.index((task["type"], int(task["index"]), True))
        whole = all(port for _, _, port in tasks)
        whole = whole and {*jobs} <= {"chief", "worker"}
        whole = whole and len(jobs.get("chief", "1")) == 1
    except (AttributeError, KeyError, TypeError, ValueError):
        whole = False
    if not whole:
        raise ValueError(
            f"TF_CONFIG is {text!r}; expected {EXAMPLE}, the index from 0 to "
            "the number of workers less 1 and the same list everywhere."
        )
    return Cluster(len(tasks), process) if len(tasks) > 1 else None


def check_precision(precision, several=False):
    """Raise if a device lacks a precision, as `check_compute_capability`.

    Raises:
        ValueError: Also for several devices in float16, whose loss scale
            Keras would change on each replica by itself.
    """
    if precision == "mixed_float16" and several:
        raise ValueError(
            f"`precision` is {precision!r} on several devices, which "
            "TensorFlow cannot keep the same under one loss scale. Take "
            "mixed_bfloat16 or float32, or KERAS_BACKEND=jax."
        )
    for gpu in tf.config.list_physical_devices("GPU"):
        details = tf.config.experimental.get_device_details(gpu)
        if "compute_capability" in details:
            capability = details["compute_capability"]
            name = details.get("device_name", gpu.name)
            check_compute_capability(precision, capability, name)


def _split_cpu(wanted, recipe):
    """Make the CPU as many devices as are wanted, up to one a core.

    Where each core is one, an operation has one thread, unless the user's
    TF_NUM_INTRAOP_THREADS says otherwise. A CPU that has been split before
    stays as it is.
    """
    (cpu,) = tf.config.list_physical_devices("CPU")
    if tf.config.get_logical_device_configuration(cpu):
        return
    cores = len(usable_cores())
    count = count_devices(wanted, cores, "CPU", 1, recipe)
    try:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * count
        )
        if count == cores and "TF_NUM_INTRAOP_THREADS" not in os.environ:
            tf.config.threading.set_intra_op_parallelism_threads(1)
    except RuntimeError as error:
        raise ValueError(
            f"`devices` is {wanted}, but TensorFlow has started in this "
            "process and holds the CPU as one device. Train in a fresh "
            "process, before anything else is computed."
        ) from error


def open_engine(wanted, cluster, recipe):
    """The `TensorFlowDevices` of a training, after all processes have met.

    Raises:
        ValueError: As `count_devices` and `check_precision`.
    """
    if cluster is not None:
        check_precision(recipe.precision, several=True)
        # First of all: TensorFlow meets the others as it starts up.
        strategy = tf.distribute.MultiWorkerMirroredStrategy()
        there = strategy.num_replicas_in_sync
        gpus = strategy.extended.worker_devices[0].find("GPU") >= 0
        kind = "GPU" if gpus else "CPU"
        processes = cluster.processes
        count = count_devices(wanted, there, kind, processes, recipe)
        return TensorFlowDevices(strategy, count, cluster)
    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    if wanted != "all":
        check_precision(recipe.precision, several=True)
        if kind == "CPU":
            _split_cpu(wanted, recipe)
    names = [device.name for device in tf.config.list_logical_devices(kind)]
    count = count_devices(wanted, len(names), kind, 1, recipe)
    check_precision(recipe.precision, several=count > 1)
    strategy = tf.distribute.MirroredStrategy(names[:count])
    return TensorFlowDevices(strategy, count, None)
