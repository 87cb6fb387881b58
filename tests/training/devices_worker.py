"""One process of a training on several devices: a script.

python devices_worker.py SERIES DEVICES FOLDER [DEVICES FOLDER ...]

Trains the same tiny model anew into each folder. Two virtual CPU devices are
there if VIRTUAL_DEVICES is 2 (under JAX, XLA_FLAGS say so as well).
"""

import os
import sys

import keras

from keras_stunet.training.model_run import train_model

# Five steps an epoch, the last on 3 windows, which two devices do not divide.
# A decoder with scheduled sampling; a bound on the gradient that takes hold.
OPTIONS = {
    "model": "gcgru",
    "protocol": "days",
    "parts": (3, 1, 1),
    "history": 2,
    "horizon": 2,
    "K": 2,
    "units": 2,
    "epochs": 2,
    "batch_size": 4,
    "clipnorm": 0.5,
    "progress": False,
}


if __name__ == "__main__":
    sys.modules["matplotlib"] = None  # pictures are not what is tried here
    series, *runs = sys.argv[1:]
    if keras.backend.backend() == "tensorflow" and "VIRTUAL" in os.environ:
        import tensorflow as tf

        tf.config.set_logical_device_configuration(
            tf.config.list_physical_devices("CPU")[0],
            [tf.config.LogicalDeviceConfiguration()] * 2,
        )
    for devices, folder in zip(runs[::2], runs[1::2], strict=True):
        devices = int(devices) if devices.isdecimal() else devices
        train_model(series, folder, devices=devices, **OPTIONS)
