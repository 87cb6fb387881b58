"""Models: functional Keras models on sensor graphs."""

from keras_stunet.models.dcrnn import DCRNN
from keras_stunet.models.dcrnn import build_dcrnn
from keras_stunet.models.fc_lstm import FCLSTM
from keras_stunet.models.fc_lstm import build_fc_lstm
from keras_stunet.models.fnn import FNN
from keras_stunet.models.fnn import build_fnn
from keras_stunet.models.forecaster import Forecaster
from keras_stunet.models.gcgru import GCGRU
from keras_stunet.models.gcgru import build_gcgru
from keras_stunet.models.registry import MODELS
from keras_stunet.models.registry import ZooModel
from keras_stunet.models.registry import build_model
from keras_stunet.models.st_unet import STUNet
from keras_stunet.models.st_unet import build_st_unet
from keras_stunet.models.stgcn import STGCN
from keras_stunet.models.stgcn import build_stgcn

__all__ = [
    "DCRNN",
    "FCLSTM",
    "FNN",
    "Forecaster",
    "GCGRU",
    "MODELS",
    "STGCN",
    "STUNet",
    "ZooModel",
    "build_dcrnn",
    "build_fc_lstm",
    "build_fnn",
    "build_gcgru",
    "build_model",
    "build_st_unet",
    "build_stgcn",
]
