"""Quick ways to call a Keras model, and what TensorFlow and JAX count."""

import os

import keras
import numpy as np

from keras_stunet.training.environment import describe_environment


def version():
    made_with = describe_environment()
    names = ("keras_stunet", "keras")
    packages = [f"{name} {made_with[name]}" for name in names]
    return ", ".join([*packages, made_with["backend"]])


def synchronise(result):
    """Wait until a result is there, and return it."""
    if keras.backend.backend() == "jax":
        import jax

        return jax.block_until_ready(result)
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        tf.test.experimental.sync_devices()
    return result


def compiled_forward(model, xla=False):
    """A function of the input alone: no trainer, no callbacks, no copies.

    TensorFlow compiles a graph, with `xla` also by XLA; JAX has nothing else.
    """
    if keras.backend.backend() == "jax":
        import jax

        @jax.jit
        def compute(state, x):
            return model.stateless_call(*state, x, training=False)[0]

        # The state anew each time: Keras' own steps give the old one away.
        return lambda x: synchronise(compute(_state(model), x))
    import tensorflow as tf

    compute = tf.function(
        lambda x: model(x, training=False),
        jit_compile=xla or None,
        reduce_retracing=True,
    )
    return lambda x: synchronise(compute(x))


def train(model, x, y, mask=None):
    """One step of `train_on_batch`; returns the loss when all is done."""
    loss = float(model.train_on_batch(x, y, mask, return_dict=True)["loss"])
    if keras.backend.backend() == "jax":
        # The loss may be there before the update is.
        synchronise([w.value for w in model.trainable_variables])
    return loss


def gflop(model, x, training):
    """GFLOP of a forward pass or, with `training`, of its gradient as well.

    Counted by the backend on its graph. Element-wise work is in it, a few per
    cent of the matrix products; loss and optimizer are not.
    """
    if keras.backend.backend() == "jax":
        import jax

        def compute(weights, others, x):
            y, _ = model.stateless_call(weights, others, x, training=False)
            return y.sum() if training else y

        function = jax.grad(compute) if training else compute
        lowered = jax.jit(function).lower(*_state(model), x)
        return lowered.cost_analysis()["flops"] / 1e9
    import tensorflow as tf

    def compute(x):
        with tf.GradientTape() as tape:
            y = model(x, training=False)
        weights = [v.value for v in model.trainable_variables]
        return tape.gradient(y, weights) if training else y

    return _gflop_of_graph(compute, x)


def _state(model):
    return (
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
    )


def _gflop_of_graph(function, x):
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    frozen = convert_to_constants.convert_variables_to_constants_v2(
        tf.function(function).get_concrete_function(
            tf.TensorSpec(x.shape, "float32")
        )
    )
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder.float_operation()
    options["output"] = f"file:outfile={os.devnull}"
    counted = profiler.profile(
        frozen.graph,
        options=options,
        run_meta=tf.compat.v1.RunMetadata(),
        cmd="op",
    )
    return counted.total_float_ops / 1e9


def set_weights(model, seed=0):
    """Weights that are the same on all backends, biases not zero.

    Kernels as Glorot's rule draws them; what else there is, as built.
    """
    rng = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        shape = tuple(variable.shape)
        if variable.name.endswith("kernel"):
            limit = np.sqrt(6 / (np.prod(shape[:-1]) + shape[-1]))
        elif variable.name == "bias":
            limit = 0.1
        else:
            continue
        variable.assign(rng.uniform(-limit, limit, shape).astype("float32"))
