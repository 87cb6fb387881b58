"""Models: functional Keras models on sensor graphs."""

from keras_stunet.models.st_unet import build_st_unet
from keras_stunet.models.st_unet_model import STUNet

__all__ = ["STUNet", "build_st_unet"]
