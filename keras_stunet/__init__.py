"""ST-UNet and its peers: forecasting on sensor graphs with Keras 3.

Rooms are imported when they are first asked for: the command's help and the
readers of files start no Keras backend.
"""

import importlib

import lazy_loader
import wrapt

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "baselines",
        "data",
        "evaluation",
        "frame_metrics",
        "graph",
        "layers",
        "losses",
        "metrics",
        "models",
        "training",
    ],
    submod_attrs={
        "graph": ["Partition", "partition", "symmetrise"],
        "models": [
            "STUNet",
            "STUNetPlus",
            "build_dcrnn",
            "build_fc_lstm",
            "build_fnn",
            "build_gcgru",
            "build_model",
            "build_st_unet",
            "build_st_unet_plus",
            "build_stgcn",
        ],
        "training": ["Stream"],
    },
)


@wrapt.when_imported("keras")
def _register(_):
    """Import all that Keras must know by name, to load a saved model.

    What imports Keras may be one of our own modules, half imported by now:
    `layers` and `models` import Keras themselves before any of theirs do, and
    losses and metrics are imported by none of these.
    """
    for room in ("losses", "metrics"):
        importlib.import_module(f"keras_stunet.{room}")
    for room in ("layers", "models"):
        module = importlib.import_module(f"keras_stunet.{room}")
        for name in module.__all__:
            getattr(module, name)
