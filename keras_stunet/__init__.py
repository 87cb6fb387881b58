"""ST-UNet and its peers: forecasting on sensor graphs with Keras 3."""

try:
    import keras as _keras  # noqa: F401
except ModuleNotFoundError as error:
    raise ImportError(
        f"Keras found no backend ({error}). Install TensorFlow with "
        '`pip install "keras_stunet[cpu]"`, or "keras_stunet[tensorflow]" for '
        'GPUs; or JAX with `pip install "keras_stunet[jax]"` and set '
        "KERAS_BACKEND=jax."
    ) from None

from keras_stunet import baselines
from keras_stunet import data
from keras_stunet import frame_metrics
from keras_stunet import graph
from keras_stunet import layers
from keras_stunet import losses
from keras_stunet import metrics
from keras_stunet import models
from keras_stunet import training
from keras_stunet.graph import Partition
from keras_stunet.graph import partition
from keras_stunet.graph import symmetrise
from keras_stunet.models import STUNet
from keras_stunet.models import build_dcrnn
from keras_stunet.models import build_fc_lstm
from keras_stunet.models import build_fnn
from keras_stunet.models import build_gcgru
from keras_stunet.models import build_model
from keras_stunet.models import build_st_unet
from keras_stunet.models import build_stgcn

__version__ = "0.1.0"

__all__ = [
    "Partition",
    "STUNet",
    "baselines",
    "build_dcrnn",
    "build_fc_lstm",
    "build_fnn",
    "build_gcgru",
    "build_model",
    "build_st_unet",
    "build_stgcn",
    "data",
    "frame_metrics",
    "graph",
    "layers",
    "losses",
    "metrics",
    "models",
    "partition",
    "symmetrise",
    "training",
]
