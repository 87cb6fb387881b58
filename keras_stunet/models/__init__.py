"""Models: functional Keras models on sensor graphs."""

from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.st_unet import STUNet
from keras_stunet.models.st_unet import build_st_unet
from keras_stunet.models.zoo import MODELS
from keras_stunet.models.zoo import ZooModel
from keras_stunet.models.zoo import build_model

__all__ = [
    "Forecaster",
    "MODELS",
    "STUNet",
    "ZooModel",
    "build_model",
    "build_st_unet",
]
