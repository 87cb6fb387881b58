"""Training after the paper's protocol, honest scores, and forecasts."""

from keras_stunet.evaluation.scoring import predict_windows
from keras_stunet.evaluation.scoring import score_windows
from keras_stunet.evaluation.table import horizon_table
from keras_stunet.training.recipe import Recipe
from keras_stunet.training.recipe import compile_model
from keras_stunet.training.recipe import sampling_decay
from keras_stunet.training.runs.forecast import forecast_next
from keras_stunet.training.runs.readings import last_readings
from keras_stunet.training.runs.readings import read_readings
from keras_stunet.training.runs.run import evaluate_run
from keras_stunet.training.runs.run import load_run
from keras_stunet.training.runs.run import run_splits
from keras_stunet.training.train import train_model

__all__ = [
    "Recipe",
    "compile_model",
    "evaluate_run",
    "forecast_next",
    "horizon_table",
    "last_readings",
    "load_run",
    "predict_windows",
    "read_readings",
    "run_splits",
    "sampling_decay",
    "score_windows",
    "train_model",
]
