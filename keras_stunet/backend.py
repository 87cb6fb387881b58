"""Keras with its backend, or an error that names what to install."""

from keras_stunet.messages import no_backend

try:
    import keras  # noqa: F401
except ModuleNotFoundError as error:
    if message := no_backend(error):
        raise ImportError(message) from None
    raise
