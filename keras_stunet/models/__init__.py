"""Models: functional Keras models on sensor graphs."""

from keras_stunet.models.st_unet import STUNet
from keras_stunet.models.st_unet import build_st_unet

__all__ = ["STUNet", "build_st_unet"]
