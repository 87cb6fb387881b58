"""What one process of epoch.py measures: one training, as JSON.

python benchmarks/epoch_worker.py '{"task": "demo-direct", ...}'
"""

import json
import resource
import sys
import time

import keras
import keras_calls
import numpy as np
from model_problem import MEAN
from model_problem import STD
from model_problem import STEPS
from model_problem import load_graph
from processor import cpu_name

from keras_stunet import build_st_unet
from keras_stunet.data import WindowBatches
from keras_stunet.data import Windows
from keras_stunet.memory import keep_memory
from keras_stunet.training import Recipe
from keras_stunet.training import compile_model
from keras_stunet.training.callbacks import SetOrder
from keras_stunet.training.devices.base import OneDevice
from keras_stunet.training.devices.base import open_devices
from keras_stunet.training.runs.environment import describe_environment


class PythonBatches(OneDevice):
    """One device that Keras feeds as it does by itself, for comparison."""

    def batches(self, windows, batch_size, **order):
        return WindowBatches(windows, batch_size, **order)


def spent():
    """User and system seconds, page faults and wall clock so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    times = usage.ru_utime, usage.ru_stime, usage.ru_minflt
    return np.array([*times, time.perf_counter()])


class Clock(keras.callbacks.Callback):
    """After the first epoch, which compiles: an epoch, bare steps, and so on.

    An epoch is measured from its beginning to the end of its last step, so
    without validation.

    Args:
        steps: Steps of an epoch.
        make_bare: Function to a function that takes one bare step.
    """

    def __init__(self, steps, make_bare):
        super().__init__()
        self.steps = steps
        self.make_bare = make_bare
        self.found = {"epoch": [], "bare": []}

    def on_epoch_begin(self, epoch, logs=None):
        self.begun = spent()

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.steps - 1:
            wait(self.model)
            self.whole = spent() - self.begun

    def on_epoch_end(self, epoch, logs=None):
        if epoch == 0:
            self.step = self.make_bare()
            self.step()
            return
        self.found["epoch"].append(self.whole.tolist())
        begun = spent()
        for _ in range(self.steps):
            self.step()
        wait(self.model)
        self.found["bare"].append((spent() - begun).tolist())


def wait(model):
    keras_calls.synchronise([w.value for w in model.trainable_variables])


def bare_step(model, windows, batch_size, devices):
    """A function of nothing: a compiled step on one batch that is there."""
    batch = windows.gather(np.arange(batch_size))
    if keras.backend.backend() == "jax":
        import jax

        batch = jax.device_put(batch)
        return lambda: model.train_on_batch(*batch)
    import tensorflow as tf

    if devices.count == 1:
        # As in `fit`, which does not know how many windows a batch has.
        spec = [tf.TensorSpec((None, *x.shape[1:]), x.dtype) for x in batch]
        step = tf.function(
            lambda *batch: model.train_step(batch), input_signature=spec
        )
        batch = [tf.constant(x) for x in batch]
        return lambda: step(*batch)
    strategy = model.distribute_strategy
    size = batch_size // devices.count

    def part(context):
        first = context.replica_id_in_sync_group * size
        whole = (*batch, np.ones_like(batch[1]))
        return tuple(tf.constant(x[first : first + size]) for x in whole)

    parts = strategy.experimental_distribute_values_from_function(part)
    step = tf.function(
        lambda parts: strategy.run(model.train_step, args=(parts,))
    )
    return lambda: step(parts)


def main(job):
    if job["memory"] == "kept":
        keep_memory()
    adjacency, graph = load_graph(job["shape"], job["nodes"])
    batch, steps = job["batch"], job["steps"]
    history, horizon = STEPS["history"], STEPS["horizon"]
    rows = batch * steps + history + horizon - 1
    rng = np.random.default_rng(0)
    values = rng.normal(MEAN, STD, (rows, len(adjacency)))
    windows = Windows(values, None, np.arange(batch * steps), history, horizon)
    few = Windows(values, None, np.arange(batch), history, horizon)
    recipe = Recipe(
        epochs=1 + job["epochs"],
        batch_size=batch,
        precision=job["precision"],
        learning_rate=1e-4,
    )
    with open_devices(job["devices"], recipe) as devices:
        if job["pipeline"] == "WindowBatches":
            devices = PythonBatches()
        keras.utils.set_random_seed(0)
        with devices.scope():
            model = build_st_unet(
                adjacency,
                head=job["head"],
                units=job["units"],
                propagation=job["propagation"],
                mean=MEAN,
                std=STD,
                dtype=job["precision"],
            )
            compile_model(model, recipe, steps, STD, devices)
        batches = devices.batches(windows, batch, shuffle=True)
        clock = Clock(steps, lambda: bare_step(model, windows, batch, devices))
        with devices.fitting():
            devices.fit(
                model,
                batches,
                epochs=recipe.epochs,
                initial_epoch=0,
                validation_data=devices.batches(few, batch),
                callbacks=[SetOrder(batches), clock],
            )
    found = {"graph": graph, "version": keras_calls.version()}
    device = describe_environment()["device"]
    found |= {"device": cpu_name() if device.startswith("CPU") else device}
    print(json.dumps(clock.found | found))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
