"""Keras's own checks of a layer: the one import of its private modules."""

from keras.src.testing import TestCase


def check_layer(layer_class, arguments, **expected):
    """Serialisation, build, symbolic, eager, training and mixed precision."""
    case = TestCase()
    case.setUp()
    case.run_layer_test(layer_class, init_kwargs=arguments, **expected)
