"""Losses for TensorBoard."""

from pathlib import Path

import keras

from keras_stunet.messages import install_hint

FOLDER = "tensorboard"


def tensorboard_callback(folder):
    """A callback that writes losses and errors for TensorBoard.

    Args:
        folder: The run folder; they go to `tensorboard/` in it, which
            `tensorboard --logdir` shows.

    Raises:
        ImportError: If TensorBoard or TensorFlow, which writes its files on
            all backends, is not installed.
    """
    try:
        import tensorboard  # noqa: F401
        import tensorflow.summary  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"Writing for TensorBoard needs {error.name}, which is not "
            f"installed. {install_hint('tensorboard')}"
        ) from error
    return keras.callbacks.TensorBoard(Path(folder) / FOLDER, write_graph=False)
