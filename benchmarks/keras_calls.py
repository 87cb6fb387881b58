"""Quick ways to call a Keras model, and what TensorFlow and JAX count."""

import math

import keras
import numpy as np

from keras_stunet.training.runs.environment import describe_environment


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

    On TensorFlow those of all matrix products of its graph; on JAX XLA's own
    count, which has element-wise work in it, a few per cent. Loss and
    optimizer are in neither.
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
        return (y, tape.gradient(y, weights)) if training else y

    return flop_of_products(compute, x) / 1e9


def _state(model):
    return (
        [variable.value for variable in model.trainable_variables],
        [variable.value for variable in model.non_trainable_variables],
    )


def flop_of_products(function, x):
    """FLOP of the matrix products in TensorFlow's graph of `function(x)`.

    TensorFlow's own profiler does not know that a batched product names its
    transposed factor `adj_x`, and counts those of gradients too low.

    Raises:
        ValueError: If something in the graph cannot be counted.
    """
    import tensorflow as tf
    from tensorflow.python.framework import convert_to_constants

    frozen = convert_to_constants.convert_variables_to_constants_v2(
        tf.function(function).get_concrete_function(
            tf.TensorSpec(x.shape, "float32")
        )
    )
    operations = frozen.graph.get_operations()
    return sum(flop_of_operation(operation) for operation in operations)


def flop_of_operation(operation):
    """FLOP of one operation of TensorFlow, 0 if it is no product."""
    kind, inputs, outputs = operation.type, operation.inputs, operation.outputs
    if kind in ("MatMul", "BatchMatMulV2"):
        first = "transpose_a" if kind == "MatMul" else "adj_x"
        contracted = inputs[0].shape[-2 if operation.get_attr(first) else -1]
        return 2 * outputs[0].shape.num_elements() * contracted
    if kind in CONVOLUTIONS:  # all three have one product for each pair
        kernel, forward = CONVOLUTIONS[kind](inputs, outputs)
        products = forward.shape.num_elements() // kernel.shape[-1]
        return 2 * products * kernel.shape.num_elements()
    if kind == "Einsum":
        names = operation.get_attr("equation").decode().split("->")[0]
        lengths = {}
        for letters, tensor in zip(names.split(","), inputs, strict=True):
            lengths |= dict(zip(letters, tensor.shape, strict=True))
        return 2 * math.prod(lengths.values())
    if kind.endswith(UNCOUNTED):
        raise ValueError(f"The FLOP of {kind} are not counted: add them.")
    return 0


# Where the kernel and the forward output stand, or what has their shapes.
CONVOLUTIONS = {
    "Conv2D": lambda inputs, outputs: (inputs[1], outputs[0]),
    "Conv2DBackpropInput": lambda inputs, outputs: (inputs[1], inputs[2]),
    "Conv2DBackpropFilter": lambda inputs, outputs: (outputs[0], inputs[2]),
}
# Products of other kinds, and what may hide some.
UNCOUNTED = ("MatMul", "MatMulV3", "Call", "While", "If")
UNCOUNTED += ("Conv3D", "Conv", "ConvV2")


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
