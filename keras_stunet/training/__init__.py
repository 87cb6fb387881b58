"""Training after the paper's protocol, and honest scores."""

from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import compile_model
from keras_stunet.training.recipe import sampling_decay
from keras_stunet.training.scoring import predict_windows
from keras_stunet.training.scoring import score_windows

__all__ = [
    "Recipe",
    "compile_model",
    "predict_windows",
    "sampling_decay",
    "score_windows",
]
