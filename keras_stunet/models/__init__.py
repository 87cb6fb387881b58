"""Models: functional Keras models on sensor graphs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "dcrnn": ["DCRNN", "build_dcrnn"],
        "ensemble": ["Ensemble", "build_ensemble"],
        "fc_lstm": ["FCLSTM", "build_fc_lstm"],
        "fnn": ["FNN", "build_fnn"],
        "forecaster": ["Forecaster"],
        "gcgru": ["GCGRU", "build_gcgru"],
        "presets": ["preset_names"],
        "graph_wavenet": ["GraphWaveNet", "build_graph_wavenet"],
        "registry": ["MODELS", "ZooModel", "build_model"],
        "st_unet": ["STUNet", "build_st_unet"],
        "st_unet_plus": ["STUNetPlus", "build_st_unet_plus"],
        "stid": ["STID", "build_stid"],
        "stgcn": ["STGCN", "build_stgcn"],
    },
)

# Last: importing Keras registers what the names above stand for.
import keras_stunet.backend  # noqa: E402, F401
